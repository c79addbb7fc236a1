"""Attackers use up rate limits; each test starts with none counted."""

from tests.accounts.conftest import no_attempts_so_far

__all__ = ["no_attempts_so_far"]
