"""The PDF of an invoice, made by a task."""

from django.db import transaction
from django.utils import translation

from billing.enums import AuditKind
from billing.models import Invoice
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.jobs.models import Job
from fleetportal.jobs.services import start

PDF = "billing.invoice_pdf"


def start_pdf(*, invoice: Invoice, name: str, by: Actor) -> Job:
    """Make the document in the active language; what was paid by then stands in it."""
    with transaction.atomic():
        audit.record(
            AuditKind.INVOICE_PDF_MADE,
            by=by,
            customer_id=invoice.customer_id,
            subject=invoice,
            after={"language": translation.get_language()},
        )
        return start(customer=invoice.customer, kind=PDF, payload={"invoice": invoice.pk, "name": name}, by=by)
