"""What this app adds to the shell."""

from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.permissions import Permission
from fleetportal.shell.registry import HELP, NavItem, Step, Task
from fleetportal.tenancy.requests import PortalRequest


def _has_colleague(request: PortalRequest) -> bool:
    customer = request.customer
    return queries.people_of(customer).count() > 1 or queries.open_invitations(customer).exists()


navigation = [
    NavItem(_("Fleet managers"), "users", "people", group=HELP, permission=Permission.VIEW_PEOPLE, order=60),
]
tasks = [
    Task(
        _("Invite a fleet manager"),
        "user-plus",
        "invite",
        permission=Permission.MANAGE_PEOPLE,
        keywords=_("colleague user invitation"),
        quick=False,
        order=60,
    ),
]
getting_started = [
    Step(
        _("Invite a colleague"),
        _("So that somebody can take over when you are away."),
        "invite",
        _has_colleague,
        permission=Permission.MANAGE_PEOPLE,
        order=20,
    ),
]
