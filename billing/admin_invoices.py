"""The operator's staff: invoices of every company to look at, documents to take in, and how the feed fares."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from billing.enums import DocumentSource
from billing.forms.upload import InvoiceUploadForm
from billing.models import BillCursor, Invoice, InvoiceDocument, InvoiceLine, RefusedBill
from billing.services.feed import ask_now
from billing.services.imports import Imported, import_document
from fleetportal.audit.actors import Actor
from fleetportal.ubl.parsing import check_size
from fleetportal.web.downloads import download_headers
from fleetportal.web.errors import Refusal
from sims.admin_fleet import ReadOnlyAdmin


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: taken in, known already, or refused with the reason."""

    file_name: str
    imported: Imported | None = None
    reason: str = ""


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    """Newest received first; the button above the list takes in files."""

    list_display = (
        *("number", "kind", "customer", "issued_on", "due_on"),
        *("total", "paid", "credited", "billing_account", "imported_at"),
    )
    list_filter = ("kind", "is_direct_debit")
    list_select_related = ("customer", "billing_account")
    search_fields = ("number__istartswith", "reference__exact", "customer__slug__exact")
    ordering = ("-pk",)
    readonly_fields = ("xml", "imported_at")
    exclude = ("corrects",)

    @admin.display(description=_("document"))
    def xml(self, invoice: Invoice) -> str:
        kept = InvoiceDocument.objects.for_customer(invoice.customer_id).filter(invoice=invoice).defer("xml").first()
        if kept is None:
            return "-"
        url = reverse("admin:billing_invoice_document", args=[invoice.pk])
        return format_html('<a href="{}">{}</a> ({}, SHA-256 {})', url, kept, kept.get_source_display(), kept.sha256)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("upload/", self.admin_site.admin_view(self.upload), name="billing_invoice_upload"),
            path("<int:pk>/document/", self.admin_site.admin_view(self.download), name="billing_invoice_document"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {"may_upload": _may_upload(request)} | (extra_context or {})
        return super().changelist_view(request, context)

    def upload(self, request: HttpRequest) -> HttpResponseBase:
        """The form, and below it what became of each file."""
        if not _may_upload(request):
            raise PermissionDenied
        is_sent = request.method == "POST"
        form = InvoiceUploadForm(request.POST, request.FILES) if is_sent else InvoiceUploadForm()
        outcomes = []
        if is_sent and form.is_valid():
            by = Actor.user(request.user)
            outcomes = [_take(file, by) for file in form.cleaned_data["documents"]]
        context = self.admin_site.each_context(request) | {
            "title": _("Take in invoices"),
            "opts": self.opts,
            "form": form if not outcomes else InvoiceUploadForm(),
            "outcomes": outcomes,
        }
        return TemplateResponse(request, "admin/billing/invoice/upload.html", context)

    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The document as it came."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        documents = InvoiceDocument.objects.across_customers(reason="the operator's staff serve every company")
        kept = documents.filter(invoice=pk).select_related("invoice").first()
        if kept is None:
            raise Http404
        headers = download_headers(f"{kept.invoice.number}.xml", "application/xml")
        return HttpResponse(bytes(kept.xml), headers=headers)


def _may_upload(request: HttpRequest) -> bool:
    return request.user.has_perm("billing.add_invoice")


def _take(file: UploadedFile, by: Actor) -> Outcome:
    name = file.name or ""
    try:
        check_size(file.size or 0)
        imported = import_document(xml=file.read(), source=DocumentSource.UPLOAD, file_name=name, by=by)
    except Refusal as refusal:
        return Outcome(name, reason=str(refusal))
    return Outcome(name, imported)


@admin.register(InvoiceLine)
class InvoiceLineAdmin(ReadOnlyAdmin):
    list_display = ("invoice", "position", "description", "kind", "number", "cost_centre_code", "net", "customer")
    list_filter = ("kind",)
    list_select_related = ("customer", "invoice")
    search_fields = ("number__exact", "invoice__number__exact", "customer__slug__exact")
    ordering = ("-pk",)
    raw_id_fields = ("customer", "invoice", "line", "cost_centre")


@admin.register(RefusedBill)
class RefusedBillAdmin(ReadOnlyAdmin):
    """Documents of the feed that wait for something: an account to be added, or another document."""

    list_display = ("number", "customer", "refused_at", "reason", "reference")
    search_fields = ("number", "reference__exact", "customer__slug__exact")
    ordering = ("-refused_at",)


@admin.register(BillCursor)
class BillCursorAdmin(ReadOnlyAdmin):
    """How far the operator's invoices were fetched, per company; those that get no answer first."""

    list_display = ("customer", "checked_at", "due_at", "failures", "error")
    search_fields = ("customer__slug__exact",)
    ordering = ("-failures", "customer")
    actions = ("ask_again",)

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.change_billcursor")

    @admin.action(description=_("Ask the operator now"), permissions=["act"])
    def ask_again(self, request: HttpRequest, queryset: "QuerySet[BillCursor]") -> None:
        for cursor in queryset.select_related("customer"):
            ask_now(cursor.customer)
        self.message_user(request, _("The operator is asked for what is new."), messages.SUCCESS)
