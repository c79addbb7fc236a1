"""What pages about invoices, payments and costs read."""
