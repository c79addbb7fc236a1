"""What a role may do. The only place where roles and permissions meet."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(models.TextChoices):
    """One right inside one company."""

    VIEW_LINES = "view_lines", _("see SIM cards and lines")
    REQUEST_CHANGES = "request_changes", _("ask for changes of SIM cards and lines")
    MANAGE_LINES = "manage_lines", _("add and change SIM cards and lines")
    IMPORT_FLEET = "import_fleet", _("import a fleet from a file")
    MANAGE_POLICY = "manage_policy", _("decide about the safety rules of the company")
    EXPORT_FLEET = "export_fleet", _("export SIM cards to a file")
    VIEW_USAGE_RECORDS = "view_usage_records", _("see single usage records, where the company switched them on")
    VIEW_INVOICES = "view_invoices", _("see invoices and costs")
    PAY_INVOICES = "pay_invoices", _("pay invoices")
    VIEW_TICKETS = "view_tickets", _("see tickets")
    OPEN_TICKETS = "open_tickets", _("ask the help desk")
    VIEW_PEOPLE = "view_people", _("see who manages the fleet")
    MANAGE_PEOPLE = "manage_people", _("invite and remove fleet managers")


class Role(models.TextChoices):
    """What a person is in one company."""

    OWNER = "owner", _("Main fleet manager")
    MANAGER = "manager", _("Fleet manager")
    BILLING = "billing", _("Billing manager")
    REQUESTER = "requester", _("Requester")
    VIEWER = "viewer", _("Read only")


_READ = frozenset({Permission.VIEW_LINES, Permission.EXPORT_FLEET, Permission.VIEW_TICKETS, Permission.VIEW_PEOPLE})

PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.VIEWER: _READ | {Permission.VIEW_INVOICES},
    Role.BILLING: _READ | {Permission.VIEW_INVOICES, Permission.PAY_INVOICES, Permission.OPEN_TICKETS},
    # What a requester asks waits until somebody who may change lines approves it.
    Role.REQUESTER: _READ | {Permission.REQUEST_CHANGES, Permission.OPEN_TICKETS},
    Role.MANAGER: _READ
    | {
        Permission.REQUEST_CHANGES,
        Permission.MANAGE_LINES,
        Permission.IMPORT_FLEET,
        Permission.VIEW_USAGE_RECORDS,
        Permission.VIEW_INVOICES,
        Permission.PAY_INVOICES,
        Permission.OPEN_TICKETS,
    },
    Role.OWNER: frozenset(Permission),
}
