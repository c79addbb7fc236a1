"""Background work on usage: a large spreadsheet."""

from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Permission
from fleetportal.jobs.models import Job
from fleetportal.jobs.registry import JobOutcome, Progress, job_kind
from fleetportal.web.formatting import number
from groupbundles.filters import UsageFilter
from groupbundles.queries.freshness import freshness
from groupbundles.services.exports import EXPORT
from groupbundles.spreadsheets.company_usage import UsageExport
from sims.jobs import temporary_file


@job_kind(EXPORT, label=gettext_lazy("Export usage"), permission=Permission.EXPORT_FLEET)
def export_usage(job: Job, progress: Progress) -> JobOutcome:
    """Payload: ``query`` (what the list asked for) and ``name`` of the file."""
    export = UsageExport(job.customer, UsageFilter.from_text(job.payload["query"]), freshness(job.customer))
    total = export.count()
    progress(0, total)
    file = temporary_file(".xlsx")
    done = export.write(file, progress=lambda done: progress(done, max(done, total)))
    message = ngettext("%(count)s line exported.", "%(count)s lines exported.", done)
    return JobOutcome(message=message % {"count": number(done)}, file=file, file_name=job.payload["name"])
