"""Everything the page of one line shows, except its timeline."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.http import Http404
from django.utils import timezone

from accounts.models import Customer
from sims.barrings import in_order, label, without_contained
from sims.enums import OPEN_ORDER_STATES, LineState, OrderKind, OrderState
from sims.models import Line, Order, PlanOption, PortInRequest
from sims.orders.calendar import local_day
from sims.queries.lines import shown_state
from sims.queries.names import Names
from sims.queries.port_progress import SHOWN_FOR, PortProgress, port_progress
from sims.queries.progress import OrderNotice, described, is_moving, notice_of

_WENT_WRONG = frozenset({OrderState.REJECTED, OrderState.FAILED})


# A refusal on a line that works is told for so long, or until something new is asked.
TOLD_FOR = timedelta(days=14)


def _is_recent(order: Order) -> bool:
    return order.finished_at is not None and timezone.now() - order.finished_at < TOLD_FOR


@dataclass(frozen=True, slots=True)
class Planned:
    """What was asked, in a few words, and for which day."""

    what: str
    on: date


@dataclass(frozen=True, slots=True)
class LineDetail:
    """A line with what stands around it. ``orders`` are all of its requests, newest first."""

    line: Line
    options: list[PlanOption]
    orders: list[Order]
    names: Names

    @property
    def state(self) -> str:
        return shown_state(self.line.state, "")[0]

    @property
    def state_label(self) -> str:
        return shown_state(self.line.state, "")[1]

    @property
    def state_text(self) -> str:
        """The one word that matters most now: what is asked, else what is confirmed."""
        return self.line.get_open_request_display() if self.line.open_request else self.line.get_state_display()

    @property
    def request_state(self) -> str:
        """The badge of what is asked and not confirmed, empty when nothing is."""
        return self.line.open_request

    @property
    def port(self) -> PortProgress | None:
        """The number that is brought along: until it has moved, a while longer, and as long as it gives something."""
        port = port_progress(self.line, self.orders)
        if port is None or (self.line.state == LineState.TERMINATED and not port.can_claim):
            return None
        is_recent = self.line.activated_on and timezone.localdate() - self.line.activated_on <= SHOWN_FOR
        return port if self.line.state == LineState.NEW or is_recent or port.can_claim else None

    @property
    def number_to_come(self) -> PortInRequest | None:
        """The transfer of an existing number to this line, while it has none."""
        return getattr(self.line, "port_in", None) if not self.line.number else None

    @property
    def monthly_total(self) -> Decimal | None:
        if self.line.plan is None:
            return None
        return self.line.plan.price_month + sum((option.price_month for option in self.options), Decimal())

    @property
    def barring_labels(self) -> list[str]:
        """What is barred, in words."""
        return [label(code) for code in in_order(without_contained(self.line.barrings))]

    @property
    def notices(self) -> list[OrderNotice]:
        """Open requests, and the last one when it went wrong: for a new line always, else for two weeks."""
        told = [order for order in self.orders if order.state in OPEN_ORDER_STATES]
        last = self.orders[0] if self.orders else None
        if last and last.state in _WENT_WRONG and (self.line.state == LineState.NEW or _is_recent(last)):
            told.insert(0, last)
        return [notice_of(order, self.names) for order in told]

    @property
    def planned(self) -> dict[str, Planned | None]:
        """The next open request of each kind, None for none, to stand beside the value it will change."""
        waiting = sorted((order for order in self.orders if order.is_open), key=lambda order: order.not_before)
        found: dict[str, Planned | None] = dict.fromkeys(OrderKind.values)
        for order in reversed(waiting):
            found[order.kind] = Planned(described(order, self.names), local_day(order.not_before))
        return found

    @property
    def can_change(self) -> bool:
        """Whether there is a line at the operator that something can be asked for."""
        return self.line.state in (LineState.ACTIVE, LineState.SUSPENDED, LineState.LIMITED)

    @property
    def can_activate(self) -> bool:
        return self.line.state == LineState.NEW and not self.line.open_request

    @property
    def is_moving(self) -> bool:
        """Whether the page should look again by itself: something is under way at the operator."""
        return any(is_moving(order) for order in self.orders)

    @property
    def stage(self) -> str:
        """Changes whenever the page would read differently; the page tells which one it shows when it asks again."""
        orders = "".join(
            f"{order.state}{order.attempts}{order.stage}{bool(order.cancel_asked_at)}"
            for order in self.orders
            if order.is_open
        )
        return f"{self.line.state}:{self.line.open_request}:{orders}"


def line_detail(customer: Customer, public_id: UUID) -> LineDetail:
    """The company's line; another company's line does not exist: ``Http404``.

    Requests are read first: one that is completed meanwhile still counts as open, and the page looks again, instead of
    showing for good how the line was before.
    """
    orders = list(Order.objects.for_customer(customer).filter(line__public_id=public_id).order_by("-created_at", "-pk"))
    lines = Line.objects.for_customer(customer).select_related(
        "sim",
        "plan",
        "subscriber",
        "billing_account",
        "cost_centre",
        "split_bill_profile",
        "port_in__mandate",
        "port_in__batch",
    )
    line = lines.filter(public_id=public_id).first()
    if line is None:
        raise Http404
    options = list(line.options.order_by("price_month", "code"))
    return LineDetail(line=line, options=options, orders=orders, names=Names(customer.pk))
