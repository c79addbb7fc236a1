"""Costs leave the portal as a file: who took what, and the task that makes a large one."""

from django.db import transaction

from accounts.models import Customer, Membership
from billing.cost_filters import CostFilter
from billing.enums import AuditKind, CostList
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.jobs.models import Job
from fleetportal.jobs.services import start

EXPORT = "billing.export_costs"


def record_export(*, customer: Customer, what: CostList, query: str, rows: int, by: Actor) -> None:
    """``query`` is what was asked for in the words of the page's address."""
    audit.record(
        AuditKind.COSTS_EXPORTED,
        by=by,
        customer_id=customer.pk,
        subject=customer,
        after={"list": what.value, "rows": rows, "filter": query},
    )


def start_export(*, membership: Membership, what: CostList, wanted: CostFilter, name: str, rows: int, by: Actor) -> Job:
    """Make the file in the background, of what this member may see; ``rows`` is how many there are now."""
    customer, query = membership.customer, wanted.query()
    payload = {"what": what.value, "query": query, "name": name, "membership": membership.pk}
    with transaction.atomic():
        record_export(customer=customer, what=what, query=query, rows=rows, by=by)
        return start(customer=customer, kind=EXPORT, payload=payload, by=by)
