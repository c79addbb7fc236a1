"""Requests for several numbers: the ones of a company, and how far each number of one is."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, User
from fleetportal.operators.contract import PortStage
from fleetportal.web import formatting
from sims.enums import OrderKind, OrderState
from sims.models import Order, PortBatch, PortInRequest
from sims.orders.kinds import is_recallable
from sims.orders.lateness import Lateness
from sims.queries.port_progress import PortProgress, port_progress
from sims.queries.progress import is_moving, notice_of, sentence

# What the overview of a request counts, in this order: the state of a badge and its word.
WAITING, UNDER_WAY, WRONG, DONE, STOPPED = "waiting", "pending", "failed", "done", "ended"


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One number. ``state`` is a badge's, ``word`` says how far it is, ``reason`` why it was refused or stopped."""

    asked: PortInRequest
    order: Order | None
    state: str
    word: str
    reason: str
    tries: int
    late: Lateness | None
    can_correct: bool
    can_stop: bool

    @property
    def group(self) -> str:
        if self.order is None or self.state == "ended":
            return STOPPED
        if self.state in (WRONG, DONE):
            return self.state
        return WAITING if self.order.state in _WAIT else UNDER_WAY


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """A request that was sent, with its numbers in the order they were given."""

    batch: PortBatch
    rows: list[BatchRow]

    @property
    def first(self) -> PortInRequest:
        """Donor and holder stand on each of the numbers alike."""
        return self.rows[0].asked

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Badge state, word and how many, without what there is none of."""
        words = {
            WRONG: _("To correct"),
            WAITING: _("Waiting"),
            UNDER_WAY: _("Under way"),
            DONE: _("Done"),
            STOPPED: _("Stopped"),
        }
        groups = [row.group for row in self.rows]
        return [(_LOOKS[key], word, groups.count(key)) for key, word in words.items() if key in groups]

    @property
    def done(self) -> int:
        return sum(row.group == DONE for row in self.rows)

    @property
    def awaits(self) -> int:
        """How many wait for somebody's approval."""
        return sum(row.order is not None and row.order.state == OrderState.AWAITING_APPROVAL for row in self.rows)

    @property
    def can_stop(self) -> bool:
        return any(row.can_stop for row in self.rows)

    @property
    def is_moving(self) -> bool:
        """Whether something is going on that can be seen by looking again soon."""
        return any(row.order is not None and is_moving(row.order) for row in self.rows)

    @property
    def poll_after(self) -> str:
        """Soon at first, then calmly: a transfer takes a working day."""
        sent = self.batch.sent_at
        return "2s" if sent and timezone.now() - sent < timedelta(minutes=1) else "10s"


_WAIT = (OrderState.AWAITING_APPROVAL, OrderState.SCHEDULED)
_LOOKS = {WRONG: "failed", WAITING: "planned", UNDER_WAY: "pending", DONE: "done", STOPPED: "ended"}


def batch_progress(customer: Customer, public_id: UUID) -> BatchProgress:
    """The company's request; ``Http404`` for another company's and for one that was not sent yet."""
    batches = PortBatch.objects.for_customer(customer).filter(sent_at__isnull=False).select_related("mandate")
    if (batch := batches.filter(public_id=public_id).first()) is None:
        raise Http404
    asked = PortInRequest.objects.for_customer(customer).filter(batch=batch).order_by("pk")
    asked = asked.select_related("line__subscriber", "line__sim", "mandate")
    orders: dict[int, list[Order]] = defaultdict(list)
    transfers = Order.objects.for_customer(customer).filter(line__port_in__batch=batch, kind=OrderKind.PORT_IN)
    for order in transfers.order_by("-created_at", "-pk"):
        orders[order.line_id].append(order)
    return BatchProgress(batch, [_row(one, orders[one.line_id]) for one in asked])


def _row(asked: PortInRequest, orders: list[Order]) -> BatchRow:
    asked.line.port_in = asked
    port = port_progress(asked.line, orders)
    assert port is not None, "the line brings a number along"
    order = port.order
    state, word = _stage(order, port)
    went_wrong = order is not None and not order.is_open and order.state != OrderState.COMPLETED
    return BatchRow(
        asked=asked,
        order=order,
        state=state,
        word=word,
        reason=sentence(notice_of(order).text) if went_wrong and order else "",
        tries=len(port.tries),
        late=port.late,
        can_correct=port.can_correct,
        can_stop=order is not None and (order.is_cancellable or is_recallable(order)),
    )


def _stage(order: Order | None, port: PortProgress) -> tuple[str, str]:
    """State of the badge and its word."""
    if order is None:
        return "ended", _("Not asked")
    if order.state == OrderState.COMPLETED:
        return "done", _("Transferred")
    if order.state == OrderState.IN_PROGRESS and not order.cancel_asked_at:
        return "pending", _at_the_operator(order, port)
    word = notice_of(order).state
    return ("planned" if order.state in _WAIT else _BADGES.get(order.state, "pending")), word[:1].upper() + word[1:]


_BADGES: dict[str, str] = {
    OrderState.REJECTED: "failed",
    OrderState.FAILED: "failed",
    OrderState.NEEDS_ATTENTION: "failed",
    OrderState.CANCELLED: "ended",
}


def _at_the_operator(order: Order, port: PortProgress) -> str:
    if port.late is not None:
        return _("Late")
    if order.stage == PortStage.SLOT_FIXED and order.promised_for:
        return _("Moves on %(day)s") % {"day": formatting.day_and_month(order.promised_for)}
    if order.stage == PortStage.VALIDATED:
        return _("Validated")
    if order.stage == PortStage.ELIGIBILITY:
        return _("Being checked")
    return _("Requested")


def sent_batches(customer: Customer) -> QuerySet[PortBatch]:
    """What the company asked in requests of several numbers, the latest first; ``size`` is how many numbers."""
    batches: QuerySet[PortBatch] = PortBatch.objects.for_customer(customer).filter(sent_at__isnull=False)
    return batches.annotate(size=Count("numbers")).order_by("-sent_at", "-pk")


def open_batches(customer: Customer, user: User) -> list[PortBatch]:
    """This person's own drafts, the latest first."""
    own = PortBatch.objects.for_customer(customer).filter(owner=user, sent_at=None)
    return list(own.order_by("-updated_at")[:5])
