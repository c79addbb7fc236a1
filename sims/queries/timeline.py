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
from fleetportal.shell.registry import contributions
from fleetportal.web import formatting
from fleetportal.web.pagination import PER_PAGE
from fleetportal.web.parameters import whole_number
from sims.enums import AuditKind, OrderState
from sims.models import Order, OrderTransition
from sims.orders.reasons import reason_of
from sims.queries.detail import LineDetail
from sims.queries.names import Names
from sims.queries.progress import described, notice_of, sentence

REQUESTS, LINE = "requests", "line"
OPERATOR = "operator"
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
    AuditKind.ORDER_APPROVED: "circle-check",
    AuditKind.ORDER_DECLINED: "circle-minus",
    AuditKind.FEED_OPENED: "calendar",
    AuditKind.FEED_CLOSED: "calendar",
    AuditKind.PORTS_ASKED: "packages",
    AuditKind.PORT_CORRECTED: "refresh",
    AuditKind.PORT_LATE_CLAIMED: "circle-check",
    AuditKind.PORT_SCAN_ADDED: "file-text",
    AuditKind.ORDER_CANCEL_ASKED: "circle-minus",
    AuditKind.ORDER_CANCEL_REFUSED: "alert-triangle",
    AuditKind.LINE_COST_CENTRE: "building",
    AuditKind.BULK_APPLIED: "activity",
    AuditKind.BULK_CANCELLED: "circle-minus",
    AuditKind.BULK_APPROVED: "circle-check",
    AuditKind.BULK_DECLINED: "circle-minus",
    AuditKind.LINE_BLOCKED: "lock",
    AuditKind.LINE_UNBLOCKED: "lock-open",
    AuditKind.LINE_CARD_LOCK: "lock",
    AuditKind.POLICY_CHANGED: "adjustments-horizontal",
    AuditKind.ESIM_CODE_SHOWN: "qrcode",
    AuditKind.ESIM_LINK_SENT: "send",
    AuditKind.ESIM_LINK_OPENED: "qrcode",
    AuditKind.LINE_SIM_REPLACED: "refresh",
    AuditKind.LINE_PLAN_CHANGED: "adjustments-horizontal",
    AuditKind.LINE_TRANSFERRED: "users",
    AuditKind.SUBSCRIBER_CHANGED: "edit",
    AuditKind.SUBSCRIBER_CONFIRMED: "circle-check",
    AuditKind.CONFIRMATION_ASKED: "mail",
    AuditKind.CHANGE_ASKED: "mail",
    AuditKind.CHANGE_ACCEPTED: "circle-check",
    AuditKind.CHANGE_DECLINED: "circle-minus",
    AuditKind.CHANGE_WITHDRAWN: "circle-minus",
    AuditKind.LINE_BARRINGS_CHANGED: "circle-minus",
    AuditKind.BARRING_TEMPLATE_SAVED: "bookmark",
    AuditKind.BARRING_TEMPLATE_REMOVED: "trash",
    AuditKind.LINE_THIRD_PARTY_LIMIT: "credit-card",
    AuditKind.LINE_ROAMING_LIMIT: "world",
    AuditKind.LINE_ENDED: "circle-minus",
    AuditKind.PROVENANCE_RECORDED: "user",
    AuditKind.DEPARTURE_PLANNED: "user-minus",
    AuditKind.DEPARTURE_MOVED: "calendar-event",
    AuditKind.DEPARTURE_APPROVED: "circle-check",
    AuditKind.DEPARTURE_CANCELLED: "circle-minus",
    AuditKind.DEPARTURE_DONE: "circle-check",
    AuditKind.DEPARTURE_CHECKED: "circle-check",
    AuditKind.NUMBER_ASKED_BACK: "mail",
    AuditKind.TRANSFER_DATA_SHOWN: "eye",
    AuditKind.HOLD_OVERRIDDEN: "alert-triangle",
    AuditKind.NUMBER_RELEASED: "user-minus",
    AuditKind.HISTORY_EVIDENCE: "history",
    AuditKind.LINE_BILLING_ACCOUNT: "receipt-euro",
    AuditKind.LINE_SPLIT_BILL: "receipt-euro",
    AuditKind.SPLIT_BILL_ADDED: "plus",
    AuditKind.SPLIT_BILL_RENAMED: "edit",
    AuditKind.SPLIT_BILL_REPLACED: "refresh",
    AuditKind.SPLIT_BILL_RETIRED: "circle-minus",
}
# What happened to a request, after its name: "Block: requested".
_STATES: dict[str, str | Promise] = {
    AuditKind.ORDER_PLACED: gettext_lazy("requested"),
    AuditKind.ORDER_APPROVED: gettext_lazy("approved"),
    AuditKind.ORDER_DECLINED: gettext_lazy("declined"),
    AuditKind.ORDER_RESCHEDULED: gettext_lazy("date changed"),
    AuditKind.ORDER_CANCELLED: gettext_lazy("cancelled"),
    AuditKind.ORDER_CANCEL_ASKED: gettext_lazy("asked to stop it"),
    AuditKind.ORDER_CANCEL_REFUSED: gettext_lazy("too late to stop it"),
    AuditKind.ORDER_COMPLETED: gettext_lazy("confirmed by the operator"),
    AuditKind.ORDER_REJECTED: gettext_lazy("refused by the operator"),
    AuditKind.ORDER_FAILED: gettext_lazy("failed"),
    AuditKind.ORDER_NEEDS_ATTENTION: gettext_lazy("takes longer than usual"),
    AuditKind.ORDER_RETRIED: gettext_lazy("taken up again"),
}
# Steps of an order that no audit event tells of.
_STEPS: dict[str, tuple[str, str | Promise]] = {
    OrderState.IN_PROGRESS: ("hourglass", gettext_lazy("The operator is working on it")),
    OrderState.UNKNOWN: ("clock", gettext_lazy("No answer from the operator yet")),
}


