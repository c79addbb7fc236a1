"""What invoices, payments, the contract and costs add to the shell."""

from django.utils.translation import gettext_lazy

from accounts.permissions import Permission
from billing import announcements
from billing.enums import AuditKind
from fleetportal.shell.registry import COSTS, NavItem, Task

navigation = [
    NavItem(
        gettext_lazy("Contract"),
        "file-text",
        "contract",
        group=COSTS,
        permission=Permission.VIEW_LINES,
        order=40,
        key="c",
    ),
]
tasks = [
    Task(
        gettext_lazy("See the contract"),
        "file-text",
        "contract",
        permission=Permission.VIEW_LINES,
        keywords=gettext_lazy("plans options prices bundles term notice contact tariff"),
        quick=False,
        order=60,
    ),
]
notification_events = announcements.EVENTS
audit_icons = {
    AuditKind.INVOICE_IMPORTED: "receipt-euro",
}
