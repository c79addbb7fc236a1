"""What invoices, payments and costs add to the shell."""

from billing import announcements
from billing.enums import AuditKind

notification_events = announcements.EVENTS
audit_icons = {
    AuditKind.INVOICE_IMPORTED: "receipt-euro",
}
