"""Rows of one company: scoped reading works, forgetting the scope does not, and the scope travels with the query."""

import pytest

from accounts.models import BillingAccount, Membership
from fleetportal.tenancy.models import UnscopedQuery
from tests import factories


@pytest.fixture
def accounts(noordkaai, zuidpark):
    """One account each; Zuidpark's would answer every query below if it leaked."""
    return (
        factories.BillingAccountFactory(customer=noordkaai, number="1", name="Kade"),
        factories.BillingAccountFactory(customer=zuidpark, number="1", name="Kade"),
    )


def test_a_scoped_query_sees_only_its_company(accounts, noordkaai):
    own, _foreign = accounts
    assert list(BillingAccount.objects.for_customer(noordkaai).filter(name="Kade")) == [own]
    assert list(BillingAccount.objects.filter(name="Kade").for_customer(noordkaai.pk)) == [own]


@pytest.mark.parametrize(
    "refine",
    [
        lambda q: q.filter(number="1"),
        lambda q: q.exclude(number="2"),
        lambda q: q.order_by("name"),
        lambda q: q.values("name"),
        lambda q: q.distinct(),
        lambda q: q.select_related("customer"),
        lambda q: q[:1],
        lambda q: q.all() | q.all(),
    ],
    ids=["filter", "exclude", "order", "values", "distinct", "related", "slice", "or"],
)
def test_the_guard_survives_refining(accounts, refine):
    with pytest.raises(UnscopedQuery):
        list(refine(BillingAccount.objects.all()))


@pytest.mark.parametrize(
    "reach",
    [
        lambda q: q.get(number="1"),
        lambda q: q.last(),
        lambda q: q.update(name="x"),
        lambda q: q.in_bulk(),
        lambda q: q.get_or_create(number="1"),
        lambda q: q.update_or_create(number="1"),
        bool,
        len,
    ],
    ids=["get", "last", "update", "in_bulk", "get_or_create", "update_or_create", "bool", "len"],
)
def test_no_way_of_reaching_rows_goes_around_it(accounts, reach):
    with pytest.raises(UnscopedQuery):
        reach(BillingAccount.objects.all())


def test_updating_and_deleting_stay_inside_the_company(accounts, noordkaai):
    own, foreign = accounts
    assert BillingAccount.objects.for_customer(noordkaai).update(name="Dok") == 1
    foreign.refresh_from_db()
    assert foreign.name == "Kade"
    BillingAccount.objects.for_customer(noordkaai).delete()
    assert not BillingAccount.objects.for_customer(noordkaai).filter(pk=own.pk).exists()
    foreign.refresh_from_db()


def test_looking_across_companies_takes_a_reason(accounts):
    everything = BillingAccount.objects.across_customers(reason="counted for the operator")
    assert everything.filter(name="Kade").count() == 2
    for reason in ("", "  "):
        with pytest.raises(ValueError, match="reason"):
            BillingAccount.objects.across_customers(reason=reason)


def test_rows_found_from_a_row_need_no_second_scope(alice, noordkaai):
    assert [m.customer for m in alice.memberships.all()] == [noordkaai]


def test_making_a_row_needs_no_scope_because_it_names_its_company(noordkaai):
    made = Membership.objects.create(customer=noordkaai, user=factories.UserFactory(), role="viewer")
    assert Membership.objects.for_customer(noordkaai).get() == made
