"""Bulk changes: what can be asked for many lines at once, what that means for each line, and carrying it out."""
