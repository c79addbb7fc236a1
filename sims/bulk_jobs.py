"""Background work on bulk changes: the dry run of many lines, asking for them, deciding about them."""

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Permission
from fleetportal.audit.actors import Actor
from fleetportal.jobs.models import Job
from fleetportal.jobs.registry import JobOutcome, Progress, job_kind
from fleetportal.spreadsheets.memory import bounded_memory
from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import number
from sims.bulk.selection import FILE
from sims.jobs import temporary_file
from sims.models import BulkChange
from sims.queries.uploads import upload_of
from sims.services import bulk as bulk_changes
from sims.services import bulk_decisions, bulk_rows
from sims.spreadsheets.bulk_change import read_bulk_file
from sims.spreadsheets.bulk_outcome import write_outcome

TEMPLATE = "sims/bulk/_job.html"


@job_kind(
    bulk_changes.CHECK,
    label=gettext_lazy("Dry run of a bulk change"),
    permission=Permission.VIEW_LINES,
    template=TEMPLATE,
)
def check_bulk(job: Job, progress: Progress) -> JobOutcome:
    """Payload: ``bulk``. The upload, if any, is the workbook."""
    bulk = _bulk(job)
    try:
        rows = None
        if bulk.selection["scope"] == FILE:
            with upload_of(job) as file, bounded_memory():
                rows = read_bulk_file(
                    file, name=bulk.selection["file"], change=bulk.change, customer=bulk.customer, progress=progress
                )
        bulk_changes.check(bulk_id=bulk.pk, rows=rows, progress=progress)
    except Refusal as refusal:
        bulk_changes.fail(bulk_id=bulk.pk, message=str(refusal))
        raise
    bulk.refresh_from_db()
    message = ngettext("%(count)s line would change.", "%(count)s lines would change.", bulk.changing)
    return JobOutcome(message=message % {"count": number(bulk.changing)}, details={"bulk": str(bulk.pk)})


@job_kind(
    bulk_changes.PLACE,
    label=gettext_lazy("Bulk change"),
    permission=Permission.VIEW_LINES,
    template=TEMPLATE,
)
def place_bulk(job: Job, progress: Progress) -> JobOutcome:
    """Payload: ``bulk``. Rights are read again; each line is judged again."""
    bulk = _bulk(job)
    try:
        bulk_rows.place(bulk_id=bulk.pk, progress=progress)
    except Refusal as refusal:
        bulk_changes.fail(bulk_id=bulk.pk, message=str(refusal))
        raise
    return JobOutcome(message=_("Everything was requested."), details={"bulk": str(bulk.pk)})


@job_kind(
    bulk_decisions.DECIDE,
    label=gettext_lazy("Decision about a bulk change"),
    permission=Permission.VIEW_LINES,
    template=TEMPLATE,
)
def decide_bulk(job: Job, progress: Progress) -> JobOutcome:
    """Payload: ``bulk``, ``step`` (cancel, approve or decline), ``reason``."""
    done = bulk_decisions.carry_out(
        customer=job.customer,
        bulk_id=UUID(job.payload["bulk"]),
        step=job.payload["step"],
        reason=job.payload["reason"],
        by=Actor(kind="user", name=job.requested_by_name, id=job.requested_by_id),
        progress=progress,
    )
    message = ngettext("Done for %(count)s line.", "Done for %(count)s lines.", done)
    return JobOutcome(message=message % {"count": number(done)}, details={"bulk": job.payload["bulk"]})


@job_kind(
    bulk_changes.OUTCOME,
    label=gettext_lazy("Outcome of a bulk change"),
    permission=Permission.EXPORT_FLEET,
)
def write_bulk_outcome(job: Job, progress: Progress) -> JobOutcome:
    """Payload: ``bulk``, ``name`` of the file."""
    bulk = _bulk(job)
    file = temporary_file(".xlsx")
    done = write_outcome(file, bulk, progress=lambda done: progress(done, max(done, bulk.total)))
    message = ngettext("%(count)s line exported.", "%(count)s lines exported.", done)
    return JobOutcome(message=message % {"count": number(done)}, file=file, file_name=job.payload["name"])


def _bulk(job: Job) -> BulkChange:
    bulk: BulkChange = (
        BulkChange.objects.for_customer(job.customer_id).select_related("customer").get(pk=UUID(job.payload["bulk"]))
    )
    return bulk
