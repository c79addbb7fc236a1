"""Writing the audit trail. Called inside the transaction of the change it describes."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import models

from fleetportal.audit.actors import Actor
from fleetportal.audit.models import AuditEvent


def record(
    kind: str,
    *,
    by: Actor,
    customer_id: int | None,
    subject: models.Model,
    label: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Append one event about ``subject``; ``before`` and ``after`` hold JSON values and never a secret."""
    return AuditEvent.objects.create(
        kind=kind,
        customer_id=customer_id,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        subject_label=(label or str(subject))[:200],
        before=dict(before or {}),
        after=dict(after or {}),
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
    )
