"""Pages about background work: the list, one job that shows its own progress, the file it made."""

import uuid
from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from fleetportal.jobs import queries
from fleetportal.jobs.models import Job
from fleetportal.jobs.registry import kind_of
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.htmx import is_fragment

# Each kind names its own permission; this one everybody in a company has.
ANY_MEMBER = "view_lines"
SHOWN = 50


@require_safe
@customer_required(ANY_MEMBER)
def job_list(request: PortalRequest) -> HttpResponse:
    jobs = list(queries.visible_jobs(request.membership)[:SHOWN])
    is_running = any(not job.is_finished for job in jobs)
    return render(request, "jobs/list.html", {"jobs": [_shown(job) for job in jobs], "is_running": is_running})


@require_safe
@customer_required(ANY_MEMBER)
def job(request: PortalRequest, job_id: uuid.UUID) -> HttpResponse:
    """The page; or, for HTMX, the fragment that asks for itself until the job is finished."""
    found = get_object_or_404(queries.visible_jobs(request.membership), pk=job_id)
    context = _shown(found) | {"poll_after": queries.poll_after(found)}
    return render(request, "jobs/_job.html" if is_fragment(request) else "jobs/job.html", context)


@require_safe
@customer_required(ANY_MEMBER)
def job_result(request: PortalRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """The file, always as a download; a page that says so once it was removed."""
    found = get_object_or_404(queries.visible_jobs(request.membership).exclude(result_name=""), pk=job_id)
    if not has_file(found):
        return render(request, "jobs/expired.html", _shown(found), status=410)
    return FileResponse(
        found.result.open("rb"),
        as_attachment=True,
        filename=found.result_name,
        headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"},
    )


def has_file(job: Job) -> bool:
    """Whether its result can be fetched now."""
    return bool(job.result) and (job.expires_at is None or job.expires_at > timezone.now())


def _shown(job: Job) -> dict[str, Any]:
    kind = kind_of(job.kind)
    return {
        "job": job,
        "label": kind.label if kind else job.kind,
        "details": kind.template if kind and job.is_finished and job.outcome else "",
        "has_file": has_file(job),
    }
