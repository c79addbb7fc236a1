"""Limiting somebody to billing accounts: what the service refuses and records, and the staff page that calls it."""

import pytest
from django.db.models import ProtectedError

from accounts.enums import AuditKind
from accounts.services import limit_to_accounts
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from tests import factories
from tests.audit.expect import expect_audit

pytestmark = pytest.mark.django_db

BY = Actor.ops("a test")


def limits_of(user) -> set[int]:
    return set(user.memberships.get().account_limits.values_list("billing_account_id", flat=True))


@pytest.fixture
def accounts(noordkaai):
    return [factories.BillingAccountFactory(customer=noordkaai, number=number) for number in ("1", "2", "3")]


def test_a_limit_is_set_changed_and_taken_away_and_each_is_recorded_once(noordkaai, bea, accounts):
    membership = bea.memberships.get()
    for wanted in (accounts[:2], accounts[1:], accounts[1:], []):
        limit_to_accounts(membership=membership, accounts=wanted, by=BY)
        assert limits_of(bea) == {account.pk for account in wanted}
    event = expect_audit(AuditKind.ACCOUNTS_LIMITED, customer=noordkaai, subject=membership, count=3)
    assert (event.before, event.after) == ({"accounts": ["2", "3"]}, {"accounts": []})


def test_another_company_s_account_and_a_main_fleet_manager_are_refused(bea, owner, accounts, zuidpark):
    theirs = factories.BillingAccountFactory(customer=zuidpark)
    for user, wanted in ((bea, [accounts[0], theirs]), (owner, accounts)):
        with pytest.raises(Refusal):
            limit_to_accounts(membership=user.memberships.get(), accounts=wanted, by=BY)
        assert limits_of(user) == set()


def test_an_account_somebody_is_limited_to_cannot_vanish_with_the_limit(bea, accounts):
    limit_to_accounts(membership=bea.memberships.get(), accounts=accounts[:1], by=BY)
    with pytest.raises(ProtectedError):
        accounts[0].delete()


def test_staff_limit_people_on_their_page_to_accounts_of_the_company(client_for, bea, owner, accounts, zuidpark):
    theirs = factories.BillingAccountFactory(customer=zuidpark, name="Zuidpark account")
    staff = client_for(factories.UserFactory(is_staff=True, is_superuser=True, language="en"))
    url = f"/admin/accounts/membership/{bea.memberships.get().pk}/change/"
    assert "Zuidpark account" not in staff.get(url).content.decode()
    assert staff.post(url, {"accounts": [accounts[0].pk]}).status_code == 302
    assert limits_of(bea) == {accounts[0].pk}
    assert staff.post(url, {"accounts": [theirs.pk]}).status_code == 200
    assert limits_of(bea) == {accounts[0].pk}
    refused = staff.post(
        f"/admin/accounts/membership/{owner.memberships.get().pk}/change/", {"accounts": accounts[0].pk}
    )
    assert "sees everything" in refused.content.decode()
    assert staff.get("/admin/accounts/membership/").status_code == 200
