"""The fleet list's filter: read from an address, written back to one, applied to a company's lines.

The list, its saved views and the export share it. What it shows of each line is ``sims.queries.lines``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Collate
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from fleetportal.web.filters import ListFilter
from fleetportal.web.parameters import whole_number
from fleetportal.web.translated import name_expression
from sims.enums import LineState, OpenRequest
from sims.models import Line
from sims.search import matching

ALL = "all"
# The tabs above the list, in their order: what each holds and is called.
VIEWS: dict[str, tuple[str | Promise, Q]] = {
    ALL: (_("All"), Q()),
    "active": (_("Active"), Q(state=LineState.ACTIVE)),
    "scheduled": (_("Scheduled"), Q(open_request=OpenRequest.SCHEDULED)),
    "pending": (_("In progress"), Q(open_request=OpenRequest.PENDING)),
    "blocked": (_("Blocked"), Q(state__in=[LineState.SUSPENDED, LineState.LIMITED])),
    "new": (_("Not activated"), Q(state=LineState.NEW, open_request=OpenRequest.NONE)),
    "ended": (_("Terminated"), Q(state=LineState.TERMINATED)),
}
YES, NO = "yes", "no"
# Each order is complete: equal lines always stand in the same order, whatever the page.
SORTS: dict[str, Callable[[], list[Any]]] = {
    "number": lambda: [F("number"), F("pk")],
    "name": lambda: [Collate("search_text", "C"), F("pk")],
    "plan": lambda: [name_expression("plan__"), F("number"), F("pk")],
    "state": lambda: [F("state"), F("open_request"), F("number"), F("pk")],
    "centre": lambda: [F("cost_centre__code"), F("number"), F("pk")],
}
LONGEST_TEXT = 100


@dataclass(frozen=True, slots=True)
class LineFilter(ListFilter):
    """What the person asked to see. Every field has its parameter of the same name; the default stands for "no wish".

    ``plan``, ``account`` and ``centre`` are primary keys, ``split`` and ``request`` are "yes", "no" or nothing;
    ``sort`` is a key of :data:`SORTS`, with "-" in front for descending.
    """

    q: str = ""
    view: str = ALL
    plan: int | None = None
    account: int | None = None
    centre: int | None = None
    split: str = ""
    request: str = ""
    sort: str = "number"

    @classmethod
    def from_query(cls, params: QueryDict | Mapping[str, str]) -> Self:
        """Read an address; what makes no sense is left out, because an old link should still open."""
        view, sort = params.get("view", ALL), params.get("sort", "number")
        split, request = params.get("split", ""), params.get("request", "")
        return cls(
            q=params.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT],
            view=view if view in VIEWS else ALL,
            plan=whole_number(params.get("plan")),
            account=whole_number(params.get("account")),
            centre=whole_number(params.get("centre")),
            split=split if split in (YES, NO) else "",
            request=request if request in (YES, NO) else "",
            sort=sort if sort.removeprefix("-") in SORTS else "number",
        )

    @property
    def narrows(self) -> bool:
        """Whether it asks for more than one of the tabs."""
        return bool(self.params().keys() - {"view", "sort"})

    @property
    def is_worth_saving(self) -> bool:
        """Whether it is more than one of the tabs that are there anyway."""
        return bool(self.params().keys() - {"view"})

    def apply(self, customer: Customer) -> QuerySet[Line]:
        """The company's lines that fit, unsorted."""
        lines: QuerySet[Line] = Line.objects.for_customer(customer).filter(VIEWS[self.view][1])
        exact = {
            "plan_id": self.plan,
            "billing_account_id": self.account,
            "cost_centre_id": self.centre,
        }
        lines = lines.filter(**{column: key for column, key in exact.items() if key is not None})
        if self.split:
            lines = lines.filter(split_bill=self.split == YES)
        if self.request:
            none_open = Q(open_request=OpenRequest.NONE)
            lines = lines.filter(~none_open if self.request == YES else none_open)
        return lines.filter(matching(self.q)) if self.q else lines

    def order(self, *, backwards: bool = False) -> list[Any]:
        """The complete order of the list; ``backwards`` is the same order read from its end."""
        down = self.sort.startswith("-") != backwards
        return [key.desc() if down else key.asc() for key in SORTS[self.sort.removeprefix("-")]()]
