"""Starting the background work on fleet files, and keeping it from being started twice."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.base import File
from django.db import transaction

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.jobs.models import Job
from fleetportal.jobs.services import start
from sims.enums import AuditKind

CHECK = "sims.check_fleet"
IMPORT = "sims.import_fleet"
EXPORT = "sims.export_fleet"


def start_check(*, customer: Customer, upload: "File[bytes]", by: Actor) -> Job:
    """Keep the uploaded file and check it."""
    name = (upload.name or "").replace("\\", "/").rsplit("/", 1)[-1][:120]
    return start(customer=customer, kind=CHECK, payload={"file": name}, by=by, upload=upload)


def start_check_again(*, check: Job, mapping: Mapping[int, str], by: Actor) -> Job:
    """Check the same file with the columns as a person named them (column → field or nothing)."""
    payload = _payload(check) | {"mapping": {str(index): field for index, field in mapping.items()}}
    return start(customer=check.customer, kind=CHECK, payload=payload, by=by)


def start_import(*, check: Job, by: Actor) -> Job:
    """Import what this check found right; a second time gives the import that was started then."""
    with transaction.atomic():
        locked = Job.objects.for_customer(check.customer_id).select_for_update(of=("self",)).get(pk=check.pk)
        imports = Job.objects.for_customer(check.customer_id).filter(kind=IMPORT, payload__check=str(check.pk))
        return imports.first() or start(
            customer=check.customer, kind=IMPORT, payload=_payload(locked) | {"check": str(check.pk)}, by=by
        )


def _payload(check: Job) -> dict[str, Any]:
    return {**check.payload, "source": check.payload.get("source") or str(check.pk)}


def record_export(*, customer: Customer, rows: int, file_format: str, query: str, by: Actor) -> None:
    """A file with people's names and numbers left the portal."""
    audit.record(
        AuditKind.FLEET_EXPORTED,
        by=by,
        customer_id=customer.pk,
        subject=customer,
        after={"rows": rows, "format": file_format, "filter": query},
    )


def start_export(
    *,
    customer: Customer,
    query: str,
    selected: Sequence[str],
    fields: Sequence[str],
    file_format: str,
    file_name: str,
    rows: int,
    by: Actor,
    extras: Sequence[str] = (),
) -> Job:
    """Make the file in the background; ``rows`` is how many there are now, for the audit trail."""
    payload = {
        "query": query,
        "sel": list(selected),
        "fields": list(fields),
        "extras": list(extras),
        "format": file_format,
        "name": file_name,
    }
    with transaction.atomic():
        record_export(customer=customer, rows=rows, file_format=file_format, query=query, by=by)
        return start(customer=customer, kind=EXPORT, payload=payload, by=by)
