"""Invoices as they came, what they charge, and what was paid on them; the contract they come from."""

from billing.models.contract import Contract
from billing.models.invoices import Invoice, InvoiceDocument, InvoiceLine, InvoiceVat

__all__ = ["Contract", "Invoice", "InvoiceDocument", "InvoiceLine", "InvoiceVat"]
