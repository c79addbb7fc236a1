"""What the pages about SIM cards and lines read."""
