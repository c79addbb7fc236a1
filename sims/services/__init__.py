"""The writers of the SIM card app; what is asked of the operator is placed through ``sims.orders``."""
