"""The uploaded file behind a check or an import, and the jobs that belong to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit.models import AuditEvent
from fleetportal.jobs.models import Job
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind


def file_jobs(customer: Customer, *kinds: str) -> QuerySet[Job]:
    """The company's jobs of these kinds, newest first."""
    jobs: QuerySet[Job] = Job.objects.for_customer(customer).filter(kind__in=kinds)
    return jobs


def source_of(job: Job) -> Job | None:
    """The job that holds the uploaded file: this one, or the first check of the same file."""
    source = job.payload.get("source")
    if not source:
        return job
    return Job.objects.for_customer(job.customer_id).filter(pk=UUID(source)).first()


def is_kept(job: Job) -> bool:
    """Whether the file can still be read."""
    source = source_of(job)
    return bool(source and source.upload)


@contextmanager
def upload_of(job: Job) -> Iterator[IO[bytes]]:
    """The uploaded file, opened; refuses once it was removed."""
    source = source_of(job)
    if source is None or not source.upload:
        raise Refusal(_("The uploaded file is no longer kept. Upload it again."))
    with source.upload.open("rb") as file:
        yield file


def imported_under(customer: Customer, reference: str) -> int | None:
    """How many lines the import with this reference wrote; None when it wrote nothing."""
    events = AuditEvent.objects.filter(kind=AuditKind.FLEET_IMPORTED, customer_id=customer.pk)
    event = events.filter(after__reference=reference).first()
    return event.after["lines"] if event else None
