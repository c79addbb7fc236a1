"""What people fill in about group bundles and usage; the services write."""
