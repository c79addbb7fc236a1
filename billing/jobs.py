"""Background work on invoices: large spreadsheets, and every PDF."""

from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Membership
from accounts.permissions import Permission
from billing.filters import InvoiceFilter
from billing.models import Invoice
from billing.paper import invoice_pdf
from billing.services.exports import EXPORT
from billing.services.papers import PDF
from billing.spreadsheets.invoices import InvoicesExport, LinesExport, Tell
from fleetportal.jobs.models import Job
from fleetportal.jobs.registry import JobOutcome, Progress, job_kind
from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import number
from sims.jobs import temporary_file


class Export(Protocol):
    def count(self) -> int: ...

    def write(self, path: Path, *, progress: Tell) -> int: ...


@job_kind(EXPORT, label=gettext_lazy("Export invoices"), permission=Permission.VIEW_INVOICES, is_personal=True)
def export_invoices(job: Job, progress: Progress) -> JobOutcome:
    """Payload: ``name`` of the file and either ``invoice``, or ``query`` and the ``membership`` that asked."""
    export = _export(job)
    total = export.count()
    progress(0, total)
    file = temporary_file(".xlsx")
    done = export.write(file, progress=lambda done: progress(done, max(done, total)))
    message = ngettext("%(count)s row exported.", "%(count)s rows exported.", done)
    return JobOutcome(message=message % {"count": number(done)}, file=file, file_name=job.payload["name"])


def _export(job: Job) -> Export:
    if "invoice" in job.payload:
        invoices = Invoice.objects.for_customer(job.customer)
        return LinesExport(invoices.get(pk=job.payload["invoice"]))
    members = Membership.objects.for_customer(job.customer).select_related("customer")
    membership = members.filter(pk=job.payload["membership"]).first()
    if membership is None:
        raise Refusal(_("Who asked for this file has no access any more."))
    return InvoicesExport(job.customer, membership, InvoiceFilter.from_text(job.payload["query"]))


@job_kind(PDF, label=gettext_lazy("PDF of an invoice"), permission=Permission.VIEW_INVOICES, is_personal=True)
def make_pdf(job: Job, progress: Progress) -> JobOutcome:
    """Payload: ``invoice`` and ``name`` of the file."""
    invoices = Invoice.objects.for_customer(job.customer).select_related("customer", "billing_account")
    invoice = invoices.get(pk=job.payload["invoice"])
    file = temporary_file(".pdf")
    try:
        file.write_bytes(invoice_pdf(invoice, progress=progress))
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    message = _("%(document)s is ready.") % {"document": f"{invoice.get_kind_display()} {invoice.number}"}
    return JobOutcome(message=message, file=file, file_name=job.payload["name"])
