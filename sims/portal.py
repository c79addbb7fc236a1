"""What SIM cards and lines add to the shell: navigation, tiles, attention, what is planned, search sources, tasks."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Permission
from fleetportal.shell.registry import (
    MOBILE,
    AttentionItem,
    FrameCount,
    NavItem,
    ScheduledItem,
    SearchHit,
    SearchSource,
    Step,
    Task,
    Tile,
    is_allowed,
)
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from sims import announcements
from sims.enums import AuditKind
from sims.filters import LineFilter
from sims.models import Line, Order
from sims.orders.kinds import name_of, page_of
from sims.orders.lateness import Lateness
from sims.queries.attention import next_orders, orders_to_look_at, people_to_look_at
from sims.queries.counts import counts_of
from sims.queries.history import asked_number, has_history
from sims.queries.progress import notice_of
from sims.queries.requests import TO_APPROVE, requests_to_approve, to_approve
from sims.queries.timeline import ICONS
from sims.search import matching
from sims.views.fleet_list import list_url

VIEW, ASK, MANAGE = Permission.VIEW_LINES, Permission.REQUEST_CHANGES, Permission.MANAGE_LINES


def _count(view: str) -> Any:
    return lambda request: counts_of(request).views[view]


def _url(view: str) -> Any:
    return lambda _request: list_url(LineFilter(view=view))


def _of_all(request: PortalRequest) -> str:
    n = counts_of(request).lines
    return ngettext("Of %(n)s line", "Of %(n)s lines", n) % {"n": formatting.number(n)}


def _next_orders(request: PortalRequest) -> list[Order]:
    """Read once for the tile and for the list."""
    if not hasattr(request, "_next_orders"):
        request._next_orders = next_orders(request.customer)  # type: ignore[attr-defined]
    found: list[Order] = request._next_orders  # type: ignore[attr-defined]
    return found


def _next_day(request: PortalRequest) -> str:
    coming = _next_orders(request)
    return _("Next on %(day)s") % {"day": formatting.day_and_month(coming[0].not_before)} if coming else ""


def _line_url(line: Line) -> str:
    return reverse("line_detail", args=[line.public_id])


def _attention(request: PortalRequest) -> list[AttentionItem]:
    if not is_allowed(request, VIEW):
        return []
    found = orders_to_look_at(request.customer)
    counts = people_to_look_at(request.customer)
    wrong = [_order_item(order) for order in found.wrong] + [_late_item(*one) for one in found.late]
    return wrong + _approvals(request) + _not_activated(request) + _leaving(counts) + _not_confirmed(request, counts)


def _approvals(request: PortalRequest) -> list[AttentionItem]:
    if not (n := to_approve(request)):
        return []
    title = ngettext("%(n)s request waits for approval", "%(n)s requests wait for approval", n)
    return [
        AttentionItem(
            title=title % {"n": formatting.number(n)},
            detail=_("A colleague asked for it and may not decide alone."),
            icon="hourglass",
            url=f"{reverse('request_list')}?view=approval",
            action=_("View"),
            action_label=_("View the requests that wait for approval"),
            tone="warn",
            order=15,
        )
    ]


def _order_item(order: Order) -> AttentionItem:
    notice = notice_of(order)
    name = name_of(order)
    return AttentionItem(
        title=notice.title,
        detail=name,
        icon=notice.icon,
        url=page_of(order),
        action=_("View"),
        action_label=_("View %(line)s") % {"line": name},
        tone=notice.tone,
        order=10 if notice.tone == "bad" else 20,
    )


def _late_item(order: Order, late: Lateness) -> AttentionItem:
    name = name_of(order)
    days = ngettext("%(n)s day late", "%(n)s days late", late.days) % {"n": late.days}
    until = _("claim by %(day)s") % {"day": formatting.long_date(late.claim_until)}
    return AttentionItem(
        title=_("Number transfer: %(late)s, %(amount)s") % {"late": days, "amount": formatting.eur(late.amount)},
        detail=", ".join(filter(None, (name, until))),
        icon="clock",
        url=page_of(order),
        action=_("View"),
        action_label=_("View %(line)s") % {"line": name},
        tone="warn",
        order=25,
    )


def _not_activated(request: PortalRequest) -> list[AttentionItem]:
    n = counts_of(request).views["new"]
    if not n:
        return []
    title = ngettext("%(n)s SIM card is not activated", "%(n)s SIM cards are not activated", n)
    return [
        AttentionItem(
            title=title % {"n": formatting.number(n)},
            detail=_("Added, but nobody can make calls yet."),
            icon="device-sim",
            url=list_url(LineFilter(view="new")),
            action=_("View"),
            action_label=_("View the SIM cards that are not activated"),
            order=40,
        )
    ]


def _leaving(counts: dict[str, int]) -> list[AttentionItem]:
    """Months to ask a number back that are about to end, and departures with something left to do."""
    clocks, left = counts["clock"], counts["leave"]
    clock = ngettext(
        "%(n)s number can be asked back for a few days only",
        "%(n)s numbers can be asked back for a few days only",
        clocks,
    )
    leave = ngettext("%(n)s departure to finish", "%(n)s departures to finish", left)
    found = []
    if clocks:
        detail = _("After that the number is the company’s.")
        found.append(_leaving_item(clock % {"n": formatting.number(clocks)}, detail, "clock", 25))
    if left:
        detail = _("The checklist still has something to do or to collect.")
        found.append(_leaving_item(leave % {"n": formatting.number(left)}, detail, "user-minus", 45))
    return found


def _leaving_item(title: str, detail: str, icon: str, order: int) -> AttentionItem:
    return AttentionItem(
        title=title,
        detail=detail,
        icon=icon,
        url=reverse("departure_list"),
        action=_("View"),
        action_label=f"{_('View')}: {title}",
        tone="warn",
        order=order,
    )


def _not_confirmed(request: PortalRequest, counts: dict[str, int]) -> list[AttentionItem]:
    n = counts["remind"] if is_allowed(request, MANAGE) else 0
    if not n:
        return []
    title = ngettext(
        "%(n)s employee has not confirmed the details", "%(n)s employees have not confirmed their details", n
    )
    return [
        AttentionItem(
            title=title % {"n": formatting.number(n)},
            detail=_("A mail asks each of them to look and confirm."),
            icon="mail",
            url=reverse("employees_remind"),
            action=_("Send mail"),
            action_label=_("Ask the employees to confirm their details"),
            is_post=True,
            order=60,
        )
    ]


def _scheduled(request: PortalRequest) -> list[ScheduledItem]:
    if not is_allowed(request, VIEW):
        return []
    return [
        ScheduledItem(
            on=timezone.localdate(order.not_before),
            title=order.get_kind_display(),
            detail=name_of(order),
            url=page_of(order),
        )
        for order in _next_orders(request)
    ]


def _find_lines(customer: Any, membership: Any, text: str, limit: int) -> list[SearchHit]:
    lines = Line.objects.for_customer(customer).filter(matching(text)).select_related("subscriber", "sim")
    columns = ("public_id", "number", "subscriber__first_name", "subscriber__last_name", "sim__iccid")
    return [
        SearchHit(
            icon="device-sim",
            text=line.subscriber.full_name if line.subscriber else _("Nobody"),
            extra=formatting.phone(line.number) or (formatting.iccid(line.sim.iccid) if line.sim else ""),
            url=_line_url(line),
        )
        for line in lines.only(*columns).order_by("number", "pk")[:limit]
    ]


def _find_history(customer: Any, membership: Any, text: str, limit: int) -> list[SearchHit]:
    number = asked_number(text)
    if not number or not has_history(customer, number):
        return []
    url = f"{reverse('number_history')}?{urlencode({'number': number})}"
    return [SearchHit("history", _("Who had this number"), formatting.phone(number), url)]


def _has_line(request: PortalRequest) -> bool:
    return counts_of(request).lines > 0


frame_counts = [FrameCount(TO_APPROVE, requests_to_approve)]
navigation = [
    NavItem(
        gettext_lazy("SIM cards"),
        "device-sim",
        "sim_list",
        group=MOBILE,
        permission=VIEW,
        count=_count("all"),
        order=10,
        tab=2,
        key="s",
    ),
    NavItem(gettext_lazy("Employees"), "user", "employee_list", group=MOBILE, permission=VIEW, order=20, key="e"),
    NavItem(gettext_lazy("Planning"), "calendar-event", "planning", group=MOBILE, permission=VIEW, order=20, key="p"),
    NavItem(
        gettext_lazy("Requests"),
        "send",
        "request_list",
        group=MOBILE,
        permission=VIEW,
        count=lambda request: to_approve(request) or None,
        count_label=gettext_lazy("for approval"),
        order=30,
        key="r",
    ),
]
tasks = [
    Task(
        gettext_lazy("Add SIM card"),
        "plus",
        "sim_add",
        permission=MANAGE,
        keywords=gettext_lazy("new employee user number activate transfer port"),
        is_primary=True,
        short_label=gettext_lazy("Add"),
        order=10,
        tab=3,
    ),
    Task(
        gettext_lazy("Manage SIM cards"),
        "device-sim",
        "sim_list",
        permission=VIEW,
        keywords=gettext_lazy("list lines numbers overview"),
        order=20,
    ),
    Task(
        gettext_lazy("Replace SIM card"),
        "refresh",
        "line_choose",
        permission=ASK,
        keywords=gettext_lazy("swap new card broken lost"),
        order=22,
        args=("swap",),
        takes_query=True,
    ),
    Task(
        gettext_lazy("Block SIM card"),
        "lock",
        "line_choose",
        permission=ASK,
        keywords=gettext_lazy("suspend stolen lost theft"),
        order=24,
        args=("block",),
        takes_query=True,
    ),
    Task(
        gettext_lazy("Unblock SIM card"),
        "lock-open",
        "line_choose",
        permission=ASK,
        keywords=gettext_lazy("resume release found"),
        quick=False,
        order=25,
        args=("unblock",),
        takes_query=True,
    ),
    Task(
        gettext_lazy("Employee leaves"),
        "user-minus",
        "line_choose",
        permission=ASK,
        keywords=gettext_lazy("departure last day resign fired"),
        order=26,
        args=("leave",),
        takes_query=True,
    ),
    Task(
        gettext_lazy("Bring several numbers"),
        "packages",
        "port_start",
        permission=ASK,
        keywords=gettext_lazy("number transfer port in mandate another operator many"),
        quick=False,
        order=27,
    ),
    Task(
        gettext_lazy("Who had this number"),
        "history",
        "number_history",
        permission=VIEW,
        keywords=gettext_lazy("history day proof evidence police fine"),
        quick=False,
        order=28,
    ),
    Task(
        gettext_lazy("SIM cards in stock"),
        "circle-dashed",
        "sim_stock",
        permission=VIEW,
        keywords=gettext_lazy("blank cards drawer"),
        order=30,
    ),
    Task(
        gettext_lazy("Safety rules"),
        "lock",
        "fleet_policy",
        permission=Permission.MANAGE_POLICY,
        keywords=gettext_lazy("policy second person cool-down swap limit"),
        order=90,
    ),
    Task(
        gettext_lazy("Import SIM cards"),
        "file-text",
        "import_fleet",
        permission=Permission.IMPORT_FLEET,
        keywords=gettext_lazy("excel csv upload file fleet template"),
        order=40,
    ),
]
tiles = [
    Tile(
        gettext_lazy("Active"),
        url=_url("active"),
        value=_count("active"),
        note=_of_all,
        icon="circle-check",
        permission=VIEW,
        order=10,
        state="active",
    ),
    Tile(
        gettext_lazy("Scheduled"),
        url=_url("scheduled"),
        value=_count("scheduled"),
        note=_next_day,
        icon="calendar-event",
        permission=VIEW,
        order=20,
        state="planned",
    ),
    Tile(
        gettext_lazy("Blocked"),
        url=_url("blocked"),
        value=_count("blocked"),
        note=gettext_lazy("No calls and no data"),
        icon="lock",
        permission=VIEW,
        order=30,
        state="blocked",
    ),
    Tile(
        gettext_lazy("In stock"),
        url=lambda _request: reverse("sim_stock"),
        value=lambda request: counts_of(request).stock,
        note=gettext_lazy("Blank SIM cards"),
        icon="circle-dashed",
        permission=VIEW,
        order=40,
        state="stock",
    ),
]
attention = [_attention]
scheduled = [_scheduled]
getting_started = [
    Step(
        gettext_lazy("Add the first SIM card"),
        gettext_lazy("Choose a card, an employee and a plan; activation is the last step."),
        "sim_add",
        _has_line,
        permission=MANAGE,
        order=30,
        completes=True,
    ),
]
search_sources = [
    SearchSource("lines", gettext_lazy("SIM cards"), _find_lines, permission=VIEW, order=10),
    SearchSource("history", gettext_lazy("History"), _find_history, permission=VIEW, order=30),
]
notification_events = announcements.EVENTS
audit_icons = dict(ICONS)
quiet_kinds = [AuditKind.LINE_IMPORTED]
