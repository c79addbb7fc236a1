"""What people fill in about group bundles; the services write."""
