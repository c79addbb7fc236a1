"""The pages about invoices, payments, the contract and costs."""
