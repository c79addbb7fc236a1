"""Invoices leave the portal as files: who took what, and the tasks that make large ones."""

from django.db import transaction
from django.db.models import Model

from accounts.models import Customer, Membership
from billing.enums import AuditKind
from billing.filters import InvoiceFilter
from billing.models import Invoice
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.jobs.models import Job
from fleetportal.jobs.services import start

EXPORT = "billing.export_invoices"


def record_export(*, customer: Customer, subject: Model, rows: int, query: str, by: Actor) -> None:
    """``subject`` is the document or the company, ``query`` what was asked for in the words of the page's address."""
    audit.record(
        AuditKind.INVOICES_EXPORTED,
        by=by,
        customer_id=customer.pk,
        subject=subject,
        after={"rows": rows, "filter": query},
    )


def start_export(*, membership: Membership, wanted: InvoiceFilter, name: str, rows: int, by: Actor) -> Job:
    """Make the list in the background, of what this member may see; ``rows`` is how many there are now."""
    customer, query = membership.customer, wanted.query()
    payload = {"query": query, "name": name, "membership": membership.pk}
    with transaction.atomic():
        record_export(customer=customer, subject=customer, rows=rows, query=query, by=by)
        return start(customer=customer, kind=EXPORT, payload=payload, by=by)


def start_lines_export(*, invoice: Invoice, name: str, rows: int, by: Actor) -> Job:
    """The lines of one document, in the background."""
    payload = {"invoice": invoice.pk, "name": name}
    with transaction.atomic():
        record_export(customer=invoice.customer, subject=invoice, rows=rows, query="", by=by)
        return start(customer=invoice.customer, kind=EXPORT, payload=payload, by=by)


def record_xml(*, invoice: Invoice, sha256: str, by: Actor) -> None:
    """Somebody took the e-invoice as it came in."""
    audit.record(
        AuditKind.INVOICE_XML_FETCHED,
        by=by,
        customer_id=invoice.customer_id,
        subject=invoice,
        after={"sha256": sha256},
    )
