"""A request for several numbers after it was sent: how far each number is, and deciding about all of it at once."""

from collections.abc import Callable
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import layout, toast
from sims.forms.orders import DeclineForm
from sims.forms.port_questions import QUESTIONS
from sims.models import PortBatch, PortInRequest, PortMandate
from sims.queries.port_batches import batch_progress
from sims.services.port_batches import approve_batch, decline_batch, stop_batch
from sims.views import fleet_list
from sims.views.dialogs import after_dialog, dialog, refused
from sims.views.ports import mandate_pdf, scan_file, scan_page


@require_safe
@customer_required(Permission.VIEW_LINES)
def port_batch(request: PortalRequest, batch_id: UUID) -> HttpResponse:
    """Every number with its stage; a draft of one's own leads to the question it waits at."""
    batch = _own(request, batch_id)
    if batch.sent_at is None:
        if batch.owner_id != request.user.pk:
            raise Http404
        return redirect("port_question", batch_id, QUESTIONS[batch.reached].slug)
    progress = batch_progress(request.customer, batch_id)
    is_own = batch.asked_by_id == request.user.pk
    rights = fleet_list.rights(request)
    context = {
        "layout": layout(request, "ports"),
        "progress": progress,
        "batch": batch,
        "is_own": is_own,
        "may_approve": bool(progress.awaits) and rights["can_manage"] and not is_own,
        "may_stop": progress.can_stop and _may_stop(request, batch),
        **rights,
    }
    return render(request, "sims/port/batch.html", context)


def _own(request: PortalRequest, batch_id: UUID) -> PortBatch:
    batch: PortBatch = get_object_or_404(PortBatch.objects.for_customer(request.customer), public_id=batch_id)
    return batch


def _sent(request: PortalRequest, batch_id: UUID) -> tuple[PortBatch, str]:
    batch = _own(request, batch_id)
    if batch.sent_at is None:
        raise Http404
    return batch, reverse("port_batch", args=[batch_id])


def _may_stop(request: PortalRequest, batch: PortBatch) -> bool:
    """Who may change lines, and who asked it himself."""
    membership = request.membership
    is_own = batch.asked_by_id == request.user.pk and membership.can(Permission.REQUEST_CHANGES)
    return membership.can(Permission.MANAGE_LINES) or is_own


@require_safe
@customer_required(Permission.MANAGE_LINES)
def port_batch_mandate(request: PortalRequest, batch_id: UUID) -> HttpResponse:
    """The one mandate for all numbers, as it was agreed to."""
    mandate = _mandate(request, batch_id)
    return mandate_pdf(mandate, str(batch_id)[:8])


@require_safe
@customer_required(Permission.MANAGE_LINES)
def port_batch_scan(request: PortalRequest, batch_id: UUID) -> FileResponse:
    return scan_file(_mandate(request, batch_id))


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def port_batch_scan_add(request: PortalRequest, batch_id: UUID) -> HttpResponse:
    """One signed copy for all numbers."""
    mandate = _mandate(request, batch_id)
    asked = PortInRequest.objects.for_customer(request.customer).filter(batch__public_id=batch_id)
    n = asked.count()
    what = ngettext("%(n)s number", "%(n)s numbers", n) % {"n": n}
    donor = str(asked.values_list("donor", flat=True).first())
    return scan_page(request, mandate, reverse("port_batch", args=[batch_id]), what, donor)


def _mandate(request: PortalRequest, batch_id: UUID) -> PortMandate:
    mandates = PortMandate.objects.for_customer(request.customer)
    mandate: PortMandate = get_object_or_404(mandates, batch__public_id=batch_id)
    return mandate


@require_POST
@customer_required(Permission.MANAGE_LINES)
def port_approve(request: PortalRequest, batch_id: UUID) -> HttpResponse:
    batch, address = _sent(request, batch_id)

    def act() -> str:
        n = approve_batch(batch=batch, by=request.actor)
        return ngettext("Approved. The transfer goes on.", "Approved. %(n)s transfers go on.", n) % {"n": n}

    return _carried_out(request, address, act)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def port_decline(request: PortalRequest, batch_id: UUID) -> HttpResponse:
    """GET asks why, POST says no to all that waits."""
    batch, address = _sent(request, batch_id)
    form = DeclineForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return dialog(request, "port_decline", {"batch": batch, "form": form}, address=address, status=status)

    def act() -> str:
        decline_batch(batch=batch, reason=form.cleaned_data["reason"], by=request.actor)
        return _("Declined. Nothing was sent to the operator.")

    return _carried_out(request, address, act)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def port_stop(request: PortalRequest, batch_id: UUID) -> HttpResponse:
    """GET asks, POST takes back whatever can still be stopped."""
    batch, address = _sent(request, batch_id)
    if not _may_stop(request, batch):
        raise PermissionDenied("a request of somebody else")
    if request.method != "POST":
        return dialog(request, "port_stop", {"batch": batch}, address=address)

    def act() -> str:
        done = stop_batch(batch=batch, by=request.actor)
        if done.asked:
            return _("The operator was asked to stop what it has already. This page tells what it answers.")
        return ngettext("%(n)s transfer cancelled.", "%(n)s transfers cancelled.", done.cancelled) % {
            "n": done.cancelled
        }

    return _carried_out(request, address, act)


def _carried_out(request: PortalRequest, address: str, act: Callable[[], str]) -> HttpResponse:
    """Do it and say so on the page it was asked on; a refusal tells why it cannot be done any more."""
    try:
        text = act()
    except Refusal as refusal:
        return refused(request, refusal, address)
    toast(request, text)
    return after_dialog(request, address)
