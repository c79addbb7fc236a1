"""The page of one line, and the part of it that looks again by itself while the operator works."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from fleetportal.shell.registry import allowed, contributions
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from fleetportal.web.htmx import is_htmx, layout
from fleetportal.web.parameters import page_number, whole_number
from sims.filters import LineFilter
from sims.queries import detail as details
from sims.queries.employees import employee_of_line
from sims.queries.timeline import GROUPS, Person, Timeline, people_of, timeline
from sims.views import fleet_list
from sims.views.line_tabs import TAB_CONTENTS

TABS: dict[str, str | Promise] = {
    "overview": gettext_lazy("Overview"),
    "plan": gettext_lazy("Plan and options"),
    "barrings": gettext_lazy("Barrings"),
    "billing": gettext_lazy("Billing"),
    "employee": gettext_lazy("Employee"),
    "timeline": gettext_lazy("Timeline"),
}
# Panels of other apps with a lower order stand above the plan, the rest below it.
PLAN_ORDER = 50
LAST_TAB = "timeline"
NEWEST = 5
LONGEST_KEY = 220
# Looks each second at first, then every three seconds, for about ten minutes.
QUICK_LOOKS = 10
MOST_LOOKS = 200


@dataclass(frozen=True, slots=True)
class Link:
    label: str | Promise
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the page somebody is, as the address says: tab, kind of events and whose, page of them, way back.

    ``kept`` are parameters that panels and tabs of other apps read.
    """

    public_id: UUID
    tab: str
    group: str
    who: str
    page: int
    list_query: str
    kept: dict[str, str]

    def url(self, name: str = "line_detail", **changes: Any) -> str:
        own: dict[str, Any] = {"tab": self.tab, "type": self.group, "who": self.who, "page": self.page}
        values = own | {"list": self.list_query} | self.kept | changes
        usual = {"tab": "overview", "type": "", "who": "", "page": 1, "list": ""}
        params = {key: value for key, value in values.items() if value != usual.get(key)}
        return reverse(name, args=[self.public_id]) + (f"?{urlencode(params)}" if params else "")


@require_safe
@customer_required(Permission.VIEW_LINES)
def line_detail(request: PortalRequest, public_id: UUID) -> HttpResponse:
    return line_page(request, public_id)


def line_page(
    request: PortalRequest, public_id: UUID, *, tab: str = "", form: Any = None, status: int = 200
) -> HttpResponse:
    """The page with this tab or that of the address; ``form`` was sent to the tab and has to be corrected."""
    return render(request, "sims/line.html", _context(request, public_id, looks=0, tab=tab, form=form), status=status)


