"""Fixed lists of the SIM card app: states, reasons and what the audit trail knows."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SimState(models.TextChoices):
    """Where a card is in its life. A card that was replaced, lost or retired is never used again."""

    IN_STOCK = "in_stock", _("In stock")
    RESERVED = "reserved", _("Reserved")
    IN_USE = "in_use", _("In use")
    REPLACED = "replaced", _("Replaced")
    LOST = "lost", _("Lost")
    DEFECTIVE = "defective", _("Defective")
    RETIRED = "retired", _("Retired")


class LineState(models.TextChoices):
    """What the operator has confirmed about a line."""

    NEW = "new", _("Not activated")
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Blocked")
    LIMITED = "limited", _("Limited service")
    TERMINATED = "terminated", _("Terminated")


class OpenRequest(models.TextChoices):
    """What is asked for a line and not yet confirmed; kept in step with its open orders."""

    NONE = "", _("No open request")
    SCHEDULED = "scheduled", _("Scheduled")
    PENDING = "pending", _("In progress")


class NumberProvenance(models.TextChoices):
    """Whose number it was: a number the employee brought may be asked back (art. 21/1, since 1 January 2024)."""

    UNKNOWN = "unknown", _("Unknown")
    COMPANY = "company", _("From the company")
    EMPLOYEE = "employee", _("Brought by the employee")


class OrderKind(models.TextChoices):
    """What can be asked of the operator, by this app and by those above it."""

    ACTIVATE = "activate", _("Activation")
    PORT_IN = "port_in", _("Number transfer")
    SWAP = "swap", _("Replace SIM card")
    BLOCK = "block", _("Block")
    UNBLOCK = "unblock", _("Unblock")
    PLAN = "plan", _("Plan and options")
    BARRINGS = "barrings", _("Barrings")
    THIRD_PARTY_LIMIT = "third_party_limit", _("PayByMobile limit")
    ROAMING_LIMIT = "roaming_limit", _("Roaming data limit")
    BILLING_ACCOUNT = "billing_account", _("Billing account")
    SPLIT_BILL = "split_bill", _("Split bill")
    TRANSFER = "transfer", _("Hand over to an employee")
    END = "end", _("Terminate")
    RELEASE = "release", _("Release the number")
    # What these three do is told by the app of the group bundles.
    BUNDLE_NEW = "bundle_new", _("New group bundle")
    BUNDLE_CHANGE = "bundle_change", _("Change of a group bundle")
    BUNDLE_END = "bundle_end", _("End of a group bundle")


class SuspensionReason(models.TextChoices):
    """Why a line is blocked. The first three are for fleet managers to choose, the others come from the operator."""

    LOST = "lost", _("Lost")
    STOLEN = "stolen", _("Stolen")
    OTHER = "other", _("Other reason")
    SEASONAL = "seasonal", _("Not needed for a while")
    LEAVER = "leaver", _("Employee left")
    FRAUD = "fraud", _("Suspected fraud")
    NON_PAYMENT = "non_payment", _("Unpaid invoices")


class ReleaseReason(models.TextChoices):
    """To whom a number goes when the company lets it go."""

    PRIVATE = "private", _("To the employee privately")
    NEW_EMPLOYER = "new_employer", _("To the new employer")
    ASKED_BACK = "asked_back", _("Asked back by the employee")


class SwapReason(models.TextChoices):
    """Why a line gets another SIM card."""

    LOST = "lost", _("Lost")
    STOLEN = "stolen", _("Stolen")
    DEFECTIVE = "defective", _("Defective")
    NEW_FORMAT = "new_format", _("New phone or another format")
    TO_ESIM = "to_esim", _("To eSIM")
    OTHER = "other", _("Other reason")


class NoticeKind(models.TextChoices):
    """What people are told about a request."""

    SWAP = "swap", _("A SIM card is about to be replaced")


class NoticeChannel(models.TextChoices):
    """How a notice travels."""

    MAIL = "mail", _("E-mail")
    TEXT = "text", _("Text message")


class DepartureState(models.TextChoices):
    """The life of an employee's leave."""

    DRAFT = "draft", _("Draft")
    PLANNED = "planned", _("Scheduled")
    CANCELLED = "cancelled", _("Cancelled")
    DONE = "done", _("Done")


class NumberFate(models.TextChoices):
    """What becomes of a number when its employee leaves."""

    SUSPEND = "suspend", _("Block it until somebody else gets it")
    REASSIGN = "reassign", _("Give it to a colleague")
    PRIVATE = "private", _("The employee takes it along privately")
    NEW_EMPLOYER = "new_employer", _("It goes to the new employer")
    END = "end", _("Terminate it")


class DepartureItemKind(models.TextChoices):
    """What there is to do or to collect when somebody leaves."""

    DEVICE = "device", _("Collect the phone, charger and accessories")
    SIGNED_OUT = "signed_out", _("Employee signed out of private accounts on the phone")
    CARD = "card", _("Collect the SIM card")
    ESIM = "esim", _("Remove the eSIM from the phone")
    TOLD = "told", _("Employee knows what becomes of the number")
    TRANSFER_DATA = "transfer_data", _("Give the employee what the new operator needs")


