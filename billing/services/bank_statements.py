"""Bank statements in CODA: read, kept once, and matched to invoices by structured communication.

Only what is certain is matched by itself: one invoice with this communication that still asks for at least as much. All
else waits for the operator's staff, with a suggestion.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from coda import CODA
from django.db import transaction
from django.utils.translation import gettext as _

from billing.enums import AuditKind, BookingKind, EntryState, InvoiceKind
from billing.models import BankEntry, BankStatement, Invoice
from billing.services.bookings import Posting, book, booked_per_invoice, locked_invoices
from billing.structured import compact
from fleetportal.audit.actors import Actor
from fleetportal.audit.services import record
from fleetportal.web import formatting
from fleetportal.web.errors import Refusal

MOST_BYTES = 5 * 1024 * 1024
RECORD_LENGTH = 128
CENT = Decimal("0.01")
CURRENCY = "EUR"
STRUCTURED = {"101", "102"}
# People type the communication of the invoice where only free text is asked.
TYPED = re.compile(r"(?:\+\+\+|\*\*\*)\s*\d{3}/?\d{4}/?\d{5}\s*(?:\+\+\+|\*\*\*)")


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: statements that are new, how many were there already, and lines matched by themselves."""

    statements: tuple[BankStatement, ...]
    known: int
    entries: int
    matched: int


def import_statements(*, content: bytes, file_name: str, by: Actor) -> Imported:
    """Take in every statement of a CODA file, all or nothing; raises ``Refusal`` with what is wrong.

    A statement that was taken in before changes nothing; another one under its number is refused.
    """
    new, known, entries, matched = [], 0, 0, 0
    parsed = _parsed(content)
    with transaction.atomic():
        for one in parsed:
            statement, is_new = _kept(one, file_name, by)
            if not is_new:
                known += 1
                continue
            new.append(statement)
            rows = [_entry(statement, move) for move in _leaves(one)]
            BankEntry.objects.bulk_create(rows)
            entries += len(rows)
            matched += [match_by_reference(entry_id=row.pk, by=by) for row in rows].count(True)
            after = {"file": file_name[:200], "entries": len(rows)}
            record(AuditKind.STATEMENT_IMPORTED, by=by, customer_id=None, subject=statement, after=after)
    return Imported(tuple(new), known, entries, matched)


