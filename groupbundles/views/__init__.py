"""Pages about group bundles and usage."""
