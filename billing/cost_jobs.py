"""Background work on costs: a large spreadsheet."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Membership
from accounts.permissions import Permission
from billing.cost_filters import CostFilter
from billing.enums import CostList
from billing.services.cost_exports import EXPORT
from billing.spreadsheets.costs import sheet_of
from fleetportal.jobs.models import Job
from fleetportal.jobs.registry import JobOutcome, Progress, job_kind
from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import number
from sims.jobs import temporary_file


@job_kind(EXPORT, label=gettext_lazy("Export costs"), permission=Permission.VIEW_INVOICES, is_personal=True)
def export_costs(job: Job, progress: Progress) -> JobOutcome:
    """Payload: ``what`` list, ``query`` that it answers, ``name`` of the file and the ``membership`` that asked."""
    members = Membership.objects.for_customer(job.customer).select_related("customer")
    membership = members.filter(pk=job.payload["membership"]).first()
    if membership is None:
        raise Refusal(_("Who asked for this file has no access any more."))
    wanted = CostFilter.from_text(job.payload["query"])
    sheet = sheet_of(membership, CostList(job.payload["what"]), wanted)
    if sheet is None:
        raise Refusal(_("There are no invoices any more that this file could be made of."))
    progress(0, sheet.expected)
    file = temporary_file(".xlsx")
    done = sheet.write(file, progress=lambda done: progress(done, max(done, sheet.expected)))
    message = ngettext("%(count)s row exported.", "%(count)s rows exported.", done)
    return JobOutcome(message=message % {"count": number(done)}, file=file, file_name=job.payload["name"])
