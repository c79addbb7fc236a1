"""Bank statements: what is certain is matched by itself, once; the rest waits with a suggestion."""

from datetime import date
from decimal import Decimal

import pytest

from billing.enums import AuditKind, EntryState
from billing.models import BankEntry, BankStatement
from billing.services.bank_statements import (
    import_statements,
    match_by_hand,
    set_aside,
    suggestions,
    undo_match,
)
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from tests import factories
from tests.audit.expect import expect_audit
from tests.payments.coda import Move, statement
from tests.payments.conftest import booked

pytestmark = pytest.mark.django_db

STAFF = Actor.ops("test")
FULL = Decimal("121.00")


def take_in(*moves, **fields):
    return import_statements(content=statement(moves, **fields).encode("cp1252"), file_name="s.cod", by=STAFF)


def entry() -> BankEntry:
    return BankEntry.objects.get()


def test_a_transfer_with_the_communication_of_an_invoice_pays_it(invoice, noordkaai):
    found = take_in(Move(FULL, structured=invoice.reference))
    assert (found.entries, found.matched) == (1, 1)
    assert booked(invoice) == [FULL]
    row = entry()
    assert (row.state, row.matched, row.payer_account) == (EntryState.MATCHED, FULL, "BE43068999999501")
    expect_audit(AuditKind.TRANSFER_BOOKED, customer=noordkaai, subject=invoice)
    expect_audit(AuditKind.STATEMENT_IMPORTED, subject=found.statements[0])


@pytest.mark.parametrize("sign", ["+++", "***"])
def test_a_communication_typed_into_the_free_text_counts_too(invoice, sign):
    digits = invoice.reference
    take_in(Move(FULL, text=f"factuur {sign}{digits[:3]}/{digits[3:7]}/{digits[7:]}{sign} dank"))
    assert booked(invoice) == [FULL]


def test_the_same_statement_twice_changes_nothing(invoice):
    take_in(Move(FULL, structured=invoice.reference))
    again = take_in(Move(FULL, structured=invoice.reference))
    assert (len(again.statements), again.known, again.entries) == (0, 1, 0)
    assert booked(invoice) == [FULL]
    assert BankStatement.objects.count() == BankEntry.objects.count() == 1


def test_another_statement_under_the_same_number_is_refused(invoice):
    take_in(Move(FULL, structured=invoice.reference))
    with pytest.raises(Refusal, match="other figures"):
        take_in(Move(Decimal("5.00")))
    assert BankEntry.objects.count() == 1


def test_a_number_comes_back_every_year(invoice):
    take_in(Move(Decimal(1)))
    assert len(take_in(Move(Decimal(1)), day=date(2027, 11, 19)).statements) == 1


def test_partial_payments_add_up(invoice):
    take_in(Move(Decimal(100), structured=invoice.reference), Move(Decimal(21), structured=invoice.reference))
    assert booked(invoice) == [100, 21]
    assert invoice.outstanding == 0


def test_more_than_is_due_waits_for_a_person_and_says_so(invoice, noordkaai):
    take_in(Move(Decimal(150), structured=invoice.reference))
    assert booked(invoice) == []
    [(suggested, why)] = suggestions(entry())
    assert suggested == invoice
    assert why == "same communication, €29.00 more than is left"
    match_by_hand(entry=entry(), invoices=[invoice], by=STAFF)
    assert booked(invoice) == [150]
    assert (entry().state, entry().left) == (EntryState.MATCHED, 0)


def test_a_second_transfer_of_a_paid_invoice_waits(invoice):
    take_in(Move(FULL, structured=invoice.reference), Move(FULL, structured=invoice.reference))
    waiting = BankEntry.objects.get(state=EntryState.OPEN)
    assert suggestions(waiting)[0][1] == "same communication, but nothing is left to pay"
    assert booked(invoice) == [FULL]


def test_a_communication_that_two_invoices_share_decides_nothing(invoice, zuidpark):
    theirs = factories.InvoiceFactory(customer=zuidpark, reference=invoice.reference)
    take_in(Move(FULL, structured=invoice.reference))
    assert booked(invoice) == booked(theirs) == []
    assert {suggested for suggested, _why in suggestions(entry())} == {invoice, theirs}


