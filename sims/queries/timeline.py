"""What happened to one line, in the reader's words: audit events, the steps of its orders, and what is planned."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetportal.audit.actors import shown_name
from fleetportal.audit.models import AuditEvent
from fleetportal.web import formatting
from fleetportal.web.pagination import PER_PAGE
from sims.enums import AuditKind, OrderKind, OrderState
from sims.models import Order, OrderTransition
from sims.orders.reasons import reason_of
from sims.queries.detail import LineDetail
from sims.queries.progress import notice_of, sentence

REQUESTS, LINE = "requests", "line"
GROUPS: dict[str, str | Promise] = {
    "": gettext_lazy("Everything"),
    REQUESTS: gettext_lazy("Requests to the operator"),
    LINE: gettext_lazy("SIM card and line"),
}

ICONS: dict[str, str] = {
    AuditKind.CATALOGUE_IMPORTED: "packages",
    AuditKind.FLEET_IMPORTED: "file-text",
    AuditKind.FLEET_EXPORTED: "table-export",
    AuditKind.LINE_ADDED: "plus",
    AuditKind.LINE_IMPORTED: "file-text",
    AuditKind.LINE_ACTIVATED: "circle-check",
    AuditKind.ORDER_PLACED: "send",
    AuditKind.ORDER_RESCHEDULED: "calendar-event",
    AuditKind.ORDER_CANCELLED: "circle-minus",
    AuditKind.ORDER_COMPLETED: "circle-check",
    AuditKind.ORDER_REJECTED: "alert-triangle",
    AuditKind.ORDER_FAILED: "alert-triangle",
    AuditKind.ORDER_NEEDS_ATTENTION: "clock",
    AuditKind.ORDER_RETRIED: "refresh",
}
_TITLES: dict[tuple[str, str], str | Promise] = {
    (AuditKind.ORDER_PLACED, OrderKind.ACTIVATE): gettext_lazy("Activation requested"),
    (AuditKind.ORDER_PLACED, OrderKind.PORT_IN): gettext_lazy("Number transfer requested"),
    (AuditKind.ORDER_RESCHEDULED, OrderKind.ACTIVATE): gettext_lazy("Date of the activation changed"),
    (AuditKind.ORDER_RESCHEDULED, OrderKind.PORT_IN): gettext_lazy("Date of the number transfer changed"),
    (AuditKind.ORDER_CANCELLED, OrderKind.ACTIVATE): gettext_lazy("Activation cancelled"),
    (AuditKind.ORDER_CANCELLED, OrderKind.PORT_IN): gettext_lazy("Number transfer cancelled"),
    (AuditKind.ORDER_COMPLETED, OrderKind.ACTIVATE): gettext_lazy("Activation confirmed by the operator"),
    (AuditKind.ORDER_COMPLETED, OrderKind.PORT_IN): gettext_lazy("Number transfer confirmed by the operator"),
    (AuditKind.ORDER_REJECTED, OrderKind.ACTIVATE): gettext_lazy("Activation refused by the operator"),
    (AuditKind.ORDER_REJECTED, OrderKind.PORT_IN): gettext_lazy("Number transfer refused"),
    (AuditKind.ORDER_FAILED, OrderKind.ACTIVATE): gettext_lazy("Activation failed"),
    (AuditKind.ORDER_FAILED, OrderKind.PORT_IN): gettext_lazy("Number transfer failed"),
    (AuditKind.ORDER_NEEDS_ATTENTION, OrderKind.ACTIVATE): gettext_lazy("Activation takes longer than usual"),
    (AuditKind.ORDER_NEEDS_ATTENTION, OrderKind.PORT_IN): gettext_lazy("Number transfer takes longer than usual"),
    (AuditKind.ORDER_RETRIED, OrderKind.ACTIVATE): gettext_lazy("Activation taken up again"),
    (AuditKind.ORDER_RETRIED, OrderKind.PORT_IN): gettext_lazy("Number transfer taken up again"),
}
# Steps of an order that no audit event tells of.
_STEPS: dict[str, tuple[str, str | Promise]] = {
    OrderState.IN_PROGRESS: ("hourglass", gettext_lazy("The operator is working on it")),
    OrderState.UNKNOWN: ("clock", gettext_lazy("No answer from the operator yet")),
}


_ENDINGS = frozenset({AuditKind.ORDER_REJECTED, AuditKind.ORDER_CANCELLED, AuditKind.ORDER_FAILED})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. ``at`` is when it happened, or will."""

    at: dt.datetime
    title: str
    detail: str
    who: str
    icon: str
    is_planned: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page, planned entries first on the first one."""

    entries: list[Entry]
    page: int
    has_more: bool


def timeline(detail: LineDetail, *, group: str = "", page: int = 1, per_page: int = PER_PAGE) -> Timeline:
    """Newest first. ``group`` is a key of :data:`GROUPS`."""
    wanted = page * per_page + 1
    found = [_of_event(detail, event) for event in _events(detail, group)[:wanted]]
    if group != LINE:
        found += [_of_step(step) for step in _steps(detail)[:wanted]]
    found.sort(key=lambda entry: entry.at, reverse=True)
    start = (page - 1) * per_page
    planned = _planned(detail) if page == 1 and group != LINE else []
    return Timeline(planned + found[start : start + per_page], page, len(found) > start + per_page)


def _events(detail: LineDetail, group: str) -> Any:
    of_line = Q(subject_type="sims.line", subject_id=str(detail.line.pk))
    of_orders = Q(subject_type="sims.order", subject_id__in=[str(order.pk) for order in detail.orders])
    about = {REQUESTS: of_orders, LINE: of_line}.get(group, of_line | of_orders)
    events = AuditEvent.objects.filter(about, customer_id=detail.line.customer_id).order_by("-at", "-pk")
    # Read together, the change of the line tells it already.
    return events if group else events.exclude(kind=AuditKind.ORDER_COMPLETED)


def _steps(detail: LineDetail) -> Any:
    steps = OrderTransition.objects.filter(order__in=[order.pk for order in detail.orders], after__in=_STEPS)
    return steps.order_by("-at", "-pk")


def _of_event(detail: LineDetail, event: AuditEvent) -> Entry:
    order = next((order for order in detail.orders if str(order.pk) == event.subject_id), None)
    kind = order.kind if order else ""
    title = _TITLES.get((event.kind, kind)) or (
        AuditKind(event.kind).label if event.kind in AuditKind.values else event.kind
    )
    return Entry(
        at=event.at,
        title=str(title),
        detail=_detail(event, order),
        who=shown_name(event.actor_kind, event.actor_name),
        icon=ICONS.get(event.kind, "history"),
    )


def _detail(event: AuditEvent, order: Order | None) -> str:
    """The one fact of the event that its title does not tell."""
    after = event.after
    if event.kind in (AuditKind.ORDER_PLACED, AuditKind.ORDER_RESCHEDULED) and after.get("not_before"):
        day = formatting.long_date(dt.datetime.fromisoformat(after["not_before"]))
        return _("For %(day)s") % {"day": day}
    if event.kind in _ENDINGS and order:
        return sentence(reason_of(order))
    if event.kind == AuditKind.LINE_IMPORTED:
        return str(after.get("file", ""))
    if event.kind == AuditKind.LINE_ACTIVATED and after.get("number"):
        return _("Number %(number)s") % {"number": formatting.phone(after["number"])}
    return ""


def _of_step(step: OrderTransition) -> Entry:
    icon, title = _STEPS[step.after]
    return Entry(at=step.at, title=str(title), detail="", who=shown_name("operator", ""), icon=icon)


def _planned(detail: LineDetail) -> list[Entry]:
    """What will happen by itself, the last first so that the list runs back in time."""
    waiting = [o for o in detail.orders if o.state in (OrderState.SCHEDULED, OrderState.AWAITING_APPROVAL)]
    waiting.sort(key=lambda order: order.not_before, reverse=True)
    return [
        Entry(
            at=order.not_before,
            title=notice_of(order).title,
            detail="",
            who=order.requested_by_name,
            icon="calendar-event",
            is_planned=True,
        )
        for order in waiting
    ]
