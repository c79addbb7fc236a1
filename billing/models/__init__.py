"""Invoices as they came, what they charge, and what was paid on them."""

from billing.models.invoices import Invoice, InvoiceDocument, InvoiceLine, InvoiceVat

__all__ = ["Invoice", "InvoiceDocument", "InvoiceLine", "InvoiceVat"]
