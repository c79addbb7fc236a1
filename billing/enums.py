"""Fixed lists of billing: what a document is, what a line of it charges, how a payment stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class InvoiceKind(models.TextChoices):
    """What a document asks for: money, or gives it back."""

    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


class InvoiceState(models.TextChoices):
    """How an invoice stands today; worked out from its amounts and due day, never stored."""

    OVERDUE = "overdue", _("Overdue")
    OPEN = "open", _("To be paid")
    DEBIT = "debit", _("Direct debit")
    PAID = "paid", _("Paid")


class ChargeKind(models.TextChoices):
    """What a line of an invoice charges, as far as the portal can tell."""

    PLAN = "plan", _("Subscriptions")
    OPTION = "option", _("Options")
    BUNDLE = "bundle", _("Group bundles")
    USAGE = "usage", _("Use outside the bundle")
    THIRD_PARTY = "third_party", _("Services of third parties")
    ONE_OFF = "one_off", _("One-off costs")
    OTHER = "other", _("Other")


class CostCause(models.TextChoices):
    """Why a month costs more or less than the one before; together they are the whole difference."""

    NEW = "new", _("New lines")
    ENDED = "ended", _("Ended lines")
    PLAN = "plan", _("Other plans")
    OPTION = "option", _("Options")
    BUNDLE = "bundle", _("Group bundles")
    USAGE = "usage", _("Use outside the bundle")
    THIRD_PARTY = "third_party", _("Services of third parties")
    ONE_OFF = "one_off", _("One-off costs")
    PRICE = "price", _("Other prices")
    PART = "part", _("Parts of a month")
    MOVED = "moved", _("Moved to or from elsewhere")
    CREDIT = "credit", _("Credit notes")
    DOCUMENT = "document", _("Discounts and fees on whole invoices")
    OTHER = "other", _("Other")


class CostList(models.TextChoices):
    """What can be taken out as a workbook, by its name."""

    COSTS = "costs", _("Costs")
    CHANGES = "changes", _("Changes of costs")
    UNUSED = "unused", _("Lines without use")
    SPLIT = "split", _("Split bill")


class DocumentSource(models.TextChoices):
    """How a document came in."""

    FILE = "file", _("File")
    UPLOAD = "upload", _("Upload by staff")
    FEED = "feed", _("Operator")


class PaymentState(models.TextChoices):
    """How a payment stands, as the payment service last said when it was asked."""

    NEW = "new", _("Being prepared")
    OPEN = "open", _("Started")
    PENDING = "pending", _("Waiting for the bank")
    PAID = "paid", _("Paid")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")

    @property
    def is_final(self) -> bool:
        return self not in {PaymentState.NEW, PaymentState.OPEN, PaymentState.PENDING}


class PaymentMode(models.TextChoices):
    """Whether money moves."""

    TEST = "test", _("Test")
    LIVE = "live", _("Real")


class PaymentProblem(models.TextChoices):
    """Why an answer about a payment was not believed; nothing is booked until a person looked."""

    AMOUNT = "amount", _("The payment service names another amount")
    CURRENCY = "currency", _("The payment service names another currency")
    MODE = "mode", _("A test payment stands for a real one, or the other way round")
    METADATA = "metadata", _("The payment service says that it belongs to something else")
    MISSING = "missing", _("The payment service does not know it")


class RefundState(models.TextChoices):
    """How far a refund is that the operator's staff asked for."""

    NEW = "new", _("Being asked")
    ASKED = "asked", _("Asked")
    REFUSED = "refused", _("Refused")
    UNKNOWN = "unknown", _("No answer: look at the payment service")
    CHECKED = "checked", _("No answer, looked up by staff")


class BookingKind(models.TextChoices):
    """What money on an invoice came from, or why it went back."""

    PAYMENT = "payment", _("Online payment")
    GIVEN_BACK = "given_back", _("Refund or chargeback")
    RESTORED = "restored", _("Refund or chargeback undone")
    TRANSFER = "transfer", _("Bank transfer")
    TRANSFER_UNDONE = "undone", _("Match of a bank transfer undone")


class EntryState(models.TextChoices):
    """What became of a line of a bank statement."""

    OPEN = "open", _("To be matched")
    MATCHED = "matched", _("Matched")
    SET_ASIDE = "set_aside", _("Not for an invoice")


class AuditKind(models.TextChoices):
    """What can happen to invoices, payments and costs."""

    INVOICE_IMPORTED = "invoice.imported", _("Invoice received")
    INVOICES_EXPORTED = "invoices.exported", _("Invoices exported to a file")
    INVOICE_PDF_MADE = "invoice.pdf_made", _("PDF of an invoice made")
    INVOICE_XML_FETCHED = "invoice.xml_fetched", _("E-invoice downloaded")
    COSTS_EXPORTED = "costs.exported", _("Costs exported to a file")
    PAYMENT_STARTED = "payment.started", _("Payment started")
    PAYMENT_PAID = "payment.paid", _("Payment received")
    PAYMENT_FAILED = "payment.failed", _("Payment failed")
    PAYMENT_CANCELLED = "payment.cancelled", _("Payment cancelled")
    PAYMENT_EXPIRED = "payment.expired", _("Payment expired")
    PAYMENT_DOUBTED = "payment.doubted", _("Payment does not fit what was asked")
    PAYMENT_GIVEN_BACK = "payment.given_back", _("Payment given back")
    REFUND_ASKED = "payment.refund_asked", _("Refund asked")
    STATEMENT_IMPORTED = "bank.statement_imported", _("Bank statement imported")
    TRANSFER_BOOKED = "bank.transfer_booked", _("Bank transfer booked on an invoice")
    TRANSFER_UNDONE = "bank.transfer_undone", _("Match of a bank transfer undone")
    TRANSFER_SET_ASIDE = "bank.transfer_set_aside", _("Bank transfer is not for an invoice")
