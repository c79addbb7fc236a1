"""Asks the audit trail whether something was recorded; a test names the kind it expects."""

from typing import Any

from django.db import models

from fleetportal.audit.models import AuditEvent


def expect_audit(
    kind: str,
    *,
    customer: Any = None,
    subject: models.Model | None = None,
    by: Any = None,
    count: int = 1,
) -> AuditEvent:
    """Exactly ``count`` events of ``kind``, narrowed to a company, a subject, a user who did it; answers the last."""
    found = AuditEvent.objects.filter(kind=kind).order_by("id")
    if customer is not None:
        found = found.filter(customer_id=customer.pk)
    if subject is not None:
        found = found.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))
    if by is not None:
        found = found.filter(actor_kind="user", actor_id=by.pk)
    events = list(found)
    everything = [f"{e.kind} {e.subject_type} {e.subject_id} by {e.actor_name}" for e in AuditEvent.objects.all()[:50]]
    assert len(events) == count, f"{len(events)} × {kind}, expected {count}; the trail holds {everything}"
    return events[-1]
