"""Which lines a bulk change is for: picked by hand, everything a filter finds, or the numbers of a workbook."""

from dataclasses import dataclass
from typing import Any, Self

from django.db.models import Q, QuerySet

from accounts.models import Customer
from sims.enums import BulkOutcome, OrderState
from sims.filters import LineFilter
from sims.models import Line

# Codes of the engine for what ended before it was sent.
_NOT_SENT = ("requester_lost_rights", "no_longer_possible")
# What did not get done though it was asked for: worth another try.
FAILED_ROWS = (
    Q(order__state__in=[OrderState.REJECTED, OrderState.FAILED])
    | Q(order__state=OrderState.CANCELLED, order__error_code__in=_NOT_SENT)
    | Q(outcome=BulkOutcome.REFUSED)
)

PICKED, FILTER, FILE, RETRY = "selection", "query", "file", "retry"


@dataclass(frozen=True, slots=True)
class Selection:
    """``ids`` are public ids of lines, ``query`` is the list's filter as it stands in its address."""

    scope: str
    ids: tuple[str, ...] = ()
    query: str = ""
    file: str = ""

    @classmethod
    def picked(cls, ids: list[str]) -> Self:
        return cls(scope=PICKED, ids=tuple(dict.fromkeys(ids)))

    @classmethod
    def filtered(cls, wanted: LineFilter) -> Self:
        return cls(scope=FILTER, query=wanted.query())

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(
            scope=data["scope"],
            ids=tuple(data.get("ids", ())),
            query=data.get("query", ""),
            file=data.get("file", ""),
        )

    def as_json(self) -> dict[str, Any]:
        values = {"ids": list(self.ids), "query": self.query, "file": self.file}
        return {"scope": self.scope, **{name: value for name, value in values.items() if value}}

    def lines(self, customer: Customer) -> QuerySet[Line]:
        """The company's lines, in the order of the list; of a workbook there are none before it is read."""
        if self.scope == FILTER:
            wanted = LineFilter.from_text(self.query)
            return wanted.apply(customer).order_by(*wanted.order())
        lines: QuerySet[Line] = Line.objects.for_customer(customer).filter(public_id__in=self.ids)
        return lines.order_by("number", "pk")
