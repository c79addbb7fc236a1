"""Invoices and costs as workbooks."""
