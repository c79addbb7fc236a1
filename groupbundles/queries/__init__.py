"""What the pages about group bundles and usage read."""
