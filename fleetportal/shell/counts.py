"""What the frame of every page counts, read together in one query per request."""

from typing import Any

from django.db.models import Count, QuerySet, Value

from fleetportal.jobs.queries import open_jobs
from fleetportal.notifications.queries import inbox
from fleetportal.tenancy.requests import PortalRequest

JOBS, UNREAD = "jobs", "unread"


def frame_count(request: PortalRequest, part: str) -> int:
    """How many tasks are at work (``JOBS``), how much the person has not read (``UNREAD``); for a member."""
    if not hasattr(request, "_frame_counts"):
        request._frame_counts = _counts(request.membership)  # type: ignore[attr-defined]
    found: dict[str, int] = request._frame_counts  # type: ignore[attr-defined]
    return found.get(part, 0)


def _counts(membership: Any) -> dict[str, int]:
    unread = _counted(inbox(membership, only_unread=True), UNREAD)
    return dict(_counted(open_jobs(membership), JOBS).union(unread, all=True))


def _counted(rows: QuerySet[Any], part: str) -> QuerySet[Any, tuple[str, int]]:
    return rows.order_by().annotate(part=Value(part)).values("part").annotate(n=Count("pk")).values_list("part", "n")
