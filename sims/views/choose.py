"""From a task on the dashboard to the line it is for."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.htmx import layout
from sims.enums import LineState
from sims.filters import LONGEST_TEXT, SORTS
from sims.models import Line
from sims.search import matching

MOST_SHOWN = 25
WORKING = (LineState.ACTIVE, LineState.LIMITED)
LIVING = (*WORKING, LineState.SUSPENDED)


@dataclass(frozen=True, slots=True)
class ChooseTask:
    """``url_name`` takes the line's public id; with ``is_dialog`` it opens over the page."""

    title: str | Promise
    question: str | Promise
    button: str | Promise
    url_name: str
    states: tuple[LineState, ...] = LIVING
    is_dialog: bool = True


TASKS: dict[str, ChooseTask] = {
    "swap": ChooseTask(
        _("Replace SIM card"), _("Whose SIM card do you replace?"), _("Replace"), "line_swap", is_dialog=False
    ),
    "block": ChooseTask(_("Block SIM card"), _("Which line do you block?"), _("Block"), "line_block", states=WORKING),
    "unblock": ChooseTask(
        _("Unblock SIM card"),
        _("Which line may work again?"),
        _("Unblock"),
        "line_unblock",
        states=(LineState.SUSPENDED,),
    ),
    "leave": ChooseTask(_("Employee leaves"), _("Who leaves the company?"), _("Choose"), "line_leave", is_dialog=False),
}


@require_safe
@customer_required(Permission.REQUEST_CHANGES)
def line_choose(request: PortalRequest, task: str) -> HttpResponse:
    """The company's lines that the task can be done with; the search narrows them."""
    if task not in TASKS:
        raise Http404
    wanted, text = TASKS[task], request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]
    lines = Line.objects.for_customer(request.customer).filter(matching(text), state__in=wanted.states)
    found = list(lines.select_related("subscriber", "sim").order_by(*SORTS["name"]())[: MOST_SHOWN + 1])
    context = {
        "layout": layout(request, "choose"),
        "task": wanted,
        "q": text,
        "lines": [(line, reverse(wanted.url_name, args=[line.public_id])) for line in found[:MOST_SHOWN]],
        "has_more": len(found) > MOST_SHOWN,
    }
    return render(request, "sims/choose.html", context)
