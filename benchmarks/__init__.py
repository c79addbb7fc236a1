"""Ratios against what others reach on the same machine in the same run; ``make bench`` runs them."""
