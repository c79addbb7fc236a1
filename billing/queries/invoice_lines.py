"""What one document charges: per number, per cost centre, per kind and line by line, beside the invoice before it.

Set by set in the database: a page costs the same few questions for one line and for thousands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Abs, Coalesce

from billing.enums import ChargeKind, InvoiceKind
from billing.models import Invoice, InvoiceLine
from billing.queries.invoices import with_month
from billing.search import amount_in
from fleetportal.web.pagination import PER_PAGE, Page
from fleetportal.web.parameters import page_number
from sims.enums import LineFactKind
from sims.models import LineFact
from sims.orders.calendar import start_of_day
from sims.queries.history import asked_number

ZERO = Decimal(0)
# What the lines can be gathered by.
GATHERED = {"numbers": "number", "centres": "cost_centre_code"}
SORTS = ("name", "net", "change")
MOST_CAUSES = 3


@dataclass(frozen=True, slots=True)
class KindAmount:
    """A kind of charge without VAT, and in the invoice before; ``before`` is None where there is none."""

    kind: str
    net: Decimal
    before: Decimal | None

    @property
    def label(self) -> str:
        return str(ChargeKind(self.kind).label)

    @property
    def change(self) -> Decimal | None:
        return None if self.before is None else self.net - self.before


@dataclass(frozen=True, slots=True)
class Gathered:
    """The lines of one number or cost centre. ``count`` is of this document alone, 0 when the key is no longer on it.

    ``plan`` and ``plan_before`` are descriptions of the subscription; ``causes`` the kinds that changed, most first.
    """

    key: str
    count: int
    net: Decimal
    count_before: int
    before: Decimal
    plan: str = ""
    plan_before: str = ""
    causes: Sequence[KindAmount] = field(default_factory=tuple)

    @property
    def change(self) -> Decimal:
        return self.net - self.before

    @property
    def has_other_plan(self) -> bool:
        return bool(self.plan and self.plan_before and self.plan != self.plan_before)


@dataclass(frozen=True, slots=True)
class Related:
    """``previous`` is the invoice of the same billing account and currency over the month before, or the last one
    before that; ``credit_notes`` take something off this one.
    """

    previous: Invoice | None
    credit_notes: list[Invoice]


def related(invoice: Invoice) -> Related:
    """One query; a credit note has neither."""
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        return Related(None, [])
    mine = Invoice.objects.for_customer(invoice.customer_id)
    start = (invoice.period_start_on or invoice.issued_on).replace(day=1)
    same = mine.filter(kind=InvoiceKind.INVOICE, billing_account=invoice.billing_account_id, currency=invoice.currency)
    earlier = with_month(same).filter(month__lt=start).order_by("-month", "-issued_on", "-pk").values("pk")[:1]
    found = list(mine.filter(Q(corrects=invoice) | Q(pk__in=earlier)).order_by("issued_on", "pk"))
    previous = next((one for one in found if one.kind == InvoiceKind.INVOICE), None)
    return Related(previous, [one for one in found if one.kind == InvoiceKind.CREDIT_NOTE])


def lines_of(invoice: Invoice) -> QuerySet[InvoiceLine]:
    lines: QuerySet[InvoiceLine] = InvoiceLine.objects.for_customer(invoice.customer_id).filter(invoice=invoice)
    return lines


def kind_amounts(invoice: Invoice, previous: Invoice | None) -> list[KindAmount]:
    """In the order of the kinds; those that neither charges are left out."""
    rows: Any = _both(invoice, previous).order_by().values("kind").annotate(**_sums(invoice, previous))
    found = {row["kind"]: row for row in rows}
    return [
        KindAmount(kind, found[kind]["net_now"], found[kind]["net_before"] if previous else None)
        for kind in ChargeKind.values
        if kind in found
    ]


def gathered_page(invoice: Invoice, previous: Invoice | None, by: str, sort: str, number: str | None) -> Page:
    """The page ``number`` of the numbers or cost centres; those that are only on the invoice before are in it too."""
    column = GATHERED[by]
    rows = _both(invoice, previous).order_by().values(column).annotate(**_sums(invoice, previous))
    rows = rows.annotate(count_now=Count("pk", filter=Q(invoice=invoice)), change=Abs(F("net_now") - F("net_before")))
    if previous is not None:
        rows = rows.annotate(**_reasons(invoice, previous))
    page = _numbered(rows.order_by(*_order(sort, column)), number)
    return Page([_gathered(row, column) for row in page], page.number, page.per_page, page.total)


def _reasons(invoice: Invoice, previous: Invoice) -> dict[str, Any]:
    """What tells why an amount changed: each kind, the subscriptions, whether it was there before."""
    found: dict[str, Any] = {"count_before": Count("pk", filter=Q(invoice=previous))}
    for one, name in ((invoice, "plan"), (previous, "plan_before")):
        found[name] = Max("description", filter=Q(invoice=one, kind=ChargeKind.PLAN))
    for kind in ChargeKind.values:
        found |= {f"{name}_{kind}": amount for name, amount in _sums(invoice, previous, kind=kind).items()}
    return found


def _numbered(rows: QuerySet[Any], number: str | None) -> Page:
    """As ``paginate``, but without looking for keys first: groups have none, and no document is that long."""
    total = rows.count()
    empty = Page([], 1, PER_PAGE, total)
    asked = min(page_number(number), empty.pages)
    start = (asked - 1) * PER_PAGE
    return Page(list(rows[start : start + PER_PAGE]), asked, PER_PAGE, total)


def _both(invoice: Invoice, previous: Invoice | None) -> QuerySet[InvoiceLine]:
    lines: QuerySet[InvoiceLine] = InvoiceLine.objects.for_customer(invoice.customer_id)
    return lines.filter(invoice__in=[one.pk for one in (invoice, previous) if one])


def _sums(invoice: Invoice, previous: Invoice | None, **conditions: Any) -> dict[str, Any]:
    now, before = Q(invoice=invoice, **conditions), Q(invoice=previous.pk if previous else None, **conditions)
    return {
        "net_now": Coalesce(Sum("net", filter=now), ZERO),
        "net_before": Coalesce(Sum("net", filter=before), ZERO),
    }


def _order(sort: str, column: str) -> list[Any]:
    name = sort.removeprefix("-")
    first = {"net": F("net_now"), "change": F("change")}.get(name)
    # What belongs to no number stands last.
    nothing_last = Case(When(**{column: ""}, then=1), default=0)
    if first is None:
        return [nothing_last, F(column).desc() if sort.startswith("-") else F(column).asc()]
    return [first.desc() if sort.startswith("-") else first.asc(), nothing_last, F(column).asc()]


def _gathered(row: Mapping[str, Any], column: str) -> Gathered:
    amounts = [
        KindAmount(kind, row[f"net_now_{kind}"], row[f"net_before_{kind}"])
        for kind in ChargeKind.values
        if row.get(f"net_now_{kind}") != row.get(f"net_before_{kind}")
    ]
    causes = sorted(amounts, key=lambda cause: abs(cause.change or ZERO), reverse=True)
    return Gathered(
        key=row[column],
        count=row["count_now"],
        net=row["net_now"],
        count_before=row.get("count_before", 0),
        before=row["net_before"],
        plan=row.get("plan") or "",
        plan_before=row.get("plan_before") or "",
        causes=causes[:MOST_CAUSES],
    )


def lines_page(invoice: Invoice, text: str, exact: Mapping[str, str], number: str | None) -> Page:
    """The page ``number`` of the lines in the order of the document, narrowed to what ``text`` finds and to those with
    the number or cost centre of ``exact`` (by column, as in :data:`GATHERED`).
    """
    lines = lines_of(invoice).select_related("cost_centre").order_by("position").filter(**exact)
    return _numbered(lines.filter(_holding(text)) if text else lines, number)


def _holding(text: str) -> Q:
    """A number in any notation, a piece of a description, a cost centre or an amount."""
    found = Q(description__icontains=text) | Q(cost_centre_code__iexact=text) | Q(cost_centre__name__icontains=text)
    if asked := asked_number(text):
        found |= Q(number=asked)
    digits = "".join(letter for letter in text if letter.isdigit())
    if len(digits) >= 3 and not text.strip(" 0123456789+./-"):
        found |= Q(number__contains=digits.removeprefix("0"))
    amount = amount_in(text)
    return found | Q(net__range=amount) if amount else found


def people_of(invoice: Invoice, numbers: Sequence[str]) -> dict[str, str]:
    """Who had each of these numbers at the end of the period the document charges, where the portal knows it."""
    end = start_of_day((invoice.period_end_on or invoice.issued_on) + timedelta(days=1))
    lines = lines_of(invoice).filter(number__in=[number for number in numbers if number], line__isnull=False)
    facts = LineFact.objects.for_customer(invoice.customer_id).filter(kind=LineFactKind.SUBSCRIBER, since__lt=end)
    at_the_end = facts.filter(Q(until__isnull=True) | Q(until__gte=end), line__in=lines.order_by().values("line"))
    number = lines.filter(line=OuterRef("line")).order_by().values("number")[:1]
    return dict(at_the_end.annotate(number=Subquery(number)).order_by("since").values_list("number", "value"))


def centre_names(invoice: Invoice, codes: Sequence[str]) -> dict[str, str]:
    """What the company calls these cost centres."""
    lines = lines_of(invoice).filter(cost_centre_code__in=codes, cost_centre__isnull=False)
    return dict(lines.values_list("cost_centre_code", "cost_centre__name").order_by().distinct())
