"""Pages about SIM cards and lines."""
