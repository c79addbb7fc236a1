"""Group bundles as orders: what can be asked about one, and what the operator's answer makes of it."""
