"""What background work adds to the shell: its page with how many tasks are at work, and the news of their end."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from fleetportal.jobs.models import JobState
from fleetportal.jobs.queries import open_jobs
from fleetportal.jobs.registry import kind_of
from fleetportal.jobs.services import FINISHED
from fleetportal.shell.counts import frame_count
from fleetportal.shell.registry import HELP, FrameCount, NavItem, NotificationEvent
from fleetportal.tenancy.requests import PortalRequest

AT_WORK = "jobs"


def _at_work(request: PortalRequest) -> int | None:
    return frame_count(request, AT_WORK) or None


def _title(params: Mapping[str, Any]) -> str:
    kind = kind_of(params["kind"])
    return f"{kind.label if kind else params['kind']}: {str(JobState(params['state']).label).lower()}"


def _body(params: Mapping[str, Any]) -> str:
    return str(params["file"])


frame_counts = [FrameCount(AT_WORK, lambda request: open_jobs(request.membership))]
navigation = [
    NavItem(_("Tasks"), "activity", "job_list", group=HELP, count=_at_work, count_label=_("tasks at work"), order=80),
]
notification_events = [
    NotificationEvent(
        FINISHED,
        _("A task of mine is done"),
        _("An export, import or other task that took a while has ended."),
        _title,
        _body,
        icon="activity",
        order=90,
    ),
]
