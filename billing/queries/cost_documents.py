"""The invoices and credit notes that costs are counted from: those a person may see, by the month they charge."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from accounts.models import Customer, Membership
from billing.enums import InvoiceKind
from billing.queries.access import visible_invoices
from billing.queries.invoices import today, with_month
from groupbundles.periods import previous_period

# Months that can be chosen: two years, and the one before the first to compare it with.
KEPT = timedelta(days=3 * 366)
MONTHS = 24


@dataclass(frozen=True, slots=True)
class Document:
    """One invoice or credit note in euro; ``net`` is below zero for what is given back."""

    key: int
    is_credit: bool
    month: date
    account: int
    net: Decimal


@dataclass(frozen=True, slots=True)
class Documents:
    """All of them, newest month first; ``months`` are those that can be chosen."""

    all: list[Document]
    months: list[date]

    def chosen(self, month: date | None) -> date | None:
        """The month itself where something was billed for it, else the newest; None without any invoice."""
        return month if month in self.months else next(iter(self.months), None)

    def of(self, month: date | None, account: int | None = None) -> list[Document]:
        return [one for one in self.all if one.month == month and account in (None, one.account)]


def documents(customer: Customer, membership: Membership) -> Documents:
    """Of what this person may see; one query."""
    invoices = visible_invoices(customer, membership)
    rows = (
        with_month(invoices.filter(currency="EUR", issued_on__gte=today() - KEPT))
        .order_by("-month", "pk")
        .values_list("pk", "kind", "month", "billing_account", "net")
    )
    found = [_document(*row) for row in rows]
    return Documents(found, sorted({one.month for one in found}, reverse=True)[:MONTHS])


def _document(key: int, kind: str, month: date, account: int, net: Decimal) -> Document:
    is_credit = kind == InvoiceKind.CREDIT_NOTE
    return Document(key, is_credit, month, account, -net if is_credit else net)


@dataclass(frozen=True, slots=True)
class Pair:
    """A month and the one before it: documents that are asked for, and all that the person may see."""

    month: date
    this: list[Document]
    before: list[Document]
    everything: list[Document]

    @property
    def previous(self) -> date:
        return previous_period(self.month)


def pair_of(found: Documents, month: date, account: int | None) -> Pair:
    before = previous_period(month)
    return Pair(month, found.of(month, account), found.of(before, account), found.of(month) + found.of(before))