class LineFactKind(models.TextChoices):
    """What the history of a line answers for any day."""

    NUMBER = "number", _("Number")
    SUBSCRIBER = "subscriber", _("Employee")
    SIM = "sim", _("SIM card")
    PLAN = "plan", _("Tariff plan")


class ConfirmationPurpose(models.TextChoices):
    """What an employee is asked: whether his details are right, or whether they may be changed."""

    CONFIRM = "confirm", _("Details")
    CHANGE = "change", _("Change of details")


class OrderState(models.TextChoices):
    """The life of an order; `sims.orders.transitions` says which step may follow which."""

    AWAITING_APPROVAL = "awaiting_approval", _("Awaiting approval")
    SCHEDULED = "scheduled", _("Scheduled")
    READY = "ready", _("Ready to send")
    SUBMITTING = "submitting", _("Being sent")
    IN_PROGRESS = "in_progress", _("In progress")
    UNKNOWN = "unknown", _("Waiting for an answer")
    NEEDS_ATTENTION = "needs_attention", _("Needs attention")
    COMPLETED = "completed", _("Completed")
    REJECTED = "rejected", _("Refused by the operator")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class BulkState(models.TextChoices):
    """How far a bulk change is; what became of its orders stands with the orders."""

    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Ready to apply")
    PLACING = "placing", _("Being requested")
    PLACED = "placed", _("Requested")
    DROPPED = "dropped", _("Not applied")
    FAILED = "failed", _("Failed")


class BulkOutcome(models.TextChoices):
    """What a bulk change means for one line; the first three are what its dry run may find."""

    CHANGE = "change", _("Will change")
    ALREADY = "already", _("Is so already")
    CANNOT = "cannot", _("Cannot change")
    REFUSED = "refused", _("Could not be requested")
    DONE = "done", _("Changed")


class SplitBillKind(models.TextChoices):
    """How the company's share of a line's cost is found."""

    FIXED_AMOUNT = "fixed_amount", _("Fixed amount paid by the company")
    PERCENTAGE = "percentage", _("Percentage paid by the company")
    PERCENTAGE_MAX = "percentage_max", _("Percentage up to a maximum")
    PER_CATEGORY = "per_category", _("Percentage per kind of cost")
    EXCEPT_USAGE = "except_usage", _("Everything except chosen usage")


class CostCategory(models.TextChoices):
    """What a line's cost is made of. Third-party services are always the employee's when the bill is split."""

    SUBSCRIPTION = "subscription", _("Subscription")
    OPTIONS = "options", _("Options")
    VOICE = "voice", _("Calls")
    SMS = "sms", _("Text messages")
    DATA = "data", _("Data")
    ROAMING = "roaming", _("Abroad")
    INTERNATIONAL = "international", _("To other countries")
    THIRD_PARTY = "third_party", _("Third-party services")


