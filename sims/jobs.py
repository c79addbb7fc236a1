"""Background work on fleet files and employees: checking a file, importing it, exporting, reminding employees."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Permission
from fleetportal.audit.actors import Actor
from fleetportal.jobs.models import Job
from fleetportal.jobs.registry import JobOutcome, Progress, job_kind
from fleetportal.spreadsheets.memory import bounded_memory
from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import number
from sims.queries.fleet_export import lines_for_export
from sims.queries.uploads import imported_under, upload_of
from sims.services.confirmations import REMIND, remind
from sims.services.fleet_files import CHECK, EXPORT, IMPORT
from sims.services.fleet_import import import_fleet
from sims.services.simulated_fleet import tell_simulator
from sims.spreadsheets.columns import Field, Layout
from sims.spreadsheets.fleet_export import FleetExport
from sims.spreadsheets.fleet_import import FleetFile, check_fleet_file
from sims.spreadsheets.report import Report, Severity
from sims.spreadsheets.template import write_issues

# The page shows so many findings; the file to download holds all.
MOST_SHOWN = 5000


def temporary_file(suffix: str) -> Path:
    """An empty file whose owner removes it."""
    with tempfile.NamedTemporaryFile(prefix="fleetportal-", suffix=suffix, delete=False) as file:
        return Path(file.name)


@job_kind(
    CHECK,
    label=gettext_lazy("Check a fleet file"),
    permission=Permission.IMPORT_FLEET,
    template="sims/_import_checked.html",
)
def check_fleet(job: Job, progress: Progress) -> JobOutcome:
    """Payload: ``file`` (name), ``mapping`` (column → field, optional), ``source`` (the job that has the upload)."""
    checked = _checked(job, progress)
    if checked.layout.missing:
        message = _("Say which columns these are, then the file is checked.")
        return JobOutcome(message=message, details=_details(checked))
    report = checked.report
    file = None
    if report.issues:
        file = temporary_file(".xlsx")
        write_issues(file, report.issues)
    message = ngettext("%(count)s row can be imported.", "%(count)s rows can be imported.", report.imported)
    return JobOutcome(
        message=message % {"count": number(report.imported)},
        file=file,
        file_name=_("findings.xlsx") if file else "",
        details=_details(checked),
    )


@job_kind(
    IMPORT,
    label=gettext_lazy("Import a fleet"),
    permission=Permission.IMPORT_FLEET,
    template="sims/_import_done.html",
)
def import_checked_fleet(job: Job, progress: Progress) -> JobOutcome:
    """Payload as for checking. The rows are checked once more: the fleet may have changed since."""
    checked = _checked(job, lambda done, total: progress(done, 2 * total))
    lines = list(checked.lines.values())
    rows = checked.report.rows
    if not lines:
        return _imported_before(job, checked.report)
    done = import_fleet(
        customer=job.customer,
        lines=lines,
        file_name=checked.report.file,
        by=Actor(kind="user", name=job.requested_by_name, id=job.requested_by_id),
        reference=str(job.pk),
        progress=lambda done: progress(rows + done, rows + len(lines)),
    )
    tell_simulator(job.customer, lines)
    return _imported(done, checked.report)


def _imported(done: int, report: Report) -> JobOutcome:
    message = ngettext("%(count)s row imported.", "%(count)s rows imported.", done)
    return JobOutcome(
        message=message % {"count": number(done)},
        details=_counts(report) | {"imported": done, "refused": report.rows - done},
    )


def _imported_before(job: Job, report: Report) -> JobOutcome:
    """A worker that died after its commit left everything written: then that is the outcome."""
    done = imported_under(job.customer, str(job.pk))
    if done is None:
        raise Refusal(_("No row of this file can be imported any more. Check the file again."))
    return _imported(done, report)


def _checked(job: Job, progress: Progress) -> FleetFile:
    mapping = job.payload.get("mapping")
    with upload_of(job) as file, bounded_memory():
        return check_fleet_file(
            file,
            name=job.payload["file"],
            customer=job.customer,
            mapping={int(index): field for index, field in mapping.items()} if mapping is not None else None,
            progress=progress,
        )


def _counts(report: Report) -> dict[str, Any]:
    return {
        "file": report.file,
        "rows": report.rows,
        "imported": report.imported,
        "refused": report.refused,
        "warnings": report.warnings,
        "errors": report.errors,
    }


def _details(checked: FleetFile) -> dict[str, Any]:
    """What the report page shows; ``issues`` are lists [row, column, heading, severity, reason, value]."""
    issues = checked.report.issues
    per_reason = {
        severity.value: Counter(str(issue.reason) for issue in issues if issue.severity == severity)
        for severity in Severity
    }
    return _counts(checked.report) | {
        "headings": _headings(checked.layout),
        "missing": [field.value for field in checked.layout.missing],
        "reasons": {severity: dict(counter.most_common()) for severity, counter in per_reason.items()},
        "issues": [
            [issue.row, issue.index, issue.column, issue.severity.value, str(issue.reason), issue.value[:60]]
            for issue in issues[:MOST_SHOWN]
        ],
    }


def _headings(layout: Layout) -> list[dict[str, Any]]:
    return [
        {"index": h.index, "letter": h.letter, "text": h.text, "field": str(h.field), "samples": list(h.samples)}
        for h in layout.headings
    ]


@job_kind(EXPORT, label=gettext_lazy("Export SIM cards"), permission=Permission.EXPORT_FLEET)
def export_fleet(job: Job, progress: Progress) -> JobOutcome:
    """Payload: ``query`` (the list's filter), ``sel`` (ids), ``fields``, ``extras``, ``format``, ``name``."""
    payload = job.payload
    lines = lines_for_export(job.customer, QueryDict(payload["query"]), payload["sel"])
    export = FleetExport(
        lines,
        [Field(f) for f in payload["fields"]],
        customer=job.customer,
        language=job.language,
        file_format=payload["format"],
        extras=payload.get("extras", ()),
    )
    total = lines.count()
    progress(0, total)
    file = temporary_file(f".{payload['format']}")
    done = export.write(file, title=_("SIM cards"), progress=lambda done: progress(done, max(done, total)))
    message = ngettext("%(count)s SIM card exported.", "%(count)s SIM cards exported.", done)
    return JobOutcome(message=message % {"count": number(done)}, file=file, file_name=payload["name"])


@job_kind(REMIND, label=gettext_lazy("Ask employees to confirm their details"), permission=Permission.MANAGE_LINES)
def ask_employees(job: Job, progress: Progress) -> JobOutcome:
    """Payload: nothing. Run again it goes on with who was not asked yet."""
    by = Actor(kind="user", name=job.requested_by_name, id=job.requested_by_id)
    asked = remind(customer=job.customer, by=by)
    message = ngettext("%(count)s employee gets a mail.", "%(count)s employees get a mail.", asked)
    return JobOutcome(message=message % {"count": number(asked)})
