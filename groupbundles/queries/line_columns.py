"""What the fleet list shows of the use of each line this month: one question for all lines of a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.html import format_html
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.shell.registry import LineColumn, LineColumns
from fleetportal.web import formatting
from fleetportal.web.meters import meter_html
from groupbundles.models import LineUsageMonth
from groupbundles.periods import first_of_month, today
from groupbundles.queries.freshness import Freshness, freshness_of, newest_delivery
from sims.enums import LineState
from sims.models import Line

IN_SERVICE = (LineState.ACTIVE, LineState.SUSPENDED, LineState.LIMITED)
# Below this, data from elsewhere than the own allowance is not worth a second line in a cell.
WORTH_TELLING = 50 * 10**6


@dataclass(frozen=True, slots=True)
class MonthUse:
    """What a line used this month: bytes of its own allowance and in total, and euro outside of any bundle.

    ``allowance`` is in bytes, None where the plan names none.
    """

    own: int
    total: int
    allowance: int | None
    outside: Decimal
    freshness: Freshness


def use_of_lines(customer: Customer, lines: Sequence[int]) -> dict[int, MonthUse]:
    """Of lines in service and of those that were used; nothing before the company's first delivery of usage."""
    months = LineUsageMonth.objects.for_customer(customer).filter(line=OuterRef("pk"), period=first_of_month(today()))
    found = (
        Line.objects.for_customer(customer)
        .filter(pk__in=lines)
        .order_by()
        .values_list(
            "pk",
            "state",
            "plan__data_gb",
            Subquery(months.values("own_data_bytes")),
            Subquery(months.values("data_bytes")),
            Subquery(months.values("out_of_bundle")),
            newest_delivery(customer),
        )
    )
    used = {}
    for pk, state, gigabytes, own, total, outside, delivered_at in found:
        known = freshness_of(delivered_at)
        if known.at is None or (own is None and state not in IN_SERVICE):
            continue
        allowance = None if gigabytes is None else int(gigabytes * formatting.GIGABYTE)
        used[pk] = MonthUse(own or 0, total or 0, allowance, outside or Decimal(), known)
    return used


def _data_label() -> str:
    return _("Data in %(month)s") % {"month": formatting.short_month(today())}


def _data_cell(use: MonthUse) -> str:
    if use.allowance is None:
        return formatting.data_volume(use.total)
    unit, size = formatting.usage_unit("data")
    used = Decimal(use.own) / size
    meter = meter_html(f"{used:.1f}", Decimal(use.allowance) / size, unit=unit, label=_("Data"))
    if use.total - use.own < WORTH_TELLING:
        return meter
    text = _("%(amount)s in total") % {"amount": formatting.data_volume(use.total)}
    return format_html('{}<span class="t-sub" data-m="hide">{}</span>', meter, text)


def _outside_cell(use: MonthUse) -> str:
    shown = "<strong>{}</strong>" if use.outside else '<span class="muted">{}</span>'
    return format_html(shown, formatting.eur(use.outside))


def _note(used: Mapping[int, Any]) -> str:
    use = next(iter(used.values()), None)
    if use is None:
        return ""
    text = _("Usage is old: updated on %(moment)s.") if use.freshness.is_stale else _("Usage updated on %(moment)s.")
    return text % {"moment": formatting.date_time(use.freshness.at)}


USAGE_COLUMNS = LineColumns(
    columns=(
        LineColumn(
            "data",
            _data_label,
            cell=_data_cell,
            value=lambda use: round(use.total / formatting.GIGABYTE, 3),
            unit="GB",
            css="t-meter",
            place="use",
        ),
        LineColumn(
            "outside",
            lambda: _("Out of bundle"),
            cell=_outside_cell,
            value=lambda use: use.outside,
            unit="EUR",
            css="t-num t-wide",
        ),
    ),
    load=use_of_lines,
    note=_note,
)
