"""What the notification centre adds to the shell: its pages, for the palette."""

from django.utils.translation import gettext_lazy as _

from fleetportal.notifications.queries import UNREAD, inbox
from fleetportal.shell.registry import FrameCount, Task

frame_counts = [FrameCount(UNREAD, lambda request: inbox(request.membership, only_unread=True))]
tasks = [
    Task(_("Notifications"), "bell", "notification_list", keywords=_("inbox messages news"), quick=False, order=92),
    Task(
        _("Notification settings"),
        "adjustments-horizontal",
        "notification_settings",
        keywords=_("mail digest preferences"),
        quick=False,
        order=93,
    ),
]
