"""What a change would mean for each of many lines, without writing anything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext

from accounts.models import Customer
from fleetportal.web.errors import Refusal
from sims.bulk.changes import Change
from sims.enums import OPEN_ORDER_STATES, BulkOutcome, OrderState
from sims.models import Line, Order
from sims.orders.kinds import NothingToChange, Payload, Wish, kind_of
from sims.orders.placing import Conflict

Wanted = tuple[Line, Wish]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``outcome`` is change, already or cannot; costs are euro per month without VAT, where something changes."""

    outcome: BulkOutcome
    reason: str = ""
    payload: Payload | None = None
    before: Decimal | None = None
    after: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """How many lines change, are so already and cannot change, and what those that change cost now and then."""

    changing: int = 0
    already: int = 0
    impossible: int = 0
    cost_before: Decimal = Decimal()
    cost_after: Decimal = Decimal()

    @property
    def total(self) -> int:
        return self.changing + self.already + self.impossible

    def plus(self, verdict: Verdict) -> "Figures":
        if verdict.outcome == BulkOutcome.ALREADY:
            return replace(self, already=self.already + 1)
        if verdict.outcome != BulkOutcome.CHANGE:
            return replace(self, impossible=self.impossible + 1)
        return replace(
            self,
            changing=self.changing + 1,
            cost_before=self.cost_before + (verdict.before or Decimal()),
            cost_after=self.cost_after + (verdict.after or Decimal()),
        )


class DryRun:
    """``judge`` as often as needed, some hundreds of lines at a time, read with ``lines_to_change``.

    What the lines have in common is read once per wish; besides, each call asks one question about open requests.
    ``may_replace``: whether the person may take back what is planned where the change gives way to nothing else.
    """

    def __init__(self, customer: Customer, change: Change, *, may_replace: bool) -> None:
        self.customer = customer
        self.change = change
        self._gives_way = change.gives_way and may_replace
        self._prepared: dict[Wish, Callable[[Line], Payload] | Refusal] = {}
        self._texts: dict[str, str] = {}

    def prepare(self, wish: Wish) -> None:
        """Raises ``Refusal`` when nobody can have what is wished."""
        if isinstance(found := self._preparation(wish), Refusal):
            raise found

    def judge(self, wanted: Sequence[Wanted]) -> list[Verdict]:
        """A verdict for each line, in the same order."""
        conflicts = self.in_the_way([line for line, _wish in wanted])
        return [self._verdict(line, wish, conflicts.get(line.pk)) for line, wish in wanted]

    def in_the_way(self, lines: Sequence[Line]) -> dict[int, Order]:
        """The open request of each line that contradicts this change."""
        if self.change.kind is None:
            return {}
        orders = Order.objects.for_customer(self.customer).filter(
            line__in=[line.pk for line in lines],
            conflict_group=kind_of(self.change.kind).conflict_group,
            state__in=OPEN_ORDER_STATES,
        )
        return {order.line_id: order for order in orders if not (self._gives_way and self.is_replaced(order))}

    def is_replaced(self, order: Order) -> bool:
        """Whether this change takes the place of a planned one of the same kind."""
        return order.kind == self.change.kind and order.state == OrderState.SCHEDULED

    def _verdict(self, line: Line, wish: Wish, conflict: Order | None) -> Verdict:
        prepared = self._preparation(wish)
        if isinstance(prepared, Refusal):
            return Verdict(BulkOutcome.CANNOT, self._kept(prepared, line, prepared))
        try:
            payload = prepared(line)
        except NothingToChange as already:
            return Verdict(BulkOutcome.ALREADY, self._kept(already, line, prepared))
        except Refusal as refusal:
            return Verdict(BulkOutcome.CANNOT, self._kept(refusal, line, prepared))
        if conflict is not None:
            return Verdict(BulkOutcome.CANNOT, str(Conflict(conflict)))
        before, after = self.change.cost(line, payload)
        return Verdict(BulkOutcome.CHANGE, "", payload, before, after)

    def _preparation(self, wish: Wish) -> Callable[[Line], Payload] | Refusal:
        if wish not in self._prepared:
            try:
                self._prepared[wish] = self.change.prepare(self.customer, wish)
            except Refusal as refusal:
                self._prepared[wish] = refusal
        return self._prepared[wish]

    def _kept(self, refusal: Refusal, line: Line, prepared: Callable[[Line], Payload] | Refusal) -> str:
        """The text as it is kept: that of the code where it has no names in it, so that everybody can read it."""
        text = str(refusal)
        if text not in self._texts:
            source = text
            if not isinstance(prepared, Refusal):
                with translation.override("en"):
                    try:
                        prepared(line)
                    except Refusal as again:
                        source = str(again)
            self._texts[text] = source if gettext(source) == text else text
        return self._texts[text]