class AuditKind(models.TextChoices):
    """What can happen to SIM cards and lines."""

    CATALOGUE_IMPORTED = "catalogue.imported", _("Catalogue imported")
    FLEET_IMPORTED = "fleet.imported", _("Fleet imported")
    FLEET_EXPORTED = "fleet.exported", _("SIM cards exported")
    LINE_ADDED = "line.added", _("SIM card added")
    LINE_IMPORTED = "line.imported", _("Line taken over from a file")
    ORDER_PLACED = "order.placed", _("Request placed")
    ORDER_RESCHEDULED = "order.rescheduled", _("Date of request changed")
    ORDER_CANCELLED = "order.cancelled", _("Request cancelled")
    ORDER_COMPLETED = "order.completed", _("Request completed")
    ORDER_REJECTED = "order.rejected", _("Request refused by the operator")
    ORDER_FAILED = "order.failed", _("Request failed")
    ORDER_NEEDS_ATTENTION = "order.needs_attention", _("Request needs attention")
    ORDER_RETRIED = "order.retried", _("Request sent again")
    ORDER_APPROVED = "order.approved", _("Request approved")
    ORDER_DECLINED = "order.declined", _("Request declined")
    ORDER_CANCEL_ASKED = "order.cancel_asked", _("Asked to stop a request")
    ORDER_CANCEL_REFUSED = "order.cancel_refused", _("Too late to stop a request")
    LINE_ACTIVATED = "line.activated", _("SIM card activated")
    LINE_BLOCKED = "line.blocked", _("Line blocked")
    LINE_UNBLOCKED = "line.unblocked", _("Line unblocked")
    LINE_CARD_LOCK = "line.card_lock", _("Second person for another SIM card")
    POLICY_CHANGED = "policy.changed", _("Safety rules changed")
    ESIM_CODE_SHOWN = "esim.code_shown", _("eSIM code shown")
    ESIM_LINK_SENT = "esim.link_sent", _("eSIM link sent to the employee")
    ESIM_LINK_OPENED = "esim.link_opened", _("eSIM code opened by the employee")
    LINE_SIM_REPLACED = "line.sim_replaced", _("SIM card replaced")
    LINE_PLAN_CHANGED = "line.plan_changed", _("Plan and options changed")
    LINE_BARRINGS_CHANGED = "line.barrings_changed", _("Barrings changed")
    LINE_THIRD_PARTY_LIMIT = "line.third_party_limit", _("PayByMobile limit changed")
    LINE_ROAMING_LIMIT = "line.roaming_limit", _("Roaming data limit changed")
    LINE_ENDED = "line.ended", _("Line ended")
    HOLD_OVERRIDDEN = "line.hold_overridden", _("Number taken before the employee’s month was over")
    NUMBER_RELEASED = "line.released", _("Number released")
    LINE_TRANSFERRED = "line.transferred", _("Line handed over")
    FEED_OPENED = "calendar_feed.opened", _("Address of a calendar feed made")
    FEED_CLOSED = "calendar_feed.closed", _("Address of a calendar feed withdrawn")
    LINE_BILLING_ACCOUNT = "line.billing_account", _("Billing account changed")
    LINE_SPLIT_BILL = "line.split_bill", _("Split bill changed")
    LINE_COST_CENTRE = "line.cost_centre", _("Cost centre changed")
    SPLIT_BILL_ADDED = "split_bill.added", _("Split bill profile added")
    SPLIT_BILL_RENAMED = "split_bill.renamed", _("Split bill profile renamed")
    SPLIT_BILL_REPLACED = "split_bill.replaced", _("Split bill profile replaced")
    SPLIT_BILL_RETIRED = "split_bill.retired", _("Split bill profile retired")
    BARRING_TEMPLATE_SAVED = "barring_template.saved", _("Barring template saved")
    BARRING_TEMPLATE_REMOVED = "barring_template.removed", _("Barring template removed")
    BULK_APPLIED = "bulk.applied", _("Bulk change applied")
    BULK_CANCELLED = "bulk.cancelled", _("Bulk change cancelled")
    BULK_APPROVED = "bulk.approved", _("Bulk change approved")
    BULK_DECLINED = "bulk.declined", _("Bulk change declined")
    SUBSCRIBER_CHANGED = "subscriber.changed", _("Details of the employee changed")
    SUBSCRIBER_CONFIRMED = "subscriber.confirmed", _("Details confirmed by the employee")
    CONFIRMATION_ASKED = "confirmation.asked", _("Employee asked to confirm the details")
    CHANGE_ASKED = "change.asked", _("Employee asked to agree with a change of details")
    CHANGE_ACCEPTED = "change.accepted", _("Employee agreed with the change of details")
    CHANGE_DECLINED = "change.declined", _("Employee declined the change of details")
    CHANGE_WITHDRAWN = "change.withdrawn", _("Proposed change of details taken back")
    PORTS_ASKED = "port.several_asked", _("Several numbers asked for in one request")
    PORT_CORRECTED = "port.corrected", _("Number transfer corrected")
    PORT_LATE_CLAIMED = "port.late_claimed", _("Compensation for a late transfer claimed")
    PORT_SCAN_ADDED = "port.scan_added", _("Signed mandate added")

    PROVENANCE_RECORDED = "line.provenance", _("Whose number it is recorded")
    DEPARTURE_PLANNED = "departure.planned", _("Departure planned")
    DEPARTURE_MOVED = "departure.moved", _("Last day of employee changed")
    DEPARTURE_APPROVED = "departure.approved", _("Departure approved")
    DEPARTURE_CANCELLED = "departure.cancelled", _("Departure cancelled")
    DEPARTURE_DONE = "departure.done", _("Departure completed")
    DEPARTURE_CHECKED = "departure.checked", _("Checklist of departure changed")
    NUMBER_ASKED_BACK = "departure.asked_back", _("Employee asked the number back")
    TRANSFER_DATA_SHOWN = "departure.transfer_data", _("Transfer data shown")
    HISTORY_EVIDENCE = "history.evidence", _("Evidence made of who had a number")
    VIEW_SAVED = "view.saved", _("View saved")
    VIEW_REMOVED = "view.removed", _("View removed")


OPEN_ORDER_STATES = frozenset(
    {
        OrderState.AWAITING_APPROVAL,
        OrderState.SCHEDULED,
        OrderState.READY,
        OrderState.SUBMITTING,
        OrderState.IN_PROGRESS,
        OrderState.UNKNOWN,
        OrderState.NEEDS_ATTENTION,
    }
)
CANCELLABLE_ORDER_STATES = frozenset({OrderState.AWAITING_APPROVAL, OrderState.SCHEDULED, OrderState.READY})
OPEN_DEPARTURE_STATES = frozenset({DepartureState.DRAFT, DepartureState.PLANNED})
# The number leaves the company.
RELEASES = frozenset({NumberFate.PRIVATE, NumberFate.NEW_EMPLOYER})
