"""What the page of a line offers about the number that is brought to it: correct, mandate, signed copy, claim."""

from uuid import UUID

from allauth.account.adapter import get_adapter
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from fleetportal.web.downloads import download_headers
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import toast
from fleetportal.web.pdf import render_pdf
from sims.enums import LineState
from sims.forms.port import CorrectPortForm, ScanForm
from sims.models import Line, Order, PortInRequest, PortMandate
from sims.queries.port_progress import port_progress
from sims.services.mandates import add_scan, is_unchanged
from sims.services.ports import correct_and_ask_again, mark_claimed
from sims.views.dialogs import after_dialog, dialog, leave_for, refused


def _asked(request: PortalRequest, public_id: UUID) -> PortInRequest:
    """The company's stored transfer for this line; anything else is 404."""
    asked = PortInRequest.objects.for_customer(request.customer)
    found: PortInRequest = get_object_or_404(
        asked.select_related("line__sim", "line__subscriber", "mandate", "customer"), line__public_id=public_id
    )
    return found


def _address(line: Line) -> str:
    return reverse("line_detail", args=[line.public_id])


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def port_correct(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The details as they were asked, to be corrected and sent anew."""
    asked = _asked(request, public_id)
    if asked.line.state != LineState.NEW or asked.line.open_request:
        return refused(request, Refusal(_("This transfer is going on or done already.")), _address(asked.line))
    form = CorrectPortForm(request.POST or None, asked=asked)
    if request.method == "POST" and form.is_valid():
        private = asked.line.number_provenance == "employee" and asked.line.subscriber
        try:
            correct_and_ask_again(
                line=asked.line,
                details=form.details(),
                mandate_ip=get_adapter(request).get_client_ip(request),
                language=private.language if private else formatting.language(),
                on=form.cleaned_data["day"],
                by=request.actor,
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            toast(request, _("Asked again with the corrected details."))
            return leave_for(request, _address(asked.line))
    orders = list(Order.objects.for_customer(request.customer).filter(line=asked.line).order_by("-created_at"))
    context = {
        "form": form,
        "line": asked.line,
        "port": port_progress(asked.line, orders),
        "address": _address(asked.line),
    }
    return render(request, "sims/port_correct.html", context, status=422 if form.is_bound else 200)


@require_safe
@customer_required(Permission.MANAGE_LINES)
def port_mandate(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The mandate as it was agreed to, as a PDF; never one that was changed since."""
    asked = _asked(request, public_id)
    if asked.mandate is None:
        raise Http404
    if not is_unchanged(asked.mandate):
        raise RuntimeError(f"the document of mandate {asked.mandate.public_id} is not the one that was agreed to")
    with translation.override(asked.mandate.language):
        name = _("mandate %(number)s.pdf") % {"number": asked.number.removeprefix("+")}
    return HttpResponse(_pdf(asked.mandate), headers=download_headers(name, "application/pdf"))


def _pdf(mandate: PortMandate) -> bytes:
    """With the fingerprint of the document under it."""
    line = f'<p class="muted code">SHA-256 {mandate.document_hash}</p></body>'
    return render_pdf(mandate.document.replace("</body>", line))


@require_safe
@customer_required(Permission.MANAGE_LINES)
def port_scan(request: PortalRequest, public_id: UUID) -> FileResponse:
    """The signed copy, as a file and never as a page."""
    asked = _asked(request, public_id)
    if asked.mandate is None or not asked.mandate.scan:
        raise Http404
    scan = asked.mandate
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(
        scan.scan.open("rb"), as_attachment=True, filename=scan.scan_name, content_type=scan.scan_type, headers=headers
    )


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def port_scan_add(request: PortalRequest, public_id: UUID) -> HttpResponse:
    asked = _asked(request, public_id)
    if asked.mandate is None:
        raise Http404
    form = ScanForm(request.POST, request.FILES) if request.method == "POST" else ScanForm()
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["scan"]
        kind = form.cleaned_data["content_type"]
        add_scan(asked=asked, scan=file, name=file.name or "", content_type=kind, by=request.actor)
        toast(request, _("Signed mandate added."))
        return redirect(_address(asked.line))
    context = {"form": form, "line": asked.line, "asked": asked, "address": _address(asked.line)}
    return render(request, "sims/port_scan.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def port_claim(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """GET asks, POST notes that the compensation for a late transfer was claimed."""
    asked = _asked(request, public_id)
    address = _address(asked.line)
    orders = list(Order.objects.for_customer(request.customer).filter(line=asked.line).order_by("-created_at"))
    port = port_progress(asked.line, orders)
    if port is None or not port.can_claim:
        return refused(request, Refusal(_("There is nothing to claim for this number.")), address)
    if request.method != "POST":
        return dialog(request, "port_claim", {"line": asked.line, "port": port}, address=address)
    try:
        mark_claimed(line=asked.line, by=request.actor)
    except Refusal as refusal:
        return refused(request, refusal, address)
    toast(request, _("Noted as claimed."))
    return after_dialog(request, address)
