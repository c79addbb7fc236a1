"""What is asked of the costs: read from an address, written back to one.

The pages, their spreadsheets and the task that writes a large one share it. What it answers is
``billing.queries.costs`` and ``billing.queries.cost_causes``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.enums import ChargeKind, CostCause
from fleetportal.web.filters import ListFilter
from fleetportal.web.parameters import whole_number
from groupbundles.filters import UNUSED_MONTHS

CENTRE, ACCOUNT, PLAN, LINE, KIND = "centre", "account", "plan", "line", "kind"
# By what costs are put together, in the order of the tabs.
DIMENSIONS: dict[str, str | Promise] = {
    CENTRE: _("Cost centre"),
    ACCOUNT: _("Billing account"),
    PLAN: _("Plan"),
    KIND: _("Kind of cost"),
    LINE: _("Line"),
}
SORTS = ("number", "this", "before", "difference")
FIRST_SORT = "-this"
# What a cost centre is called in an address besides its key: without any, or with a code that the company has not.
NO_CENTRE, UNKNOWN = "none", "code:"
LONGEST_TEXT = 100
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class CostFilter(ListFilter):
    """What the person asked to see. Every field has its parameter of the same name; the default stands for "no wish".

    ``month`` is the first day of one, None for the newest that was billed; ``account`` is a primary key; ``centre`` a
    primary key as text, ``none`` or ``code:…``; ``plan`` is what the invoice calls it; ``cause`` is for the page of
    what changed, ``months`` for that of lines without use.
    """

    by: str = CENTRE
    month: date | None = None
    account: int | None = None
    centre: str = ""
    plan: str = ""
    kind: str = ""
    cause: str = ""
    months: int = UNUSED_MONTHS[0]
    q: str = ""
    sort: str = FIRST_SORT

    @classmethod
    def from_query(cls, params: QueryDict | Mapping[str, str]) -> Self:
        """Read an address; what makes no sense is left out, because an old link should still open."""
        by, kind, cause = params.get("by", ""), params.get("kind", ""), params.get("cause", "")
        month, sort = _MONTH.fullmatch(params.get("month", "")), params.get("sort", "")
        plan, q = (_clean(params.get(name, "")) for name in ("plan", "q"))
        months = whole_number(params.get("months"), digits=2)
        by = by if by in DIMENSIONS else CENTRE
        return cls(
            # What is known of single lines only can be put together by nothing else.
            by=LINE if plan or q else by,
            month=date(int(month[1]), int(month[2]), 1) if month else None,
            account=whole_number(params.get("account")),
            centre=_centre(params.get("centre", "")),
            plan=plan,
            kind=kind if kind in ChargeKind.values else "",
            cause=cause if cause in CostCause.values else "",
            months=months if months in UNUSED_MONTHS else UNUSED_MONTHS[0],
            q=q[:LONGEST_TEXT],
            sort=sort if sort.removeprefix("-") in SORTS else FIRST_SORT,
        )

    @property
    def is_about_lines(self) -> bool:
        """Whether it asks for single lines, so that nothing can be said of whole documents."""
        return bool(self.plan or self.q)

    @property
    def narrows(self) -> bool:
        """Whether it asks for a part of the month's costs."""
        return bool(self.account or self.centre or self.plan or self.kind or self.q)


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()


def _centre(text: str) -> str:
    text = _clean(text)
    is_one = whole_number(text) is not None or text == NO_CENTRE or text.startswith(UNKNOWN)
    return text[:LONGEST_TEXT] if is_one else ""
