"""What the frame of every page counts, whatever app it is of, read together in one query per request."""

from typing import Any

from django.db.models import CharField, Count, QuerySet, Value

from fleetportal.shell.registry import contributions
from fleetportal.tenancy.requests import PortalRequest


def frame_count(request: PortalRequest, name: str) -> int:
    """The figure of the ``FrameCount`` with this name; for a member of a company."""
    if not hasattr(request, "_frame_counts"):
        request._frame_counts = _counts(request)  # type: ignore[attr-defined]
    found: dict[str, int] = request._frame_counts  # type: ignore[attr-defined]
    return found.get(name, 0)


def _counts(request: PortalRequest) -> dict[str, int]:
    is_overview = request.resolver_match is not None and request.resolver_match.url_name == "dashboard"
    asked = [one for one in contributions.frame_counts if is_overview or not one.for_overview]
    parts = [(one.name, rows) for one in asked if (rows := one.rows(request)) is not None]
    counted = [_counted(name, rows) for name, rows in parts]
    return dict(counted[0].union(*counted[1:], all=True)) if counted else {}


def _counted(name: str, rows: QuerySet[Any]) -> QuerySet[Any, tuple[str, int]]:
    part = Value(name, CharField())
    return rows.order_by().annotate(part=part).values("part").annotate(n=Count("pk")).values_list("part", "n")