_SETTINGS: dict[str, str | Promise] = {
    "barrings": gettext_lazy("Barrings"),
    "third_party_limit": gettext_lazy("PayByMobile limit"),
    "roaming_limit": gettext_lazy("Roaming data limit"),
    "options": gettext_lazy("Options"),
}
_ENDINGS = frozenset(
    {AuditKind.ORDER_REJECTED, AuditKind.ORDER_CANCELLED, AuditKind.ORDER_DECLINED, AuditKind.ORDER_FAILED}
)


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


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, or a program, that did something to a line; ``key`` stands in addresses."""

    key: str
    name: str


def timeline(
    detail: LineDetail, *, group: str = "", person: str = "", page: int = 1, per_page: int = PER_PAGE
) -> Timeline:
    """Newest first. ``group`` is a key of :data:`GROUPS`, ``person`` the key of a :class:`Person` or empty for all."""
    wanted = page * per_page + 1
    found = [_of_event(detail, event) for event in _events(detail, group).filter(_by(person))[:wanted]]
    if group != LINE and person in ("", OPERATOR):
        found += [_of_step(step) for step in _steps(detail)[:wanted]]
    found.sort(key=lambda entry: entry.at, reverse=True)
    start = (page - 1) * per_page
    planned = _planned(detail, person) if page == 1 and group != LINE else []
    return Timeline(planned + found[start : start + per_page], page, len(found) > start + per_page)


def people_of(detail: LineDetail) -> list[Person]:
    """Who stands in the timeline of this line, by name."""
    who = _events(detail, "").order_by().values_list("actor_kind", "actor_id", "actor_name").distinct()
    found = {_key(kind, pk, name): shown_name(kind, name) for kind, pk, name in who}
    if any(order.sent_at for order in detail.orders):
        found[OPERATOR] = shown_name(OPERATOR, "")
    return sorted((Person(key, name) for key, name in found.items()), key=lambda person: person.name.casefold())


def _key(kind: str, pk: int | None, name: str) -> str:
    """A program has one key, whichever of its parts it was."""
    if kind == "user":
        return f"user-{pk}"
    return f"{kind}-{name}" if kind == "employee" else kind


def _by(key: str) -> Q:
    """The events of this person; nothing for a key that makes no sense."""
    kind, _dash, which = key.partition("-")
    if kind == "user":
        return Q(actor_kind=kind, actor_id=whole_number(which) or 0)
    if kind == "employee":
        return Q(actor_kind=kind, actor_name=which)
    return Q(actor_kind=kind) if key else Q()


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
    return Entry(
        at=event.at,
        title=_title(event, order),
        detail=_detail(event, order, detail.names),
        who=shown_name(event.actor_kind, event.actor_name),
        icon=contributions.audit_icons.get(event.kind, "history"),
    )


def _title(event: AuditEvent, order: Order | None) -> str:
    if order and event.kind in _STATES:
        return _("%(request)s: %(state)s") % {"request": order.get_kind_display(), "state": _STATES[event.kind]}
    return str(contributions.audit_labels.get(event.kind, event.kind))


def _detail(event: AuditEvent, order: Order | None, names: Names) -> str:
    """The one fact of the event that its title does not tell."""
    after = event.after
    if event.kind in (AuditKind.ORDER_PLACED, AuditKind.ORDER_RESCHEDULED) and after.get("not_before"):
        day = formatting.long_date(dt.datetime.fromisoformat(after["not_before"]))
        what = described(order, names) if order else ""
        return ", ".join(filter(None, (what, _("For %(day)s") % {"day": day})))
    if event.kind in _ENDINGS and order:
        return sentence(reason_of(order))
    if event.kind == AuditKind.LINE_SIM_REPLACED:
        return _replaced(after)
    if event.kind == AuditKind.LINE_COST_CENTRE:
        none = _("None")
        before = f"{event.before['cost_centre'] or none} → " if "cost_centre" in event.before else ""
        return before + (after.get("cost_centre") or none)
    if event.kind == AuditKind.LINE_IMPORTED:
        return str(after.get("file", ""))
    if event.kind == AuditKind.LINE_ACTIVATED and after.get("number"):
        return _("Number %(number)s") % {"number": formatting.phone(after["number"])}
    if event.kind == AuditKind.LINE_TRANSFERRED:
        people = {"before": event.before.get("employee") or _("Nobody"), "after": after.get("employee", "")}
        return _("From %(before)s to %(after)s") % people
    # What apps above this one record of a line says in "name" what it is about.
    return "" if event.kind in AuditKind.values else str(after.get("name", ""))


def _replaced(after: dict[str, Any]) -> str:
    """The new card, and what the operator lost with the old one."""
    texts = [_("The new card ends in %(ending)s.") % {"ending": str(after.get("iccid", ""))[-4:]}]
    if lost := [str(_SETTINGS[key]) for key in after.get("lost", ()) if key in _SETTINGS]:
        text = _("The operator lost these settings; we asked for them again: %(settings)s.")
        texts.append(text % {"settings": ", ".join(lost)})
    return " ".join(texts)


def _of_step(step: OrderTransition) -> Entry:
    icon, title = _STEPS[step.after]
    return Entry(at=step.at, title=str(title), detail="", who=shown_name("operator", ""), icon=icon)


def _planned(detail: LineDetail, person: str) -> list[Entry]:
    """What will happen by itself, the last first so that the list runs back in time."""
    waiting = [o for o in detail.orders if o.state in (OrderState.SCHEDULED, OrderState.AWAITING_APPROVAL)]
    if person:
        waiting = [order for order in waiting if person == f"user-{order.requested_by_id}"]
    waiting.sort(key=lambda order: order.not_before, reverse=True)
    return [
        Entry(
            at=order.not_before,
            title=notice_of(order, detail.names).title,
            detail=described(order, detail.names),
            who=order.requested_by_name,
            icon="calendar-event",
            is_planned=True,
        )
        for order in waiting
    ]
