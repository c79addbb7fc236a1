"""Usage as files."""
