"""The pages about group bundles and usage."""
