"""The list of bulk changes and the page of one: its dry run, how far it is, what became of each line."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from fleetportal.spreadsheets.writing import CONTENT_TYPES
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.downloads import download_headers
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import current_path, is_htmx, layout, toast
from fleetportal.web.pagination import paginate
from fleetportal.web.step_up import step_up
from sims.bulk.changes import change_of
from sims.forms.bulk import uploadable_changes
from sims.forms.orders import DeclineForm
from sims.models import BulkChange
from sims.queries.bulk import BulkPage, bulk_changes, listed
from sims.services import bulk as bulks
from sims.services import bulk_decisions, fleet_files
from sims.spreadsheets.bulk_outcome import write_outcome
from sims.views import fleet_list
from sims.views.dialogs import after_dialog, dialog, refused

# A larger outcome is written by a worker.
EXPORT_AT_ONCE = 2000


@require_safe
@customer_required(Permission.VIEW_LINES)
def bulk_list(request: PortalRequest) -> HttpResponse:
    page = paginate(bulk_changes(request.customer), request.GET.get("page"))
    context = {
        "layout": layout(request, "bulks"),
        "page": page,
        "entries": listed(request.customer, list(page.items)),
        "uploadable": uploadable_changes(request.membership.can),
        **fleet_list.rights(request),
    }
    return render(request, "sims/bulk/list.html", context)


@require_safe
@customer_required(Permission.VIEW_LINES)
def bulk_detail(request: PortalRequest, bulk_id: UUID) -> HttpResponse:
    """The page; it asks for itself while something moves."""
    bulk = _bulk(request, bulk_id)
    return render(request, "sims/bulk/detail.html", _context(request, bulk))


@require_safe
@customer_required(Permission.VIEW_LINES)
def bulk_watch(request: PortalRequest, bulk_id: UUID) -> HttpResponse:
    """How far it is, for the dialog in which it was asked; as a page, the page of the bulk change."""
    bulk = _bulk(request, bulk_id)
    return watched(request, bulk) if is_htmx(request) else redirect("bulk_detail", bulk.pk)


def watched(request: PortalRequest, bulk: BulkChange) -> HttpResponse:
    """The inside of the dialog while the lines are changed, and afterwards."""
    context = {**_context(request, bulk), "here": current_path(request) or reverse("sim_list")}
    return render(request, "sims/bulk/_watch.html", context)


def _bulk(request: PortalRequest, bulk_id: UUID) -> BulkChange:
    found: BulkChange = get_object_or_404(bulk_changes(request.customer), pk=bulk_id)
    return found


def _own_bulk(request: PortalRequest, bulk_id: UUID) -> BulkChange:
    """What a requester asked himself, or anything for who may change lines; another person's is 403."""
    bulk = _bulk(request, bulk_id)
    if not request.membership.can(Permission.MANAGE_LINES) and bulk.requested_by_id != request.user.pk:
        raise PermissionDenied("a bulk change of somebody else")
    return bulk


def _context(request: PortalRequest, bulk: BulkChange) -> dict[str, Any]:
    page = BulkPage(bulk, request.GET)
    may_manage = request.membership.can(Permission.MANAGE_LINES)
    is_mine = bulk.requested_by_id == request.user.pk
    return {
        "layout": layout(request, "bulk"),
        "bulk": bulk,
        "view": page,
        "change": page.change,
        "may_act": request.membership.can(page.change.permission) and (may_manage or is_mine),
        "may_decide": may_manage and bulk.applied_by_id != request.user.pk,
        "apply_label": page.change.answers(bulk.changing),
        **fleet_list.rights(request),
    }


Step = Callable[[PortalRequest, BulkChange], None]


def _do(request: PortalRequest, bulk: BulkChange, step: Step, text: str) -> HttpResponse:
    """One step of the service; then the page of the bulk change as it is now."""
    address = reverse("bulk_detail", args=[bulk.pk])
    try:
        step(request, bulk)
    except Refusal as refusal:
        return refused(request, refusal, address)
    toast(request, text)
    return after_dialog(request, address)


