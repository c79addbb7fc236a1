"""Bulk changes as their pages show them: how far each is, in figures and line by line."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.web import formatting
from fleetportal.web.pagination import Page
from fleetportal.web.parameters import page_number
from sims.barrings import labels
from sims.bulk.changes import Change, change_of
from sims.bulk.selection import FAILED_ROWS
from sims.enums import (
    CANCELLABLE_ORDER_STATES,
    OPEN_ORDER_STATES,
    BulkOutcome,
    BulkState,
    OrderState,
    SuspensionReason,
)
from sims.models import BulkChange, BulkRow, SplitBillProfile
from sims.orders.reasons import reason_of
from sims.queries.names import Names

PER_PAGE = 50
QUICK_SECONDS = 10
# Orders that wait for their day or for a person move by themselves only later: nobody watches for that.
RESTING = frozenset({OrderState.SCHEDULED, OrderState.AWAITING_APPROVAL, OrderState.NEEDS_ATTENTION})

ALL, CHANGED, BUSY, ALREADY, CANNOT, FAILED, CANCELLED = (
    "all",
    "changed",
    "busy",
    "already",
    "cannot",
    "failed",
    "cancelled",
)
_ENDED_BADLY = {OrderState.REJECTED, OrderState.FAILED}


@dataclass(slots=True)
class Progress:
    """How many lines of a bulk change stand where; ``failed`` were asked for and did not get done."""

    changed: int = 0
    busy: int = 0
    already: int = 0
    cannot: int = 0
    failed: int = 0
    cancelled: int = 0
    awaiting: int = 0
    planned: int = 0
    moving: int = 0
    unsent: int = 0

    @property
    def wanted(self) -> int:
        """All that were to change."""
        return self.changed + self.busy + self.failed + self.cancelled

    @property
    def done(self) -> int:
        return self.wanted - self.busy

    @property
    def total(self) -> int:
        return self.wanted + self.already + self.cannot

    def count(self, show: str) -> int:
        return self.total if show == ALL else int(getattr(self, show))

    def add(self, outcome: str, state: str | None, code: str | None, count: int, *, is_placed: bool) -> None:
        name = _place_of(outcome, state, code, is_placed=is_placed)
        setattr(self, name, getattr(self, name) + count)
        if state == OrderState.AWAITING_APPROVAL:
            self.awaiting += count
        if state == OrderState.SCHEDULED:
            self.planned += count
        if state in CANCELLABLE_ORDER_STATES:
            self.unsent += count
        if state in OPEN_ORDER_STATES and state not in RESTING:
            self.moving += count


def _place_of(outcome: str, state: str | None, code: str | None, *, is_placed: bool) -> str:
    if outcome in (BulkOutcome.ALREADY, BulkOutcome.CANNOT):
        return str(outcome)
    if outcome == BulkOutcome.REFUSED or state in _ENDED_BADLY:
        return FAILED
    if outcome == BulkOutcome.DONE or state == OrderState.COMPLETED:
        return CHANGED
    if state == OrderState.CANCELLED:
        return CANCELLED if code in ("", None, "declined") else FAILED
    return CANCELLED if state is None and is_placed else BUSY


def progress_of(bulks: Iterable[BulkChange]) -> dict[Any, Progress]:
    """For each of them, with one query."""
    by_id = {bulk.pk: bulk for bulk in bulks}
    found = {key: Progress() for key in by_id}
    rows = BulkRow.objects.across_customers(reason="the caller has the bulk changes").filter(bulk__in=list(by_id))
    groups = rows.order_by().values_list("bulk", "outcome", "order__state", "order__error_code").annotate(n=Count("pk"))
    for key, outcome, state, code, count in groups:
        is_placed = by_id[key].state in (BulkState.PLACED, BulkState.DROPPED, BulkState.FAILED)
        found[key].add(outcome, state, code, count, is_placed=is_placed)
    return found


@dataclass(frozen=True, slots=True)
class Stage:
    """What a badge says about the whole: the look and its word."""

    look: str
    word: str


def stage_of(bulk: BulkChange, progress: Progress) -> Stage:
    """Where the bulk change is, in one word."""
    if is_stuck(bulk):
        return Stage("failed", _("Interrupted"))
    if bulk.state == BulkState.CHECKING:
        return Stage("pending", _("Being checked"))
    if bulk.state == BulkState.CHECKED:
        return Stage("planned", _("Ready to apply"))
    if bulk.state == BulkState.FAILED:
        return Stage("failed", _("Failed"))
    if bulk.state == BulkState.DROPPED:
        return Stage("ended", _("Not applied"))
    if bulk.state == BulkState.PLACING or progress.moving:
        return Stage("pending", _("In progress"))
    if progress.awaiting:
        return Stage("planned", _("Awaiting approval"))
    if progress.planned:
        return Stage("planned", _("Scheduled"))
    if progress.busy:
        return Stage("failed", _("Takes longer than usual"))
    if progress.failed:
        return Stage("failed", _("Done, %(count)s failed") % {"count": formatting.number(progress.failed)})
    if not progress.changed:
        return Stage("ended", _("Cancelled"))
    return Stage("done", _("Done"))


def is_stuck(bulk: BulkChange) -> bool:
    """The work on it ended without an end: somebody has to start it again."""
    at_work = bulk.state in (BulkState.CHECKING, BulkState.PLACING)
    return at_work and bulk.job is not None and bulk.job.is_finished


@dataclass(frozen=True, slots=True)
class Listed:
    """One bulk change in the list of them."""

    bulk: BulkChange
    change: Change
    what: str
    progress: Progress
    stage: Stage


def bulk_changes(customer: Customer) -> "QuerySet[BulkChange]":
    """Newest first."""
    found: QuerySet[BulkChange] = BulkChange.objects.for_customer(customer).select_related("job")
    return found.order_by("-created_at", "pk")


def listed(customer: Customer, bulks: list[BulkChange]) -> list[Listed]:
    """With their figures, from one query; names are read once."""
    progress, names = progress_of(bulks), Names(customer.pk)
    return [
        Listed(
            bulk,
            change_of(bulk.change),
            describe(bulk, names),
            progress[bulk.pk],
            stage_of(bulk, progress[bulk.pk]),
        )
        for bulk in bulks
    ]


Wished = Mapping[str, Any]


def describe(bulk: BulkChange, names: Mapping[str, str]) -> str:
    """What was wished, in a few words; for a workbook its name."""
    if bulk.wish is None:
        return str(bulk.selection.get("file", "")) or _("Each line its own")
    wording = _WORDS.get(bulk.change)
    return wording(bulk.customer_id, bulk.wish, names) if wording else ""


def _block(_customer: int, wish: Wished, _names: Mapping[str, str]) -> str:
    reason = str(SuspensionReason(wish["reason"]).label)
    until = wish.get("until")
    if not until:
        return reason
    day = formatting.short_date(date.fromisoformat(until))
    return _("%(reason)s, until %(date)s") % {"reason": reason, "date": day}


def _plan(_customer: int, wish: Wished, names: Mapping[str, str]) -> str:
    parts = [names.get(wish["plan"], wish["plan"])] if wish.get("plan") else []
    parts += [f"+ {names.get(code, code)}" for code in wish.get("add", ())]
    return ", ".join(parts + [f"− {names.get(code, code)}" for code in wish.get("remove", ())])


def _barrings(_customer: int, wish: Wished, _names: Mapping[str, str]) -> str:
    bar, allow = labels(wish.get("bar", ())), labels(wish.get("allow", ()))
    parts = [_("Bar: %(names)s") % {"names": bar}] if bar else []
    return "; ".join([*parts, _("Allow: %(names)s") % {"names": allow}] if allow else parts)


def _amount(_customer: int, wish: Wished, _names: Mapping[str, str]) -> str:
    amount = wish.get("amount")
    return formatting.eur(Decimal(amount)) if amount else _("No limit")


def _split_bill(customer: int, wish: Wished, _names: Mapping[str, str]) -> str:
    profile = SplitBillProfile.objects.for_customer(customer).filter(pk=wish.get("profile") or 0).first()
    return str(profile) if profile else _("Without split bill")


_WORDS: dict[str, Callable[[int, Wished, Mapping[str, str]], str]] = {
    "block": _block,
    "plan": _plan,
    "options": _plan,
    "barrings": _barrings,
    "third_party_limit": _amount,
    "roaming_limit": _amount,
    "split_bill": _split_bill,
    "billing_account": lambda _customer, wish, _names: str(wish.get("number", "")),
    "cost_centre": lambda _customer, wish, _names: wish.get("code") or _("None"),
}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One line of a bulk change. ``state`` is the look of its badge, ``word`` replaces the usual word of that look."""

    number: str
    line_id: str
    name: str
    cell: str
    state: str
    word: str
    reason: str
    before: Decimal | None
    after: Decimal | None

    @property
    def has_new_price(self) -> bool:
        return self.after is not None and self.after != self.before


