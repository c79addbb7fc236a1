"""Invoices as they came, what they charge, and what was paid on them; the contract they come from."""

from billing.models.contract import Contract
from billing.models.feed import BillCursor, RefusedBill
from billing.models.invoices import Invoice, InvoiceDocument, InvoiceLine, InvoiceVat

__all__ = ["BillCursor", "Contract", "Invoice", "InvoiceDocument", "InvoiceLine", "InvoiceVat", "RefusedBill"]
