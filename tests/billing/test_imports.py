"""A document becomes an invoice of the right company and account, once, with rows that sum up to it."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.permissions import Role
from billing.enums import AuditKind, DocumentSource, InvoiceKind
from billing.models import Invoice, InvoiceDocument, InvoiceLine
from billing.services.imports import import_document
from fleetportal.notifications.models import Notification
from fleetportal.ubl.documents import Party
from fleetportal.ubl.validation import RulesBroken
from fleetportal.ubl.writing import write
from fleetportal.web.errors import Refusal
from sims.enums import LineState
from tests import factories
from tests.audit.expect import expect_audit
from tests.billing.conftest import BY
from tests.ubl import samples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account", "in_english")]


def imported(xml: bytes, name: str = "invoice.xml") -> tuple[Invoice, bool]:
    done = import_document(xml=xml, source=DocumentSource.UPLOAD, file_name=name, by=BY)
    return done.invoice, done.is_new


def invoices(customer):
    return Invoice.objects.for_customer(customer)


def test_everything_the_document_says_is_kept(noordkaai, account):
    xml = samples.xml(samples.charge(phone_number="+32468123456"))
    invoice, is_new = imported(xml, "from the operator.xml")
    invoice.refresh_from_db()
    assert is_new
    assert (invoice.customer, invoice.billing_account, invoice.kind) == (noordkaai, account, InvoiceKind.INVOICE)
    assert (invoice.net, invoice.vat, invoice.total, invoice.payable) == tuple(
        map(Decimal, ("19.00", "3.99", "22.99", "22.99"))
    )
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 11, 1), date(2026, 12, 1))
    assert (invoice.reference, invoice.iban) == ("202610400919", "BE71096123456769")
    assert (invoice.supplier_name, invoice.supplier_number) == ("Noordzee Mobiel NV", "0403170701")
    assert bytes(invoice.document.xml) == xml
    assert (invoice.document.source, invoice.document.file_name) == ("upload", "from the operator.xml")
    assert [(v.category, v.rate, v.net, v.vat) for v in invoice.vat_rows.all()] == [
        ("S", Decimal(21), Decimal("19.00"), Decimal("3.99"))
    ]
    event = expect_audit(AuditKind.INVOICE_IMPORTED, customer=noordkaai, subject=invoice)
    assert (event.after["total"], event.after["lines"], event.after["source"]) == ("22.99", 1, "upload")
    assert event.after["sha256"] == invoice.document.sha256


def test_the_same_document_again_changes_nothing(noordkaai):
    xml = samples.xml()
    first, _new = imported(xml)
    again, is_new = imported(xml, "another name.xml")
    assert (again, is_new) == (first, False)
    assert invoices(noordkaai).count() == 1
    assert InvoiceDocument.objects.for_customer(noordkaai).get().file_name == "invoice.xml"
    expect_audit(AuditKind.INVOICE_IMPORTED)


def test_another_document_under_the_same_number_is_refused(noordkaai):
    imported(samples.xml())
    with pytest.raises(Refusal, match=r"Another document has the number 2026-10-0001 already"):
        imported(samples.xml(samples.charge("20.00")))
    assert invoices(noordkaai).get().net == Decimal("19.00")


def test_another_supplier_may_use_the_same_number(noordkaai):
    imported(samples.xml())
    imported(samples.xml(supplier=Party("Ander NV", ("1000000021",), "Straat 1", "1000", "Brussel")))
    assert invoices(noordkaai).count() == 2


def test_a_document_that_breaks_a_rule_leaves_nothing(noordkaai):
    with pytest.raises(RulesBroken, match=r"BR-CO-15"):
        imported(samples.xml(total=Decimal("30.00"), payable=Decimal("30.00")))
    assert not invoices(noordkaai).exists()


def test_lines_find_their_number_line_cost_centre_and_kind(noordkaai, zuidpark, account, taken):
    centre = factories.CostCentreFactory(customer=noordkaai, code="4120")
    gone = factories.LineFactory(customer=noordkaai, number="+32468000001", state=LineState.TERMINATED)
    line = factories.LineFactory(customer=noordkaai, number="+32468000001", plan__code="MOB-PRO")
    ended = factories.LineFactory(customer=noordkaai, number="+32468000002", state=LineState.TERMINATED)
    factories.PlanOptionFactory(customer=noordkaai, code="INTL")
    factories.CostCentreFactory(customer=zuidpark, code="9999")
    invoice = taken(
        samples.document(
            samples.charge(phone_number="0468 00 00 01"),
            samples.charge(number="2", phone_number="+32468000002", description="Buitenland INTL", cost_centre="9999"),
            samples.charge(number="3", phone_number="+32499999999", description="Verbruik buiten bundel"),
            samples.charge(number="4", phone_number="+14155550100", description="Iets anders", cost_centre=""),
            samples.charge("-5.00", number="A1", description="Korting", is_of_document=True),
        )
    )
    rows = list(invoice.lines.order_by("position"))
    assert [row.line_id for row in rows] == [line.pk, ended.pk, None, None, None]
    assert gone.pk not in {row.line_id for row in rows}
    assert [row.number for row in rows[:4]] == ["+32468000001", "+32468000002", "+32499999999", "+14155550100"]
    assert [row.cost_centre_id for row in rows] == [centre.pk, None, centre.pk, None, centre.pk]
    assert [row.cost_centre_code for row in rows] == ["4120", "9999", "4120", "", "4120"]
    assert [row.kind for row in rows] == ["plan", "option", "usage", "other", "other"]
    assert sum(row.net for row in rows) == invoice.net
    assert {row.customer_id for row in InvoiceLine.objects.for_customer(noordkaai)} == {noordkaai.pk}
    assert not InvoiceLine.objects.for_customer(zuidpark).exists()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"buyer": samples.ZUIDPARK}, r"buyer Zuidpark BV \(1000000021\) is not a company of this portal"),
        ({"account_references": ("7777777",)}, r"Noordkaai Logistics NV has no billing account “7777777”"),
        ({"account_references": ()}, r"does not say which billing account"),
        ({"net": Decimal("-1.00"), "total": Decimal("-1.21")}, r"less than nothing"),
    ],
    ids=["unknown company", "unknown account", "no account", "negative"],
)
def test_what_cannot_be_placed_is_refused_with_the_reason(noordkaai, taken, fields, reason):
    # The number of another company's account does not count.
    other = factories.CustomerFactory()
    factories.BillingAccountFactory(customer=other, number="7777777")
    with pytest.raises(Refusal, match=reason):
        taken(samples.document(**fields))
    assert not invoices(noordkaai).exists() and not invoices(other).exists()


def test_a_second_reference_may_name_the_account(noordkaai, account, taken):
    assert taken(samples.document(account_references=("PO 4711", account.number))).billing_account == account


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)], ids=["after", "before", "around"])
def test_credit_notes_count_on_their_invoice_whatever_comes_first(noordkaai, taken, order):
    documents = [
        samples.document(samples.charge("100.00")),
        samples.credit_note(samples.charge("10.00")),
        samples.credit_note(samples.charge("5.00"), number="2026-10-0001-D"),
    ]
    for n in order:
        taken(documents[n])
    invoice = invoices(noordkaai).get(number="2026-10-0001")
    assert invoice.credited == Decimal("18.15")
    assert invoice.outstanding == Decimal("121.00") - Decimal("18.15")
    assert invoice.credit_notes.count() == 2


def test_a_credit_note_does_not_count_on_another_suppliers_or_companys_invoice(noordkaai, zuidpark, taken):
    factories.BillingAccountFactory(customer=zuidpark, number=samples.ACCOUNT)
    taken(samples.document(samples.charge("100.00"), buyer=samples.ZUIDPARK))
    note = taken(samples.credit_note(samples.charge("10.00")))
    assert note.corrects is None and note.corrects_number == "2026-10-0001"
    assert invoices(zuidpark).get().credited == 0


def test_direct_debit_and_what_was_paid_beforehand(taken):
    invoice = taken(samples.document(samples.charge("100.00"), is_direct_debit=True, payable=Decimal("21.00")))
    assert invoice.is_direct_debit and invoice.outstanding == Decimal("21.00")


def test_people_who_may_see_the_account_hear_of_it(noordkaai, account, taken, alice, bob, rita, charlie, time_machine):
    time_machine.move_to("2026-11-02 09:00+01:00")
    elsewhere = factories.BillingAccountFactory(customer=noordkaai)
    limited = {}
    for name, accounts in {"here": [account, elsewhere], "elsewhere": [elsewhere]}.items():
        membership = factories.MembershipFactory(customer=noordkaai, role=Role.BILLING)
        for one in accounts:
            membership.account_limits.create(customer=noordkaai, billing_account=one)
        limited[name] = membership.user
    invoice = taken(samples.document())
    told = Notification.objects.for_customer(noordkaai).filter(event="billing.invoice")
    assert {row.user_id for row in told} == {alice.pk, bob.pk, limited["here"].pk}
    assert {row.url for row in told} == {f"/invoices/{invoice.public_id}/"}


def test_nobody_hears_of_an_old_invoice(noordkaai, alice, taken, time_machine):
    time_machine.move_to("2027-03-01 09:00+01:00")
    taken(samples.document())
    assert not Notification.objects.for_customer(noordkaai).exists()


def test_two_buyers_numbers_of_the_portal_are_too_many(noordkaai, zuidpark):
    xml = write(samples.document()).replace(b"BE0403019261", b"BE1000000021")
    with pytest.raises(Refusal, match="two companies"):
        imported(xml)
