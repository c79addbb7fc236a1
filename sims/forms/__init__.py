"""What people type about SIM cards and lines. Forms check and translate; ``sims.services`` writes."""
