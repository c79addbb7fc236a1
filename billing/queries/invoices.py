"""How invoices stand: their state today, how many there are in each and what is to be paid, the list in its pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, DecimalField, F, Min, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, TruncMonth
from django.utils import timezone

from accounts.models import Customer, Membership
from billing.enums import InvoiceKind, InvoiceState
from billing.models import Invoice
from billing.queries.access import visible_accounts, visible_invoices
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from sims.orders.calendar import local_day

# A collection reaches the statement some days after the due day; until then nobody is asked to pay it himself.
COLLECTION_TAKES = timedelta(days=7)
UNPAID = Q(kind=InvoiceKind.INVOICE, payable__gt=F("paid") + F("credited"))


def today() -> date:
    """The day it is in Belgium, by which invoices fall due."""
    return local_day(timezone.now())


def overdue(day: date) -> Q:
    """Not fully paid after the due day; one collected by direct debit only when the collection stays away."""
    late = Q(due_on__lt=day, is_direct_debit=False)
    return UNPAID & (late | Q(due_on__lt=day - COLLECTION_TAKES, is_direct_debit=True))


def with_state(invoices: QuerySet[Any], day: date) -> QuerySet[Any]:
    """Adds ``state`` (an ``InvoiceState``; empty for a credit note, which asks for nothing) and ``left``, what is still
    to be paid.
    """
    amount = DecimalField(max_digits=14, decimal_places=2)
    return invoices.annotate(
        left=Case(When(UNPAID, then=F("payable") - F("paid") - F("credited")), default=Decimal(0), output_field=amount),
        state=Case(
            When(kind=InvoiceKind.CREDIT_NOTE, then=Value("")),
            When(overdue(day), then=Value(InvoiceState.OVERDUE)),
            When(UNPAID & Q(is_direct_debit=True), then=Value(InvoiceState.DEBIT)),
            When(UNPAID, then=Value(InvoiceState.OPEN)),
            default=Value(InvoiceState.PAID),
            output_field=CharField(),
        ),
    )


def signed_net(kind: str = "kind", net: str = "net") -> Case:
    """An amount, below zero in a credit note; the names are those of its columns as the query sees them."""
    return Case(When(**{kind: InvoiceKind.CREDIT_NOTE}, then=-F(net)), default=F(net))


def with_month(invoices: QuerySet[Any]) -> QuerySet[Any]:
    """Adds ``month``: the first day of the month a document charges, or was issued in where it names no period. A
    credit note without one counts in the month of what it corrects.
    """
    return invoices.annotate(month=TruncMonth(Coalesce("period_start_on", "corrects__period_start_on", "issued_on")))


def month_of_line() -> TruncMonth:
    """The same month, asked of a line of a document."""
    return TruncMonth(Coalesce("invoice__period_start_on", "invoice__corrects__period_start_on", "invoice__issued_on"))


@dataclass(frozen=True, slots=True)
class Standing:
    """The documents in one state: how many, what is left to pay on them, the first day one of them falls due.

    ``number`` and ``public_id`` are those of the only one where ``count`` is 1.
    """

    count: int = 0
    left: Decimal = Decimal(0)
    first_due: date | None = None
    number: str = ""
    public_id: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceCounts:
    """Per state of an invoice, and under "" for credit notes."""

    standings: Mapping[str, Standing] = field(default_factory=dict)

    def of(self, state: str) -> Standing:
        return self.standings.get(state, Standing())

    @property
    def all(self) -> int:
        return sum(standing.count for standing in self.standings.values())

    @property
    def to_pay(self) -> Decimal:
        """What has to be paid by somebody; what is collected by direct debit is not in it."""
        return self.of(InvoiceState.OVERDUE).left + self.of(InvoiceState.OPEN).left

    @property
    def payable_count(self) -> int:
        return self.of(InvoiceState.OVERDUE).count + self.of(InvoiceState.OPEN).count


def invoice_counts(customer: Customer, membership: Membership) -> InvoiceCounts:
    """One grouped query over what this person may see; amounts are of those in euro."""
    rows = (
        with_state(visible_invoices(customer, membership), today())
        .order_by()
        .values("state")
        .annotate(
            n=Count("pk"),
            amount=Coalesce(Sum("left", filter=Q(currency="EUR")), Decimal(0)),
            first_due=Min("due_on"),
            first_number=Min("number"),
            first_id=Min(Cast("public_id", CharField())),
        )
        .values_list("state", "n", "amount", "first_due", "first_number", "first_id")
    )
    return InvoiceCounts({state: Standing(*figures) for state, *figures in rows})


def counts_of(request: PortalRequest) -> InvoiceCounts:
    """The figures of the request's person, read once per request."""
    if not hasattr(request, "_invoice_counts"):
        request._invoice_counts = invoice_counts(request.customer, request.membership)  # type: ignore[attr-defined]
    found: InvoiceCounts = request._invoice_counts  # type: ignore[attr-defined]
    return found


def overdue_invoices(customer: Customer, membership: Membership) -> QuerySet[Invoice]:
    """What this person may see that should have been paid, the oldest first."""
    invoices: QuerySet[Invoice] = visible_invoices(customer, membership).filter(overdue(today()))
    return invoices.order_by("due_on", "pk")


Choice = tuple[str, str]


@dataclass(slots=True)
class InvoiceChoices:
    """What the filters offer: billing accounts by key, months as ``2026-11`` from the newest."""

    accounts: list[Choice] = field(default_factory=list)
    months: list[date] = field(default_factory=list)


def invoice_choices(customer: Customer, membership: Membership) -> InvoiceChoices:
    """Billing accounts and months of what this person may see."""
    accounts = visible_accounts(customer, membership).order_by("name", "number")
    months = with_month(visible_invoices(customer, membership)).order_by("-month").values_list("month", flat=True)
    return InvoiceChoices([(str(row.pk), str(row)) for row in accounts], list(months.distinct()))


def find_invoices(customer: Customer, membership: Membership, condition: Q, limit: int) -> list[Any]:
    """The newest that fit, with their state."""
    invoices = with_state(visible_invoices(customer, membership).filter(condition), today())
    return list(invoices.select_related("billing_account").order_by("-issued_on", "-pk")[:limit])


def period_text(invoice: Invoice) -> str:
    """``October 2026`` for a whole month, else its first and last day; empty where the document names none."""
    start, end = invoice.period_start_on, invoice.period_end_on
    if start is None:
        return ""
    is_month = start.day == 1 and end is not None and (end + timedelta(days=1)).day == 1 and start.month == end.month
    if is_month:
        return formatting.month(start)
    return " – ".join(formatting.short_date(day) for day in (start, end) if day)
