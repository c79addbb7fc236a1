"""What the notification centre adds to the shell: its pages, for the palette."""

from django.utils.translation import gettext_lazy as _

from fleetportal.shell.registry import Task

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
