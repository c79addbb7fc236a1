"""The ledger of money on invoices. Whatever pays an invoice, or is taken back, goes through :func:`book`."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from billing.enums import BookingKind
from billing.models import BankEntry, Invoice, InvoiceBooking, Payment

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount for one invoice; negative: it goes back."""

    invoice_id: int
    amount: Decimal


def locked_invoices(ids: Sequence[int]) -> dict[int, Invoice]:
    """These invoices, locked in the order of their keys, so that two who lock the same ones wait for each other."""
    rows = Invoice.objects.across_customers(reason="the caller names rows that it found for its company")
    return {row.pk: row for row in rows.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))}


def book(
    *, kind: BookingKind, postings: Sequence[Posting], payment: Payment | None = None, entry: BankEntry | None = None
) -> None:
    """Write the postings of one source and bring ``Invoice.paid`` in line. Part of the caller's transaction.

    The caller holds the lock of the source.
    """
    invoices = locked_invoices([posting.invoice_id for posting in postings])
    for posting in postings:
        invoice = invoices[posting.invoice_id]
        InvoiceBooking.objects.create(
            customer_id=invoice.customer_id,
            invoice=invoice,
            kind=kind,
            amount=posting.amount,
            payment=payment,
            entry=entry,
            sequence=_of_source(payment, entry).filter(invoice=invoice).count(),
        )
    for invoice in invoices.values():
        invoice.paid = total(InvoiceBooking.objects.for_customer(invoice.customer_id).filter(invoice=invoice))
        invoice.save(update_fields=["paid"])


def total(bookings: Any) -> Decimal:
    """What bookings come to."""
    found: Decimal | None = bookings.aggregate(total=Sum("amount"))["total"]
    return found or NOTHING


def booked_per_invoice(*, payment: Payment | None = None, entry: BankEntry | None = None) -> dict[int, Decimal]:
    """What of this source stands on which invoice."""
    rows = _of_source(payment, entry).order_by().values("invoice_id").annotate(total=Sum("amount"))
    return {row["invoice_id"]: row["total"] for row in rows}


def _of_source(payment: Payment | None, entry: BankEntry | None) -> Any:
    rows = InvoiceBooking.objects.across_customers(reason="a source was found for its company, or is of the bank")
    return rows.filter(payment=payment, entry=entry)
