"""The writers of the group bundles; what is asked of the operator is placed through ``sims.orders``."""
