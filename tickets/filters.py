"""The filter of the list of tickets: read from an address, written back to one, applied to what a person may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from fleetportal.web.filters import ListFilter
from fleetportal.web.plain_text import plain
from tickets.enums import SETTLED, TicketState

OPEN = "open"
LONGEST_TEXT, MOST_WORDS = 100, 8
# The tabs above the list, in their order, with what each holds.
VIEWS: dict[str, tuple[str | Promise, Q]] = {
    OPEN: (pgettext_lazy("tickets", "Open"), ~Q(state__in=SETTLED)),
    "waiting": (pgettext_lazy("tickets", "Waiting for you"), Q(state=TicketState.WAITING)),
    "settled": (pgettext_lazy("tickets", "Settled"), Q(state__in=SETTLED)),
    "all": (pgettext_lazy("tickets", "All"), Q()),
}


@dataclass(frozen=True, slots=True)
class TicketFilter(ListFilter):
    """What the person asked to see."""

    q: str = ""
    view: str = OPEN

    @classmethod
    def from_query(cls, params: QueryDict | Mapping[str, str]) -> Self:
        """Read an address; what makes no sense is left out, because an old link should still open."""
        view = params.get("view", OPEN)
        text = params.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]
        return cls(q=text, view=view if view in VIEWS else OPEN)

    def apply(self, tickets: Any) -> Any:
        return matching(tickets.filter(VIEWS[self.view][1]), self.q)


def matching(tickets: Any, text: str) -> Any:
    """Those that hold every word: our number, names, what was typed, phone numbers in any notation."""
    digits = "".join(char for char in text if char.isdigit())
    if len(digits) >= 6 and not any(char.isalpha() for char in text):
        return tickets.filter(search_text__contains=digits.removeprefix("00"))
    for word in plain(text).split()[:MOST_WORDS]:
        tickets = tickets.filter(search_text__contains=word)
    return tickets
