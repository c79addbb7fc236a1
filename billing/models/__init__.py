"""Invoices as they came, what they charge, and what was paid on them; the contract they come from."""

from billing.models.contract import Contract
from billing.models.feed import BillCursor, RefusedBill
from billing.models.invoices import Invoice, InvoiceDocument, InvoiceLine, InvoiceVat
from billing.models.payments import InvoiceBooking, Payment, PaymentRefund, PaymentShare
from billing.models.simulated import SimulatedPayment, SimulatedRefund
from billing.models.statements import BankEntry, BankStatement

__all__ = [
    "BankEntry",
    "BankStatement",
    "BillCursor",
    "Contract",
    "Invoice",
    "InvoiceBooking",
    "InvoiceDocument",
    "InvoiceLine",
    "InvoiceVat",
    "Payment",
    "PaymentRefund",
    "PaymentShare",
    "RefusedBill",
    "SimulatedPayment",
    "SimulatedRefund",
]
