"""Invoices and credit notes in UBL 2.1: read safely, checked against the official rules, and written."""
