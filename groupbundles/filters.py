"""What is asked of the company's usage: read from an address, written back to one.

The page, its spreadsheets and the task that writes a large one share it. What it answers is
``groupbundles.queries.company_usage`` and, for lines without use, ``groupbundles.queries.unused_lines``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.db.models import F, Q
from django.db.models.functions import Collate
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fleetportal.web.filters import ListFilter
from fleetportal.web.parameters import whole_number
from groupbundles.periods import asked_period, first_of_month, today
from sims.filters import LineFilter

MONTHS = 12
FIRST_VIEW, UNUSED = "data", "unused"
# For how many months a line must be without use.
UNUSED_MONTHS = (1, 2, 3, 6)

# What a list can be sorted by; the columns are those of LineUsageMonth, the line and what stands around it.
Sort = Callable[[], Any]
SORTS: dict[str, Sort] = {
    "number": lambda: F("line__number"),
    "name": lambda: Collate("line__search_text", "C"),
    "data": lambda: F("data_bytes"),
    "calls": lambda: F("voice_seconds"),
    "sms": lambda: F("sms"),
    "outside": lambda: F("out_of_bundle"),
    "roaming": lambda: F("roaming_charge"),
    "data_roaming": lambda: F("data_roaming_charge"),
    "extras": lambda: F("premium_charge") + F("third_party_charge"),
    "premium": lambda: F("premium_charge"),
    "premium_records": lambda: F("premium_records"),
    "third_party": lambda: F("third_party_charge"),
}
UNUSED_SORTS: dict[str, Sort] = {
    "number": lambda: F("number"),
    "name": lambda: Collate("search_text", "C"),
    "last": lambda: F("last_used_at"),
    "cost": lambda: F("cost"),
}


@dataclass(frozen=True, slots=True)
class View:
    """One of the lists: which lines it holds, its columns (keys of the sorts) and the order it opens in."""

    label: str | Promise
    columns: tuple[str, ...]
    sort: str
    holds: Q | None = None


VIEWS: dict[str, View] = {
    "data": View(_("Most data"), ("data", "calls", "sms", "outside"), "-data"),
    "outside": View(
        _("Out of bundle"),
        ("outside", "roaming", "premium", "third_party"),
        "-outside",
        Q(out_of_bundle__gt=0),
    ),
    "roaming": View(_("Roaming"), ("roaming", "data_roaming", "outside"), "-roaming", Q(roaming_charge__gt=0)),
    "extras": View(
        _("Paid services"),
        ("extras", "premium", "premium_records", "third_party"),
        "-extras",
        Q(third_party_charge__gt=0) | Q(premium_records__gt=0),
    ),
    UNUSED: View(_("Without use"), ("cost", "last"), "-cost"),
}


@dataclass(frozen=True, slots=True)
class UsageFilter(ListFilter):
    """What the person asked to see. Every field has its parameter of the same name; the default stands for "no wish".

    ``plan`` and ``centre`` are primary keys; ``sort`` is a column of the view or "number" or "name", with "-" in front
    for descending; ``month`` is the first day of one, None for the present month; ``months`` counts for the view of
    lines without use alone.
    """

    q: str = ""
    view: str = FIRST_VIEW
    plan: int | None = None
    centre: int | None = None
    month: date | None = None
    months: int = UNUSED_MONTHS[0]
    sort: str = ""

    @classmethod
    def from_query(cls, params: QueryDict | Mapping[str, str]) -> Self:
        """Read an address; what makes no sense is left out, because an old link should still open."""
        lines = LineFilter.from_query(params)
        view = params.get("view", "")
        view = view if view in VIEWS else FIRST_VIEW
        sort, months = params.get("sort", ""), whole_number(params.get("months"), digits=2)
        latest = first_of_month(today())
        month = asked_period(params.get("month", ""), latest=latest, count=MONTHS)
        return cls(
            q=lines.q,
            view=view,
            plan=lines.plan,
            centre=lines.centre,
            month=None if month == latest else month,
            months=months if months in UNUSED_MONTHS else UNUSED_MONTHS[0],
            sort=sort if sort.removeprefix("-") in _sortable(view) and sort != VIEWS[view].sort else "",
        )

    @property
    def period(self) -> date:
        return self.month or first_of_month(today())

    @property
    def is_unused(self) -> bool:
        return self.view == UNUSED

    @property
    def narrows(self) -> bool:
        """Whether it asks for fewer lines than the view holds."""
        return bool(self.q) or self.plan is not None or self.centre is not None

    @property
    def lines(self) -> LineFilter:
        """The part that is about lines."""
        return LineFilter(q=self.q, plan=self.plan, centre=self.centre)

    @property
    def sorted_by(self) -> str:
        return self.sort or VIEWS[self.view].sort

    def order(self) -> list[Any]:
        """A complete order: equal lines always stand in the same order, whatever the page."""
        key = self.sorted_by
        sorts = UNUSED_SORTS if self.is_unused else SORTS
        column = sorts[key.removeprefix("-")]()
        last = F("pk") if self.is_unused else F("line_id")
        by = column.desc(nulls_last=True) if key.startswith("-") else column.asc(nulls_first=True)
        return [by, last.asc()]


def _sortable(view: str) -> tuple[str, ...]:
    return ("number", "name", *VIEWS[view].columns)