@require_POST
@customer_required(Permission.REQUEST_CHANGES)
def bulk_apply(request: PortalRequest, bulk_id: UUID) -> HttpResponse:
    """Apply the dry run; or go on where the work was interrupted."""
    bulk = _own_bulk(request, bulk_id)
    if change_of(bulk.change).needs_password:
        address = reverse("bulk_detail", args=[bulk.pk])
        if (password_first := step_up(request, back=address)) is not None:
            return password_first
    if "go_on" in request.POST:
        return _do(request, bulk, lambda r, b: bulks.go_on(bulk=b, by=r.actor), _("The work goes on."))
    return _do(request, bulk, lambda r, b: bulks.apply(bulk=b, by=r.actor), _("The change is being requested."))


@require_POST
@customer_required(Permission.REQUEST_CHANGES)
def bulk_drop(request: PortalRequest, bulk_id: UUID) -> HttpResponse:
    bulk = _own_bulk(request, bulk_id)
    return _do(request, bulk, lambda r, b: bulks.drop(bulk=b, by=r.actor), _("Not applied. Nothing was changed."))


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def bulk_cancel(request: PortalRequest, bulk_id: UUID) -> HttpResponse:
    """GET asks, POST takes back what was not sent."""
    bulk = _own_bulk(request, bulk_id)
    if request.method != "POST":
        context = {"bulk": bulk, "view": BulkPage(bulk, {}), "change": change_of(bulk.change)}
        return dialog(request, "bulk_cancel", context, address=reverse("bulk_detail", args=[bulk.pk]))
    text = _("What was not sent yet is cancelled.")
    return _do(request, bulk, lambda r, b: bulk_decisions.cancel_unsent(bulk=b, by=r.actor), text)


@require_POST
@customer_required(Permission.REQUEST_CHANGES)
def bulk_retry(request: PortalRequest, bulk_id: UUID) -> HttpResponse:
    """The failed lines again, as a bulk change of their own."""
    bulk = _own_bulk(request, bulk_id)
    try:
        again = bulks.retry(bulk=bulk, by=request.actor)
    except Refusal as refusal:
        return refused(request, refusal, reverse("bulk_detail", args=[bulk.pk]))
    return redirect("bulk_detail", again.pk)


@require_POST
@customer_required(Permission.MANAGE_LINES)
def bulk_approve(request: PortalRequest, bulk_id: UUID) -> HttpResponse:
    bulk = _bulk(request, bulk_id)
    text = _("Approved. The requests go on.")
    return _do(request, bulk, lambda r, b: bulk_decisions.approve(bulk=b, by=r.actor), text)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def bulk_decline(request: PortalRequest, bulk_id: UUID) -> HttpResponse:
    """GET asks why, POST says no to all of it."""
    bulk = _bulk(request, bulk_id)
    form = DeclineForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {"bulk": bulk, "change": change_of(bulk.change), "form": form}
        address = reverse("bulk_detail", args=[bulk.pk])
        status = 422 if request.method == "POST" else 200
        return dialog(request, "bulk_decline", context, address=address, status=status)
    reason = form.cleaned_data["reason"]
    text = _("Declined. Nothing was sent to the operator.")
    return _do(request, bulk, lambda r, b: bulk_decisions.decline(bulk=b, by=r.actor, reason=reason), text)


@require_POST
@customer_required(Permission.EXPORT_FLEET)
def bulk_export(request: PortalRequest, bulk_id: UUID) -> HttpResponse:
    """The outcome as Excel: at once, or the task that makes it."""
    bulk = _bulk(request, bulk_id)
    name = f"{change_of(bulk.change).title} {bulk.created_at:%Y-%m-%d}.xlsx"
    if bulk.total > EXPORT_AT_ONCE:
        job = bulks.start_outcome(bulk=bulk, file_name=name, by=request.actor)
        return redirect("job", job.pk)
    fleet_files.record_export(
        customer=request.customer, rows=bulk.total, file_format="xlsx", query=f"bulk={bulk.pk}", by=request.actor
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outcome.xlsx"
        write_outcome(path, bulk)
        return HttpResponse(path.read_bytes(), headers=download_headers(name, CONTENT_TYPES["xlsx"]))
