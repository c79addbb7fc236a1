"""The costs of twelve months as a chart and, for who does not see it, as words and a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.queries.invoice_costs import CostMonth
from fleetportal.web import formatting
from fleetportal.web.charts import Bar, Chart, column_chart


@dataclass(frozen=True, slots=True)
class CostChart:
    """The drawing, and the months that were billed for the table, the newest first."""

    chart: Chart
    months: list[CostMonth]


def cost_chart(months: Sequence[CostMonth]) -> CostChart | None:
    """None before the first invoice."""
    if not months:
        return None
    bars = [_bar(month, is_current=month == months[-1]) for month in months]
    ticks = [formatting.short_month(month.month) for month in months]
    chart = column_chart(bars, description=_description(months), unit="€", ticks=ticks)
    return CostChart(chart, [month for month in reversed(months) if month.total is not None])


def _bar(month: CostMonth, *, is_current: bool) -> Bar:
    if month.fixed is None or month.other is None:
        return Bar(None)
    fixed, other = _drawable(month.fixed, month.other)
    words = {
        "month": formatting.month(month.month),
        "fixed": formatting.eur(month.fixed),
        "other": formatting.eur(month.other),
    }
    label = _("%(month)s: %(fixed)s fixed, %(other)s use and one-off") % words
    return Bar(float(fixed), label, float(other), is_current)


def _drawable(fixed: Decimal, other: Decimal) -> tuple[Decimal, Decimal]:
    """A part below nothing, such as a credit note larger than what was charged, shortens the other one."""
    zero = Decimal(0)
    return max(fixed + min(other, zero), zero), max(other + min(fixed, zero), zero)


def _description(months: Sequence[CostMonth]) -> str:
    first, last = months[0], months[-1]
    assert last.fixed is not None
    assert last.other is not None
    return _("Costs per month from %(first)s to %(last)s. %(month)s: %(fixed)s fixed, %(other)s use and one-off.") % {
        "first": formatting.month(first.month),
        "last": formatting.month(last.month),
        "month": formatting.month(last.month).capitalize(),
        "fixed": formatting.eur(last.fixed),
        "other": formatting.eur(last.other),
    }
