"""Writing the audit trail. Called inside the transaction of the change it describes."""

from collections.abc import Iterable, Mapping, Sequence
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
    event = _event(kind, by, customer_id, subject, label)
    event.before, event.after = dict(before or {}), dict(after or {})
    event.save(force_insert=True)
    return event


def record_each(
    kind: str,
    *,
    by: Actor,
    customer_id: int,
    subjects: Sequence[models.Model],
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
) -> None:
    """Append one event about each of ``subjects``, which all came to the same ``after`` from the same ``before``."""
    events = [_event(kind, by, customer_id, subject, "") for subject in subjects]
    for event in events:
        event.before, event.after = dict(before or {}), dict(after)
    AuditEvent.objects.bulk_create(events, batch_size=1000)


def record_many(
    kind: str,
    *,
    by: Actor,
    customer_id: int,
    changes: Iterable[tuple[models.Model, str, Mapping[str, Any]]],
) -> None:
    """Append one event per change: its subject, the subject's label and ``after``."""
    events = []
    for subject, label, after in changes:
        event = _event(kind, by, customer_id, subject, label)
        event.after = dict(after)
        events.append(event)
    AuditEvent.objects.bulk_create(events, batch_size=1000)


def _event(kind: str, by: Actor, customer_id: int | None, subject: models.Model, label: str) -> AuditEvent:
    return AuditEvent(
        kind=kind,
        customer_id=customer_id,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        subject_label=(label or str(subject))[:200],
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64],
    )
