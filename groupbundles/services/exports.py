"""That figures of usage left the portal as a file: who took which."""

from django.db.models import Model

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from groupbundles.enums import AuditKind


def record_export(*, customer: Customer, subject: Model, rows: int, query: str, by: Actor) -> None:
    """``subject`` is the line or the company, ``query`` what was asked for in the words of the page's address."""
    audit.record(
        AuditKind.USAGE_EXPORTED,
        by=by,
        customer_id=customer.pk,
        subject=subject,
        after={"rows": rows, "filter": query},
    )
