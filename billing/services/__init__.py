"""Everything that writes invoices, payments and what belongs to them."""
