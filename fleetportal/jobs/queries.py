"""What the pages about background work read."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from fleetportal.jobs.models import Job, JobState
from fleetportal.jobs.registry import kinds_for

QUICK_POLLS_SECONDS = 10


def visible_jobs(membership: Any) -> QuerySet[Job]:
    """Jobs of the member's company whose kind he may see, newest first."""
    shared = Q(kind__in=kinds_for(membership))
    own = Q(kind__in=kinds_for(membership, personal=True), requested_by_id=membership.user_id)
    jobs: QuerySet[Job] = Job.objects.for_customer(membership.customer_id).filter(shared | own)
    return jobs


def open_jobs(membership: Any) -> QuerySet[Job]:
    """Those that wait or run."""
    return visible_jobs(membership).filter(state__in=[JobState.WAITING, JobState.RUNNING])


def poll_after(job: Job) -> str:
    """When a page that waits for it looks again: every second at first, then calmly."""
    age = (timezone.now() - job.created_at).total_seconds()
    return "1s" if age < QUICK_POLLS_SECONDS else "3s"