def shown_row(row: BulkRow, *, is_placed: bool) -> ShownRow:
    """The row in the reader's words."""
    state, word = _badge_of(row, is_placed=is_placed)
    line = row.line
    return ShownRow(
        number=formatting.phone(row.number) or (formatting.iccid(line.sim.iccid) if line and line.sim else ""),
        line_id=str(line.public_id) if line else "",
        name=line.subscriber.full_name if line and line.subscriber else "",
        cell=row.cell,
        state=state,
        word=word,
        reason=(reason_of(row.order) if row.order else "") or (_(row.reason) if row.reason else ""),
        before=row.cost_before,
        after=row.cost_after,
    )


def _badge_of(row: BulkRow, *, is_placed: bool) -> tuple[str, str]:
    if row.order is not None:
        return row.order.state, str(row.order.get_state_display())
    if row.outcome == BulkOutcome.CHANGE and is_placed:
        return "ended", _("Not requested")
    looks = {
        BulkOutcome.CHANGE: "planned",
        BulkOutcome.ALREADY: "ended",
        BulkOutcome.CANNOT: "failed",
        BulkOutcome.REFUSED: "failed",
        BulkOutcome.DONE: "done",
    }
    return looks[BulkOutcome(row.outcome)], str(row.get_outcome_display())


