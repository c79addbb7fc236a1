"""Invoices as files: the list and the lines of one as Excel, the e-invoice as it came in, the PDF."""

import tempfile
from pathlib import Path
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from billing.filters import InvoiceFilter
from billing.models import Invoice, InvoiceDocument
from billing.queries.access import visible_invoices
from billing.services import exports, papers
from billing.spreadsheets.invoices import InvoicesExport, LinesExport
from fleetportal.spreadsheets.writing import CONTENT_TYPES
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.downloads import download_headers

# Spreadsheets with more rows are made by a task.
AT_ONCE = 1_000


@require_POST
@customer_required(Permission.VIEW_INVOICES)
def invoice_export(request: PortalRequest) -> HttpResponse:
    """The list that ``query`` asks for: a file, or above 1,000 rows the task that makes it."""
    wanted = InvoiceFilter.from_text(request.POST.get("query", ""))
    export = InvoicesExport(request.customer, request.membership, wanted)
    name, rows = f"{export.title}.xlsx", export.count()
    if rows > AT_ONCE:
        by = request.actor
        job = exports.start_export(membership=request.membership, wanted=wanted, name=name, rows=rows, by=by)
        return redirect("job", job.pk)
    exports.record_export(
        customer=request.customer, subject=request.customer, rows=rows, query=wanted.query(), by=request.actor
    )
    return _workbook(export, name)


@require_POST
@customer_required(Permission.VIEW_INVOICES)
def invoice_lines_export(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The lines of one document as Excel."""
    invoice = _visible(request, public_id)
    export = LinesExport(invoice)
    name, rows = f"{file_name_of(invoice)}.xlsx", export.count()
    if rows > AT_ONCE:
        job = exports.start_lines_export(invoice=invoice, name=name, rows=rows, by=request.actor)
        return redirect("job", job.pk)
    exports.record_export(customer=request.customer, subject=invoice, rows=rows, query="", by=request.actor)
    return _workbook(export, name)


@require_POST
@customer_required(Permission.VIEW_INVOICES)
def invoice_ubl(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The XML byte for byte; taking it is recorded."""
    invoice = _visible(request, public_id)
    document = get_object_or_404(InvoiceDocument.objects.for_customer(request.customer), invoice=invoice)
    exports.record_xml(invoice=invoice, sha256=document.sha256, by=request.actor)
    name = f"{file_name_of(invoice)}.xml"
    return HttpResponse(bytes(document.xml), headers=download_headers(name, "application/xml"))


@require_POST
@customer_required(Permission.VIEW_INVOICES)
def invoice_pdf(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The task that makes it; its page leads to the file a moment later."""
    invoice = _visible(request, public_id)
    job = papers.start_pdf(invoice=invoice, name=f"{file_name_of(invoice)}.pdf", by=request.actor)
    return redirect("job", job.pk)


def _visible(request: PortalRequest, public_id: UUID) -> Invoice:
    invoices = visible_invoices(request.customer, request.membership).select_related("customer")
    found: Invoice = get_object_or_404(invoices, public_id=public_id)
    return found


def file_name_of(invoice: Invoice) -> str:
    """The number as a file can be called: what file systems refuse becomes a dash."""
    return "".join(letter if letter.isalnum() or letter in "-_. " else "-" for letter in invoice.number).strip(". ")


def _workbook(export: InvoicesExport | LinesExport, name: str) -> HttpResponse:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "invoices.xlsx"
        export.write(path)
        return HttpResponse(path.read_bytes(), headers=download_headers(name, CONTENT_TYPES["xlsx"]))
