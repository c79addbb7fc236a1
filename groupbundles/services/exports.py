"""Usage leaves the portal as a file: who took what, and the task that makes a large one."""

from django.db import transaction
from django.db.models import Model

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.jobs.models import Job
from fleetportal.jobs.services import start
from groupbundles.enums import AuditKind
from groupbundles.filters import UsageFilter

EXPORT = "groupbundles.export_usage"


def record_export(*, customer: Customer, subject: Model, rows: int, query: str, by: Actor) -> None:
    """``subject`` is the line or the company, ``query`` what was asked for in the words of the page's address."""
    audit.record(
        AuditKind.USAGE_EXPORTED,
        by=by,
        customer_id=customer.pk,
        subject=subject,
        after={"rows": rows, "filter": query},
    )


def start_export(*, customer: Customer, wanted: UsageFilter, name: str, rows: int, by: Actor) -> Job:
    """Make the file in the background; ``rows`` is how many there are now, for the audit trail."""
    # The month is written down: the task may run in the next one.
    query = wanted.changed(month=wanted.period).query()
    with transaction.atomic():
        record_export(customer=customer, subject=customer, rows=rows, query=query, by=by)
        return start(customer=customer, kind=EXPORT, payload={"query": query, "name": name}, by=by)
