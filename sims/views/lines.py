"""The fleet list, its saved views, columns and row menus."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import push_url

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import hx_redirect, is_htmx, layout, toast
from sims.filters import LineFilter
from sims.forms.bulk import offered_changes
from sims.forms.saved_views import SavedViewForm
from sims.models import SavedView
from sims.queries import detail as details
from sims.queries.choices import list_choices
from sims.queries.counts import counts_of
from sims.queries.lines import all_columns, columns_of, line_page, with_contributed
from sims.services import saved_views
from sims.views import fleet_list
from sims.views.dialogs import dialog


@require_safe
@customer_required(Permission.VIEW_LINES)
def sim_list(request: PortalRequest) -> HttpResponse:
    wanted = LineFilter.from_query(request.GET)
    choices = list_choices(request.customer, request.user)
    fields, kept = fleet_list.filter_fields(wanted, choices), choices.views
    counts = counts_of(request)
    shown = columns_of(request.user)
    page = line_page(request.customer, wanted, request.GET.get("page"), counts)
    page, notes = with_contributed(request.customer, page, shown)
    context = {
        "layout": layout(request, "fleet"),
        "wanted": wanted,
        "page": page,
        "notes": notes,
        "tabs": fleet_list.tabs(request, wanted, kept),
        "fields": fields,
        "chips": fleet_list.chips(wanted, fields),
        "headings": fleet_list.headings(wanted, shown),
        "columns": all_columns(),
        "shown": shown,
        "saved_view": next((view for view in kept if view.query == wanted.query()), None),
        "cleared": fleet_list.list_url(LineFilter(view=wanted.view, sort=wanted.sort)),
        "back": fleet_list.back_suffix(wanted),
        "has_no_lines": not counts.lines,
        "bulk_changes": offered_changes(request.membership.can),
        **fleet_list.rights(request),
    }
    response = render(request, "sims/list.html", context)
    # A form writes its empty fields into the address too.
    has_noise = is_htmx(request) and not all(request.GET.values())
    return push_url(response, fleet_list.list_url(wanted)) if has_noise else response


@require_POST
@customer_required(Permission.VIEW_LINES)
def sim_columns(request: PortalRequest) -> HttpResponse:
    saved_views.choose_columns(user=request.user, columns=request.POST.getlist("column"), by=request.actor)
    wanted = LineFilter.from_text(request.POST.get("query", ""))
    return redirect(fleet_list.list_url(wanted))


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.VIEW_LINES)
def saved_view_add(request: PortalRequest) -> HttpResponse:
    wanted = LineFilter.from_query(request.GET)
    form = SavedViewForm(request.POST or None)
    if form.is_valid():
        try:
            saved_views.save_view(
                customer=request.customer, owner=request.user, wanted=wanted, by=request.actor, **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            toast(request, _("View saved."))
            return _to_list(request, wanted)
    address, status = fleet_list.list_url(wanted), 422 if form.is_bound else 200
    return dialog(request, "saved_view", {"form": form}, address=address, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.VIEW_LINES)
def saved_view_delete(request: PortalRequest, public_id: UUID) -> HttpResponse:
    mine = SavedView.objects.for_customer(request.customer).filter(owner=request.user)
    view = get_object_or_404(mine, public_id=public_id)
    wanted = LineFilter.from_text(view.query)
    if request.method == "POST":
        saved_views.remove_view(view=view, by=request.actor)
        toast(request, _("View removed."))
        return _to_list(request, wanted)
    return dialog(request, "saved_view_delete", {"view": view}, address=fleet_list.list_url(wanted))


def _to_list(request: PortalRequest, wanted: LineFilter) -> HttpResponse:
    url = fleet_list.list_url(wanted)
    return hx_redirect(url) if is_htmx(request) else redirect(url)


@require_safe
@customer_required(Permission.VIEW_LINES)
def line_menu(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The entries of a row's menu."""
    detail = details.line_detail(request.customer, public_id)
    if not is_htmx(request):
        return redirect("line_detail", public_id=public_id)
    return render(request, "sims/_row_menu.html", {"detail": detail, "line": detail.line, **fleet_list.rights(request)})
