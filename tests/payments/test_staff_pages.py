"""The staff pages of payments and bank statements."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.enums import EntryState, PaymentState
from billing.models import BankEntry, Payment
from billing.services.payments import settle_payment
from tests import factories
from tests.payments.coda import Move, statement
from tests.payments.conftest import booked

pytestmark = pytest.mark.django_db

FULL = Decimal("121.00")


@pytest.fixture
def staff(client_for):
    return client_for(factories.UserFactory(is_staff=True, is_superuser=True, language="en"))


@pytest.fixture
def clerk(client_for):
    """Of the staff, with no rights on anything."""
    return client_for(factories.UserFactory(is_staff=True, language="en"))


@pytest.fixture
def paid(mollie, invoice, started):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    return settle_payment(payment=payment)


def upload(client, *moves):
    file = SimpleUploadedFile("s.cod", statement(moves).encode("cp1252"))
    return client.post("/admin/billing/bankstatement/upload/", {"statement": file}, follow=True)


def test_payments_are_looked_at_and_not_changed(staff, paid):
    assert paid.gateway_reference in staff.get("/admin/billing/payment/").text
    page = staff.get(f"/admin/billing/payment/{paid.pk}/change/")
    assert "Give back (a part of) this payment" in page.text
    assert staff.post(f"/admin/billing/payment/{paid.pk}/change/", {"amount": 1}).status_code == 403
    assert staff.post(f"/admin/billing/payment/{paid.pk}/delete/", {"post": "yes"}).status_code == 403


def test_staff_ask_again(staff, mollie, invoice, started):
    payment = started(invoice)
    mollie.pay(payment.gateway_reference)
    staff.post("/admin/billing/payment/", {"action": "ask_again", "_selected_action": [payment.pk]})
    assert Payment.objects.for_customer(invoice.customer).get().state == PaymentState.PAID
    mollie.faults.append("500")
    answer = staff.post(
        "/admin/billing/payment/", {"action": "ask_again", "_selected_action": [payment.pk]}, follow=True
    )
    assert "got no answer" in answer.text


def test_staff_give_back_after_confirming(staff, mollie, invoice, paid):
    address = f"/admin/billing/payment/{paid.pk}/refund/"
    assert "This cannot be undone here" in staff.get(address).text
    staff.post(address, {"amount": "21.00", "note": "Agreed"})
    assert booked(invoice) == [FULL]
    refused = staff.post(address, {"amount": "500.00", "note": "Agreed", "sure": "on"})
    assert "No more than what is left" in refused.text
    assert staff.post(address, {"amount": "21.00", "note": "Agreed", "sure": "on"}).status_code == 302
    assert booked(invoice) == [FULL, Decimal(-21)]


def test_a_statement_is_taken_in_and_said_what_became_of_it(staff, invoice):
    page = upload(staff, Move(FULL, structured=invoice.reference), Move(Decimal(7), text="?"))
    assert "1 new statements, 0 known before: 2 lines, 1 matched at once." in page.text
    assert booked(invoice) == [FULL]
    assert [row.amount for row in page.context["cl"].result_list] == [7]


def test_a_file_that_is_no_statement_is_refused_beside_the_field(staff):
    file = SimpleUploadedFile("s.cod", b"hello")
    page = staff.post("/admin/billing/bankstatement/upload/", {"statement": file})
    assert "cannot be read" in page.text


def test_a_transfer_is_matched_by_hand(staff, invoice):
    upload(staff, Move(Decimal(150), structured=invoice.reference))
    address = f"/admin/billing/bankentry/{BankEntry.objects.get().pk}/match/"
    assert "€29.00 more than is left" in staff.get(address).text
    assert "There is no invoice 4711" in staff.post(address, {"action": "match", "invoices": "4711"}).text
    staff.post(address, {"action": "match", "invoices": invoice.number})
    assert booked(invoice) == [150]
    staff.post(address, {"action": "undo"})
    assert booked(invoice) == [150, -150]
    staff.post(address, {"action": "aside", "note": "Not ours"})
    assert BankEntry.objects.get().state == EntryState.SET_ASIDE


def test_without_rights_nothing_is_done(clerk, staff, invoice, paid):
    upload(staff, Move(Decimal(7), text="?"))
    entry = BankEntry.objects.get()
    assert clerk.get("/admin/billing/bankstatement/upload/").status_code == 403
    assert clerk.get(f"/admin/billing/bankentry/{entry.pk}/match/").status_code == 403
    assert clerk.post(f"/admin/billing/bankentry/{entry.pk}/match/", {"action": "undo"}).status_code == 403
    assert clerk.get(f"/admin/billing/payment/{paid.pk}/refund/").status_code == 403
    assert clerk.post(f"/admin/billing/payment/{paid.pk}/refund/", {"amount": 1}).status_code == 403
