"""Asking the help desk and answering it: what is typed, checked."""
