"""What background work adds to the shell: the way to its page, with how many tasks are at work."""

from django.utils.translation import gettext_lazy as _

from fleetportal.jobs.queries import open_jobs
from fleetportal.shell.registry import HELP, NavItem
from fleetportal.tenancy.requests import PortalRequest


def _at_work(request: PortalRequest) -> int | None:
    return open_jobs(request.membership) or None


navigation = [
    NavItem(_("Tasks"), "activity", "job_list", group=HELP, count=_at_work, count_label=_("tasks at work"), order=80),
]
