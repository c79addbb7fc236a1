"""What the invoices of twelve months came to, without VAT and less what credit notes gave back."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from accounts.models import Customer, Membership
from billing.enums import ChargeKind
from billing.models import InvoiceLine
from billing.queries.access import visible_invoices
from billing.queries.invoices import month_of_line, signed_net, with_month
from groupbundles.periods import periods_until

MONTHS = 12
# What comes back every month whatever is used.
FIXED = (ChargeKind.PLAN, ChargeKind.OPTION, ChargeKind.BUNDLE)


@dataclass(frozen=True, slots=True)
class CostMonth:
    """``fixed`` is what plans, options and bundles cost, ``other`` all else; both are None while nothing was billed."""

    month: date
    fixed: Decimal | None = None
    other: Decimal | None = None

    @property
    def total(self) -> Decimal | None:
        return None if self.fixed is None or self.other is None else self.fixed + self.other


def cost_months(customer: Customer, membership: Membership) -> list[CostMonth]:
    """Twelve months, the last of them the newest that was billed; empty before the first invoice."""
    totals = _totals(customer, membership)
    if not totals:
        return []
    months = periods_until(max(totals), MONTHS)[::-1]
    fixed = _fixed(customer, membership, months[0])
    return [
        CostMonth(month, fixed.get(month, Decimal(0)), totals[month] - fixed.get(month, Decimal(0)))
        if month in totals
        else CostMonth(month)
        for month in months
    ]


def _totals(customer: Customer, membership: Membership) -> dict[date, Decimal]:
    invoices = _in_euro(customer, membership).order_by().values("month")
    return dict(invoices.annotate(signed=Sum(signed_net())).values_list("month", "signed"))


def _in_euro(customer: Customer, membership: Membership) -> QuerySet[Any]:
    return with_month(visible_invoices(customer, membership).filter(currency="EUR"))


def _fixed(customer: Customer, membership: Membership, since: date) -> dict[date, Decimal]:
    invoices = _in_euro(customer, membership).filter(month__gte=since)
    lines = InvoiceLine.objects.for_customer(customer).filter(invoice__in=invoices.values("pk"), kind__in=FIXED)
    lines = lines.annotate(month=month_of_line())
    sums = lines.order_by().values("month").annotate(signed=Sum(signed_net("invoice__kind")))
    return dict(sums.values_list("month", "signed"))