def _parsed(content: bytes) -> list[Any]:
    """The statements of the file. The library stops at anything odd with whatever error comes first."""
    if len(content) > MOST_BYTES:
        raise Refusal(_("The file is larger than 5 MB. A statement is much smaller: is it the right file?"))
    lines = content.decode("windows-1252", errors="replace").splitlines()
    lines = [line.ljust(RECORD_LENGTH) for line in lines if line.strip()]
    if not lines or any(len(line) > RECORD_LENGTH for line in lines):
        raise Refusal(_("This is not a bank statement in CODA: its lines have 128 characters."))
    try:
        statements = CODA(io.StringIO("\n".join(lines))).statements
        whole = all(_adds_up(one) for one in statements)
    except (AssertionError, ArithmeticError, AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise Refusal(_("This bank statement cannot be read, or its sums do not agree.")) from error
    if not statements or not whole:
        raise Refusal(_("This bank statement cannot be read, or its sums do not agree."))
    return list(statements)


def _adds_up(statement: Any) -> bool:
    """The library checks this by assertions, which an optimised Python leaves out; a cut off file has no end."""
    moved = sum((move.amount for move in statement.moves), Decimal(0))
    is_whole = statement.number_records is not None and statement.new_balance is not None
    return is_whole and moved == statement.new_balance - statement.old_balance


def _kept(one: Any, file_name: str, by: Actor) -> tuple[BankStatement, bool]:
    values = {"currency": one.account_currency or CURRENCY, "opening": one.old_balance, "closing": one.new_balance}
    statement, is_new = BankStatement.objects.get_or_create(
        account=one.account,
        number=str(one.new_sequence or one.coda_sequence),
        dated_on=one.new_balance_date,
        defaults={**values, "file_name": file_name[:200], "uploaded_by_name": by.name},
    )
    if not is_new and any(getattr(statement, name) != value for name, value in values.items()):
        raise Refusal(
            _("Statement %(number)s of %(account)s was taken in before with other figures.")
            % {"number": statement.number, "account": statement.account}
        )
    return statement, is_new


def _leaves(statement: Any) -> Iterator[Any]:
    """A total that the bank gives with its details counts as the details; charges inside a transfer do not."""
    for move in statement.moves:
        parts = [part for part in move.moves if part.transaction_type in "5678"]
        is_total = len(parts) > 1 and sum((part.amount for part in parts), Decimal(0)) == move.amount
        yield from parts if is_total and all(part.amount > 0 for part in parts) else [move]


def _entry(statement: BankStatement, move: Any) -> BankEntry:
    text = " ".join((move.communication or "").split())
    reference = _reference(text, is_structured=move.communication_type in STRUCTURED)
    amount = move.amount.quantize(CENT)
    is_income = amount > 0 and statement.currency == CURRENCY
    return BankEntry(
        statement=statement,
        sequence=f"{move.sequence}{move.detail_sequence}",
        amount=amount,
        valued_on=move.value_date or move.entry_date,
        reference=reference,
        communication="" if reference and move.communication_type in STRUCTURED else text[:500],
        payer_name=(move.counterparty_name or "")[:70],
        payer_account=(move.counterparty_account or "").split(" ")[0][:37],
        state=EntryState.OPEN if is_income else EntryState.SET_ASIDE,
    )


def _reference(text: str, *, is_structured: bool) -> str:
    """The twelve digits whose check fits; an empty text for none."""
    typed = TYPED.search(text)
    found = compact(text if is_structured else typed.group() if typed else "")
    is_one = len(found) == 12 and found.isdecimal() and (int(found[:10]) % 97 or 97) == int(found[10:])
    return found if is_one else ""


def match_by_reference(*, entry_id: int, by: Actor) -> bool:
    """Match a line by itself where that is certain. Partial payments are; what is more than is due is for a person."""
    with transaction.atomic():
        entry = _locked(entry_id)
        if entry.state != EntryState.OPEN or not entry.reference:
            return False
        invoices = Invoice.objects.across_customers(reason="a transfer may be for anybody")
        keys = list(invoices.filter(reference=entry.reference, kind=InvoiceKind.INVOICE).values_list("pk", flat=True))
        if len(keys) != 1:
            return False
        invoice = locked_invoices(keys)[keys[0]]
        if invoice.currency != CURRENCY or entry.left > invoice.outstanding:
            return False
        _book(entry, [(invoice, entry.left)], by)
    return True


def match_by_hand(*, entry: BankEntry, invoices: Sequence[Invoice], by: Actor) -> None:
    """Put a line on these invoices, in this order; what is more than they ask for comes on the last one.

    Raises ``Refusal``.
    """
    with transaction.atomic():
        row = _locked(entry.pk)
        if row.state != EntryState.OPEN:
            raise Refusal(_("This transfer is no longer waiting to be matched."))
        rows = locked_invoices([invoice.pk for invoice in invoices])
        ordered = [rows[pk] for pk in dict.fromkeys(invoice.pk for invoice in invoices)]
        if any(invoice.kind != InvoiceKind.INVOICE or invoice.currency != CURRENCY for invoice in ordered):
            raise Refusal(_("Only invoices in euro can be matched."), field="invoices")
        _book(row, _divided(row.left, ordered), by)


def _divided(amount: Decimal, invoices: Sequence[Invoice]) -> list[tuple[Invoice, Decimal]]:
    parts, left = [], amount
    for invoice in invoices:
        part = left if invoice is invoices[-1] else min(left, invoice.outstanding)
        if part > 0:
            parts.append((invoice, part))
            left -= part
    if not parts:
        raise Refusal(_("Name an invoice that this transfer pays."), field="invoices")
    return parts


def _book(entry: BankEntry, parts: Sequence[tuple[Invoice, Decimal]], by: Actor) -> None:
    book(
        kind=BookingKind.TRANSFER,
        postings=[Posting(invoice.pk, amount) for invoice, amount in parts],
        entry=entry,
    )
    entry.matched = sum(booked_per_invoice(entry=entry).values(), Decimal(0))
    entry.state = EntryState.MATCHED
    entry.save(update_fields=["matched", "state"])
    for invoice, amount in parts:
        after = {"amount": str(amount), "transfer": str(entry)}
        record(AuditKind.TRANSFER_BOOKED, by=by, customer_id=invoice.customer_id, subject=invoice, after=after)


def undo_match(*, entry: BankEntry, by: Actor) -> None:
    """Take a line off its invoices again: the ledger shows both."""
    with transaction.atomic():
        row = _locked(entry.pk)
        if row.state != EntryState.MATCHED:
            raise Refusal(_("This transfer is not matched."))
        standing = {pk: amount for pk, amount in booked_per_invoice(entry=row).items() if amount}
        invoices = locked_invoices(list(standing))
        postings = [Posting(pk, -amount) for pk, amount in standing.items()]
        book(kind=BookingKind.TRANSFER_UNDONE, postings=postings, entry=row)
        row.matched, row.state = Decimal(0), EntryState.OPEN
        row.save(update_fields=["matched", "state"])
        for pk, invoice in invoices.items():
            after = {"amount": str(standing[pk]), "transfer": str(row)}
            record(AuditKind.TRANSFER_UNDONE, by=by, customer_id=invoice.customer_id, subject=invoice, after=after)


def set_aside(*, entry: BankEntry, note: str, by: Actor) -> None:
    """A line that pays no invoice, such as what the payment service pays out."""
    with transaction.atomic():
        row = _locked(entry.pk)
        if row.state != EntryState.OPEN:
            raise Refusal(_("This transfer is no longer waiting to be matched."))
        row.state, row.note = EntryState.SET_ASIDE, note[:200]
        row.save(update_fields=["state", "note"])
        after = {"note": row.note}
        record(AuditKind.TRANSFER_SET_ASIDE, by=by, customer_id=None, subject=row, after=after)


def suggestions(entry: BankEntry) -> list[tuple[Invoice, str]]:
    """Invoices this line may be for, each with the reason; the most likely first."""
    everywhere = Invoice.objects.across_customers(reason="a transfer may be for anybody")
    invoices = everywhere.filter(kind=InvoiceKind.INVOICE).select_related("customer")
    found: dict[int, tuple[Invoice, str]] = {}
    if entry.reference:
        for invoice in invoices.filter(reference=entry.reference)[:5]:
            found.setdefault(invoice.pk, (invoice, _compared(entry, invoice)))
    words = {word.strip(".,;:") for word in entry.communication.split() if len(word) > 3}
    for invoice in invoices.filter(number__in=words)[:5]:
        found.setdefault(invoice.pk, (invoice, _("its number is in the communication")))
    return list(found.values())


def _compared(entry: BankEntry, invoice: Invoice) -> str:
    if invoice.outstanding == 0:
        return _("same communication, but nothing is left to pay")
    if entry.left > invoice.outstanding:
        return _("same communication, %(more)s more than is left") % {
            "more": formatting.eur(entry.left - invoice.outstanding)
        }
    return _("same communication")


def _locked(entry_id: int) -> BankEntry:
    return BankEntry.objects.select_for_update(of=("self",)).get(pk=entry_id)
