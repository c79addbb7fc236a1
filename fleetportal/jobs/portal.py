"""What background work adds to the shell: the way to its page, with how many tasks are at work."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from fleetportal.jobs.queries import open_jobs
from fleetportal.shell.registry import HELP, NavItem


def _at_work(request: HttpRequest) -> int | None:
    return open_jobs(request.membership) or None  # type: ignore[attr-defined]


navigation = [
    NavItem(_("Tasks"), "activity", "job_list", group=HELP, count=_at_work, count_label=_("tasks at work"), order=80),
]