@require_safe
@customer_required(Permission.VIEW_LINES)
def line_status(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """All of the page that an order can change. It asks for itself again only while something is under way."""
    context = _context(request, public_id, looks=whole_number(request.GET.get("looks"), digits=4) or 0)
    if not is_htmx(request):
        return redirect("line_detail", public_id=public_id)
    if request.GET.get("stage") != context["detail"].stage:
        context["announce"] = _("Status: %(state)s") % {"state": context["detail"].state_text}
    return render(request, "sims/_line_status.html", context)


def _context(request: PortalRequest, public_id: UUID, *, looks: int, tab: str = "", form: Any = None) -> dict[str, Any]:
    detail = details.line_detail(request.customer, public_id)
    place = _place(request, public_id, tab)
    content = TAB_CONTENTS.get(place.tab)
    people = people_of(detail) if place.tab == "timeline" else []
    shown = _timeline(detail, place)
    panels = [panel for panel in allowed(request, contributions.line_panels) if panel.on == place.tab]
    filled = [(panel, said) for panel in panels if (said := dict(panel.context(request, detail.line)))]
    return {
        "layout": layout(request, "line"),
        "detail": detail,
        "line": detail.line,
        "plan_data": formatting.data_allowance(detail.line.plan.data_gb) if detail.line.plan else "",
        "tab": place.tab,
        "tab_template": f"sims/_line_{place.tab}.html",
        "first_panels": [entry for entry in filled if entry[0].order < PLAN_ORDER],
        "plan_url": place.url(tab="plan", type="", who="", page=1),
        "barrings_url": place.url(tab="barrings", type="", who="", page=1),
        "tabs": [
            Link(label, place.url(tab=tab, type="", who="", page=1), tab == place.tab)
            for tab, label in _tabs(request).items()
        ],
        "back_url": fleet_list.list_url(LineFilter.from_text(place.list_query)),
        "panels": [entry for entry in filled if entry[0].order >= PLAN_ORDER],
        "timeline": shown,
        "here_url": place.url(),
        "employee": employee_of_line(detail.line, with_lines=place.tab == "employee")
        if place.tab in ("overview", "employee")
        else None,
        **_timeline_links(place, shown, people),
        **_polling(place, detail, looks),
        **fleet_list.rights(request),
        **(content(request, detail, form) if content else {}),
        **_contributed_tab(request, detail, place.tab),
    }


def _tabs(request: PortalRequest) -> dict[str, str | Promise]:
    """Those of other apps stand before the timeline, which is the last."""
    contributed = {tab.slug: tab.label for tab in allowed(request, contributions.line_tabs)}
    return {tab: label for tab, label in TABS.items() if tab != LAST_TAB} | contributed | {LAST_TAB: TABS[LAST_TAB]}


def _contributed_tab(request: PortalRequest, detail: details.LineDetail, slug: str) -> dict[str, Any]:
    tab = next((tab for tab in contributions.line_tabs if tab.slug == slug), None)
    return {"tab_template": tab.template, "content": tab.context(request, detail.line)} if tab else {}


def _kept(request: PortalRequest) -> dict[str, str]:
    """The parameters that panels and tabs of other apps read, where the address has them."""
    names = {name for panel in (*contributions.line_panels, *contributions.line_tabs) for name in panel.params}
    return {name: request.GET[name].replace("\x00", "")[:40] for name in sorted(names) if request.GET.get(name)}


def _place(request: PortalRequest, public_id: UUID, tab: str = "") -> Place:
    tab, group = tab or request.GET.get("tab", ""), request.GET.get("type", "")
    return Place(
        kept=_kept(request),
        public_id=public_id,
        tab=tab if tab in _tabs(request) else "overview",
        group=group if group in GROUPS else "",
        who=request.GET.get("who", "").replace("\x00", "")[:LONGEST_KEY],
        page=page_number(request.GET.get("page")),
        list_query=LineFilter.from_text(request.GET.get("list", "")).query(),
    )


def _timeline(detail: details.LineDetail, place: Place) -> Timeline | None:
    """The newest few on the overview, everything on its own tab, nothing elsewhere."""
    if place.tab == "overview":
        return timeline(detail, per_page=NEWEST)
    if place.tab != "timeline":
        return None
    return timeline(detail, group=place.group, person=place.who, page=place.page)


def _timeline_links(place: Place, shown: Timeline | None, people: list[Person]) -> dict[str, Any]:
    if place.tab != "timeline" or shown is None:
        return {"timeline_url": place.url(tab="timeline", type="", who="", page=1)}
    return {
        "people": people,
        "place": place,
        "export_url": place.url("line_timeline_export", tab="overview", page=1, list=""),
        "group_links": [Link(label, place.url(type=key, page=1), key == place.group) for key, label in GROUPS.items()],
        "newer_url": place.url(page=place.page - 1) if place.page > 1 else "",
        "older_url": place.url(page=place.page + 1) if shown.has_more else "",
    }


def _polling(place: Place, detail: details.LineDetail, looks: int) -> dict[str, Any]:
    """When and where to look next; nothing when all is settled or nobody can still be waiting."""
    if not detail.is_moving or looks >= MOST_LOOKS:
        return {"is_polling": False}
    return {
        "is_polling": True,
        "looks": looks + 1,
        "poll_after": "1s" if looks < QUICK_LOOKS else "3s",
        "poll_url": place.url("line_status", looks=looks + 1, stage=detail.stage),
    }