@dataclass(frozen=True, slots=True)
class Tab:
    """A filter of the rows with its figure."""

    key: str
    label: str
    count: int
    is_current: bool


class BulkPage:
    """Everything the page of one bulk change shows; ``params`` are ``show`` and ``page`` of its address."""

    def __init__(self, bulk: BulkChange, params: Mapping[str, str]) -> None:
        self.bulk = bulk
        self.change = change_of(bulk.change)
        self.names = Names(bulk.customer_id)
        self.show = params.get("show", ALL) if params.get("show", ALL) in _CONDITIONS else ALL
        self._page = params.get("page", "")

    @cached_property
    def progress(self) -> Progress:
        return progress_of([self.bulk])[self.bulk.pk]

    @cached_property
    def stage(self) -> Stage:
        return stage_of(self.bulk, self.progress)

    @property
    def what(self) -> str:
        return describe(self.bulk, self.names)

    @property
    def is_stuck(self) -> bool:
        return is_stuck(self.bulk)

    @property
    def is_checking(self) -> bool:
        return self.bulk.state == BulkState.CHECKING and not self.is_stuck

    @property
    def is_checked(self) -> bool:
        return self.bulk.state == BulkState.CHECKED

    @property
    def is_placing(self) -> bool:
        return self.bulk.state == BulkState.PLACING and not self.is_stuck

    @property
    def is_applied(self) -> bool:
        return self.bulk.state in (BulkState.PLACING, BulkState.PLACED)

    @property
    def is_moving(self) -> bool:
        """Whether looking again soon shows something new."""
        return self.is_checking or self.is_placing or (self.is_applied and bool(self.progress.moving))

    @property
    def poll_after(self) -> str:
        """Every second at first, then calmly."""
        since = self.bulk.applied_at or self.bulk.created_at
        return "1s" if timezone.now() - since < timedelta(seconds=QUICK_SECONDS) else "3s"

    @property
    def cost_more(self) -> Decimal:
        """Euro per month more, or less, once all of it is done."""
        return self.bulk.cost_after - self.bulk.cost_before

    @property
    def has_cost(self) -> bool:
        return bool(self.bulk.cost_before or self.bulk.cost_after)

    @property
    def cost_sign(self) -> str:
        return "+" if self.cost_more > 0 else "−" if self.cost_more < 0 else ""

    @property
    def cost_size(self) -> Decimal:
        return abs(self.cost_more)

    @property
    def looked_at(self) -> str:
        """Another one whenever there is something new, so that the part that looks again is another part."""
        return f"{self.progress.done}-{self.bulk.job.done if self.bulk.job else 0}"

    @property
    def not_changed(self) -> int:
        """All that stays as it was."""
        progress = self.progress
        return progress.already + progress.cannot + progress.failed + progress.cancelled

    @property
    def can_cancel(self) -> bool:
        return self.is_applied and bool(self.progress.unsent or self.is_placing)

    @property
    def can_retry(self) -> bool:
        is_over = self.bulk.state == BulkState.PLACED and not self.progress.moving
        return is_over and bool(self.progress.failed) and not self.later_try

    @cached_property
    def later_try(self) -> BulkChange | None:
        """The bulk change in which the failed lines were tried again."""
        found: BulkChange | None = self.bulk.retries.exclude(state=BulkState.DROPPED).first()
        return found

    @property
    def tabs(self) -> list[Tab]:
        labels = {
            ALL: _("All"),
            BUSY: _("Will change") if self.is_checked else _("Open"),
            CHANGED: _("Changed"),
            FAILED: _("Failed"),
            CANCELLED: _("Cancelled"),
            ALREADY: _("Already so"),
            CANNOT: _("Cannot"),
        }
        counts = {key: self.progress.count(key) for key in labels}
        kept = (ALL, self.show)
        return [
            Tab(key, label, counts[key], key == self.show)
            for key, label in labels.items()
            if counts[key] or key in kept
        ]

    @cached_property
    def page(self) -> Page:
        total = self.progress.count(self.show)
        number = min(page_number(self._page), max(1, -(-total // PER_PAGE)))
        start = (number - 1) * PER_PAGE
        is_placed = self.bulk.state in (BulkState.PLACED, BulkState.DROPPED, BulkState.FAILED)
        rows = rows_of(self.bulk, self.show)[start : start + PER_PAGE]
        items = [shown_row(row, is_placed=is_placed) for row in rows]
        return Page(items=items, number=number, per_page=PER_PAGE, total=total)

    @cached_property
    def failures(self) -> list[ShownRow]:
        """The first few that did not get done, for the dialog."""
        return [shown_row(row, is_placed=True) for row in rows_of(self.bulk, FAILED)[:5]]

    @cached_property
    def ended_at(self) -> Any:
        """When the last of it ended; None while something is open."""
        if self.progress.busy:
            return None
        last = self.bulk.rows.aggregate(last=Max("order__finished_at"))["last"]
        return last or self.bulk.finished_at


_NOT_SENT = Q(order__state=OrderState.CANCELLED, order__error_code__in=["", "declined"])
_CONDITIONS: dict[str, Q] = {
    ALL: Q(),
    CHANGED: Q(outcome=BulkOutcome.DONE) | Q(order__state=OrderState.COMPLETED),
    BUSY: Q(outcome=BulkOutcome.CHANGE) & (Q(order__state__in=sorted(OPEN_ORDER_STATES)) | Q(order=None)),
    ALREADY: Q(outcome=BulkOutcome.ALREADY),
    CANNOT: Q(outcome=BulkOutcome.CANNOT),
    FAILED: FAILED_ROWS,
    CANCELLED: _NOT_SENT | Q(outcome=BulkOutcome.CHANGE, order=None),
}


def rows_of(bulk: BulkChange, show: str = ALL) -> "QuerySet[BulkRow]":
    """The rows that belong under a tab, in the order of the list or workbook."""
    rows = BulkRow.objects.for_customer(bulk.customer_id).filter(_CONDITIONS[show], bulk=bulk)
    found: QuerySet[BulkRow] = rows.select_related("line__subscriber", "line__sim", "order").order_by("position")
    return found
