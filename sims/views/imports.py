"""Importing a fleet in the browser: upload, check, correct the columns if needed, import what is right."""

import tempfile
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from fleetportal.jobs.models import Job, JobState
from fleetportal.jobs.queries import poll_after
from fleetportal.spreadsheets.writing import CONTENT_TYPES
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.downloads import download_headers
from fleetportal.web.htmx import toast
from sims.forms.files import ColumnsForm, UploadForm
from sims.queries import uploads
from sims.queries.import_report import ReportPage
from sims.services import fleet_files
from sims.spreadsheets.columns import Field
from sims.spreadsheets.report import reason_label
from sims.spreadsheets.template import write_template


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.IMPORT_FLEET)
def import_fleet(request: PortalRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        check = fleet_files.start_check(customer=request.customer, upload=form.cleaned_data["file"], by=request.actor)
        return redirect("import_job", check.pk)
    return render(
        request,
        "sims/import_upload.html",
        {"form": form, "template_languages": settings.LANGUAGES},
        status=422 if form.is_bound else 200,
    )


@require_safe
@customer_required(Permission.IMPORT_FLEET)
def import_template(request: PortalRequest, language: str) -> HttpResponse:
    """The empty file in one of the languages, with the company's own plans as an example."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with tempfile.TemporaryDirectory() as folder, translation.override(language):
        path = Path(folder) / "template.xlsx"
        write_template(path, customer=request.customer, language=language)
        content = path.read_bytes()
        name = _("SIM cards to import") + ".xlsx"
    return HttpResponse(content, headers=download_headers(name, CONTENT_TYPES["xlsx"]))


@require_safe
@customer_required(Permission.IMPORT_FLEET)
def import_job(request: PortalRequest, job_id: UUID) -> HttpResponse:
    """A check or an import: how far it is, and then what came of it."""
    job = _job(request, job_id, fleet_files.CHECK, fleet_files.IMPORT)
    if not job.is_finished:
        return render(request, "sims/import_running.html", {"job": job, "poll_after": poll_after(job)})
    if job.state == JobState.FAILED:
        return render(request, "sims/import_failed.html", {"job": job})
    if job.kind == fleet_files.IMPORT:
        return render(request, "sims/import_result.html", {"job": job, "outcome": job.outcome})
    if job.outcome["missing"]:
        return redirect("import_columns", job.pk)
    return render(
        request, "sims/import_report.html", {"job": job, "report": ReportPage(job, request.GET, reason_label)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.IMPORT_FLEET)
def import_columns(request: PortalRequest, job_id: UUID) -> HttpResponse:
    """Which column of the file is what; the answer starts a new check of the same file."""
    job = _finished_check(request, job_id)
    form = ColumnsForm(job.outcome["headings"], request.POST if request.method == "POST" else None)
    if form.is_valid():
        check = fleet_files.start_check_again(check=job, mapping=form.mapping(), by=request.actor)
        return redirect("import_job", check.pk)
    missing = [str(Field(field).label) for field in job.outcome["missing"]]
    context = {"job": job, "form": form, "missing": missing}
    return render(request, "sims/import_columns.html", context, status=422 if form.is_bound else 200)


@require_POST
@customer_required(Permission.IMPORT_FLEET)
def import_start(request: PortalRequest, job_id: UUID) -> HttpResponse:
    job = _finished_check(request, job_id)
    if not uploads.is_kept(job):
        toast(request, _("The uploaded file is no longer kept. Upload it again."), tone="bad")
        return redirect("import_fleet")
    return redirect("import_job", fleet_files.start_import(check=job, by=request.actor).pk)


def _job(request: PortalRequest, job_id: UUID, *kinds: str) -> Job:
    return get_object_or_404(uploads.file_jobs(request.customer, *kinds), pk=job_id)


def _finished_check(request: PortalRequest, job_id: UUID) -> Job:
    job = _job(request, job_id, fleet_files.CHECK)
    if job.state != JobState.DONE:
        raise Http404
    return job
