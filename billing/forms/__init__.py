"""Forms of invoices and payments."""
