"""What is said about costs: differences with their sign, groups without a name, the conclusion of a chart."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.cost_filters import ACCOUNT, CENTRE, NO_CENTRE, PLAN, UNKNOWN
from billing.queries.costs import Cost, Group
from fleetportal.web import formatting
from fleetportal.web.charts import Bar, Chart, column_chart


def compared(cost: Cost, before: date) -> str:
    """How much more or less it is than the month before, also in per cent where there was something."""
    month = formatting.month(before)
    if not cost.before:
        return _("Nothing was billed for %(month)s.") % {"month": month}
    if not cost.difference:
        return _("As much as in %(month)s.") % {"month": month}
    share = formatting.percent(abs(cost.difference) * 100 / abs(cost.before), 1)
    words = {"amount": formatting.eur(abs(cost.difference)), "share": share, "month": month}
    if cost.difference > 0:
        return _("%(amount)s (%(share)s) more than in %(month)s.") % words
    return _("%(amount)s (%(share)s) less than in %(month)s.") % words


def group_label(group: Group, by: str) -> str:
    """What a group is called, also where what was billed names none."""
    if by == CENTRE and group.key == NO_CENTRE:
        return _("No cost centre on the invoice")
    if by == CENTRE and group.key.startswith(UNKNOWN):
        return _("%(code)s, not one of your cost centres") % {"code": group.label}
    if group.is_own:
        return _("Booked on %(centre)s itself") % {"centre": group.label}
    if by == PLAN and not group.key:
        return _("No subscription")
    return group.label


def number_label(number: str) -> str:
    return formatting.phone(number) or _("Not for one number")


def months_chart(totals: Mapping[date, Decimal], months: list[date], current: date) -> Chart:
    """What each month came to, the oldest first; months without any invoice stay open."""
    bars = [
        Bar(
            float(max(totals[month], Decimal())) if month in totals else None,
            f"{formatting.month(month)}: {formatting.eur(totals.get(month))}",
            is_current=month == current,
        )
        for month in months
    ]
    words = {
        "first": formatting.month(months[0]),
        "last": formatting.month(months[-1]),
        "month": formatting.month(current).capitalize(),
        "amount": formatting.eur(totals.get(current, Decimal())),
    }
    description = _("Costs per month from %(first)s to %(last)s. %(month)s: %(amount)s.") % words
    return column_chart(bars, description=description, unit="€", ticks=[formatting.short_month(m) for m in months])


def drill_down(by: str, key: str) -> dict[str, str]:
    """What to ask to see what a group is made of."""
    if by == ACCOUNT:
        return {"by": CENTRE, "account": key}
    return {"by": "line", by: key}
