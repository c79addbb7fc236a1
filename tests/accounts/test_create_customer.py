"""``manage.py create_customer``: what it makes, what it refuses, and that a second time is harmless."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts import queries
from accounts.enums import AuditKind
from accounts.models import Customer
from tests.audit.expect import expect_audit

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = StringIO()
    call_command("create_customer", *args, stdout=out)
    return out.getvalue()


ARGS = ("Kade 12 BV", "--enterprise-number", "BE 0403.019.261", "--email", "an@kade12.example")


def test_it_makes_the_company_and_invites_its_first_fleet_manager():
    assert "an@kade12.example" in run(*ARGS)
    customer = Customer.objects.get(slug="kade-12-bv")
    assert (customer.name, customer.enterprise_number) == ("Kade 12 BV", "0403019261")
    invitation = queries.open_invitations(customer).get()
    assert (invitation.email, invitation.role, invitation.language) == ("an@kade12.example", "owner", "nl")
    assert invitation.mail_due_at
    expect_audit(AuditKind.CUSTOMER_CREATED, customer=customer, subject=customer)


def test_language_role_and_short_name_can_be_chosen():
    run(*ARGS, "--language", "fr", "--role", "manager", "--slug", "kade")
    invitation = queries.open_invitations(Customer.objects.get(slug="kade")).get()
    assert (invitation.role, invitation.language) == ("manager", "fr")


def test_a_second_time_changes_nothing_and_says_so():
    run(*ARGS)
    assert "exists already" in run(*ARGS)
    assert queries.open_invitations(Customer.objects.get()).count() == 1


@pytest.mark.parametrize(
    "args",
    [
        ("Kade 12 BV", "--enterprise-number", "0403.019.262", "--email", "an@kade12.example"),
        ("Kade 12 BV", "--enterprise-number", "2000000021", "--email", "an@kade12.example"),
        ("Kade 12 BV", "--enterprise-number", "0403.019.261", "--email", "geen adres"),
        (" ", "--enterprise-number", "0403.019.261", "--email", "an@kade12.example"),
        ("x" * 121, "--enterprise-number", "0403.019.261", "--email", "an@kade12.example"),
        ("Kade 12 BV", "--enterprise-number", "0403.019.261", "--email", "an@x.example", "--slug", "geen goede"),
    ],
)
def test_a_mistake_makes_nothing(args):
    with pytest.raises(CommandError):
        run(*args)
    assert not Customer.objects.exists()


def test_a_short_name_of_another_company_is_refused():
    run(*ARGS)
    with pytest.raises(CommandError, match="another enterprise number"):
        run("Kade 12 BV", "--enterprise-number", "1000000021", "--email", "an@kade12.example")