def test_a_communication_with_a_wrong_check_decides_nothing(invoice):
    wrong = f"{invoice.reference[:10]}{(int(invoice.reference[10:]) + 1) % 97:02d}"
    take_in(Move(FULL, structured=wrong))
    assert (entry().state, entry().reference) == (EntryState.OPEN, "")


def test_an_invoice_number_in_the_text_is_a_suggestion(invoice):
    take_in(Move(FULL, text=f"betaling {invoice.number}, bedankt"))
    assert booked(invoice) == []
    assert [suggested for suggested, _why in suggestions(entry())] == [invoice]


def test_a_total_with_details_counts_as_its_details(invoice, noordkaai):
    other = factories.InvoiceFactory(customer=noordkaai)
    parts = tuple(Move(FULL, structured=each.reference, code="50150000") for each in (invoice, other))
    found = take_in(Move(FULL * 2, text="globaal", code="10150000", parts=parts))
    assert (found.entries, found.matched) == (2, 2)
    assert booked(invoice) == booked(other) == [FULL]


def test_money_that_goes_out_is_set_aside(invoice):
    take_in(Move(-FULL, structured=invoice.reference))
    assert entry().state == EntryState.SET_ASIDE
    assert booked(invoice) == []


def test_one_transfer_can_pay_several_invoices(invoice, noordkaai):
    other = factories.InvoiceFactory(customer=noordkaai)
    take_in(Move(FULL * 2, text="twee facturen"))
    match_by_hand(entry=entry(), invoices=[invoice, other], by=STAFF)
    assert booked(invoice) == booked(other) == [FULL]
    with pytest.raises(Refusal):
        match_by_hand(entry=entry(), invoices=[invoice], by=STAFF)


def test_a_match_is_undone_and_made_again(invoice, noordkaai):
    take_in(Move(FULL, structured=invoice.reference))
    undo_match(entry=entry(), by=STAFF)
    assert booked(invoice) == [FULL, -FULL]
    assert (entry().state, entry().matched) == (EntryState.OPEN, 0)
    expect_audit(AuditKind.TRANSFER_UNDONE, customer=noordkaai, subject=invoice)
    match_by_hand(entry=entry(), invoices=[invoice], by=STAFF)
    assert booked(invoice) == [FULL, -FULL, FULL]


def test_what_pays_no_invoice_is_set_aside_with_a_reason():
    take_in(Move(Decimal(9), text="settlement"))
    set_aside(entry=entry(), note="Pay-out of Mollie", by=STAFF)
    assert (entry().state, entry().note) == (EntryState.SET_ASIDE, "Pay-out of Mollie")
    expect_audit(AuditKind.TRANSFER_SET_ASIDE, subject=entry())
    with pytest.raises(Refusal):
        set_aside(entry=entry(), note="again", by=STAFF)


def test_a_transfer_and_an_online_payment_both_count(mollie, invoice, started):
    payment = started(invoice)
    take_in(Move(FULL, structured=invoice.reference))
    mollie.pay(payment.gateway_reference)
    from billing.services.payments import settle_payment

    settle_payment(payment=payment)
    assert booked(invoice) == [FULL, FULL]
    assert invoice.outstanding == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: "not a statement at all",
        lambda text: text.replace("\r\n9", "\r\n4", 1),
        lambda text: text.rsplit("\r\n8", 1)[0],
        lambda text: text.replace("0000000000121000", "0000000000999000", 1),
        lambda text: text[:127] + "1" + text[128:],
        lambda text: "x" * 6_000_000,
    ],
    ids=["empty", "text", "no end", "cut off", "wrong sum", "old version", "huge"],
)
def test_what_is_no_whole_statement_is_refused_and_keeps_nothing(invoice, damage):
    text = damage(statement([Move(FULL, structured=invoice.reference)]))
    with pytest.raises(Refusal):
        import_statements(content=text.encode("cp1252"), file_name="s.cod", by=STAFF)
    assert BankStatement.objects.count() == 0
    assert booked(invoice) == []


def test_several_statements_in_a_file_are_taken_in_together(invoice, noordkaai):
    other = factories.InvoiceFactory(customer=noordkaai)
    text = statement([Move(FULL, structured=invoice.reference)], number=101)
    text += statement([Move(FULL, structured=other.reference)], number=102, opening=Decimal("1121.00"))
    found = import_statements(content=text.encode("cp1252"), file_name="two.cod", by=STAFF)
    assert (len(found.statements), found.matched) == (2, 2)
