"""Workbooks about group bundles and usage."""
