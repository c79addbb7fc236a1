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
        asked.select_related("line__sim", "line__subscriber", "mandate", "batch", "customer"), line__public_id=public_id
    )
    return found


def _address(line: Line) -> str:
    return reverse("line_detail", args=[line.public_id])


def _way_back(request: PortalRequest, asked: PortInRequest) -> str:
    """The page of the line, or of the request for several numbers (``?from=request``) that one came from."""
    if asked.batch is not None and request.GET.get("from") == "request":
        return reverse("port_batch", args=[asked.batch.public_id])
    return _address(asked.line)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def port_correct(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The details as they were asked, to be corrected and sent anew."""
    asked = _asked(request, public_id)
    address = _way_back(request, asked)
    if asked.line.state != LineState.NEW or asked.line.open_request:
        return refused(request, Refusal(_("This transfer is going on or done already.")), address)
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
            return leave_for(request, address)
    orders = list(Order.objects.for_customer(request.customer).filter(line=asked.line).order_by("-created_at"))
    context = {
        "form": form,
        "line": asked.line,
        "port": port_progress(asked.line, orders),
        "address": address,
        "action": request.get_full_path(),
    }
    return render(request, "sims/port_correct.html", context, status=422 if form.is_bound else 200)


@require_safe
@customer_required(Permission.MANAGE_LINES)
def port_mandate(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The mandate as it was agreed to, as a PDF; never one that was changed since."""
    asked = _asked(request, public_id)
    if asked.mandate is None:
        raise Http404
    return mandate_pdf(asked.mandate, asked.number.removeprefix("+"))


def mandate_pdf(mandate: PortMandate, what: str) -> HttpResponse:
    """The document with its fingerprint under it; ``what`` stands in the file's name."""
    if not is_unchanged(mandate):
        raise RuntimeError(f"the document of mandate {mandate.public_id} is not the one that was agreed to")
    with translation.override(mandate.language):
        name = _("mandate %(number)s.pdf") % {"number": what}
    line = f'<p class="muted code">SHA-256 {mandate.document_hash}</p></body>'
    pdf = render_pdf(mandate.document.replace("</body>", line))
    return HttpResponse(pdf, headers=download_headers(name, "application/pdf"))


@require_safe
@customer_required(Permission.MANAGE_LINES)
def port_scan(request: PortalRequest, public_id: UUID) -> FileResponse:
    return scan_file(_asked(request, public_id).mandate)


def scan_file(mandate: PortMandate | None) -> FileResponse:
    """The signed copy, as a file and never as a page."""
    if mandate is None or not mandate.scan:
        raise Http404
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(
        mandate.scan.open("rb"),
        as_attachment=True,
        filename=mandate.scan_name,
        content_type=mandate.scan_type,
        headers=headers,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def port_scan_add(request: PortalRequest, public_id: UUID) -> HttpResponse:
    asked = _asked(request, public_id)
    return scan_page(request, asked.mandate, _address(asked.line), formatting.phone(asked.number), asked.donor)


def scan_page(
    request: PortalRequest, mandate: PortMandate | None, address: str, what: str, operator: str
) -> HttpResponse:
    """Where a signed copy of a mandate is added; ``what`` it is for, in words, and ``address`` to go back to."""
    if mandate is None:
        raise Http404
    form = ScanForm(request.POST, request.FILES) if request.method == "POST" else ScanForm()
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["scan"]
        kind = form.cleaned_data["content_type"]
        add_scan(mandate=mandate, scan=file, name=file.name or "", content_type=kind, by=request.actor)
        toast(request, _("Signed mandate added."))
        return redirect(address)
    context = {"form": form, "what": what, "operator": operator, "address": address}
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
