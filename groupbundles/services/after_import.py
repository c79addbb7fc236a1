"""What follows from counted usage, in the transaction that counted it: what is written here is written exactly once.

Called for every batch of an import and for records that were set aside and found their line. A batch may hold tens of
thousands of records, so what is done here is done set by set; a message goes out through ``transaction.on_commit``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from groupbundles.services import alerts


@dataclass(frozen=True, slots=True)
class Counted:
    """What the counters of a company changed for: primary keys of lines, first days of months, codes of bundles."""

    customer_id: int
    lines: Sequence[int]
    periods: Sequence[date]
    bundle_codes: Sequence[str]


def after_counting(counted: Counted) -> None:
    """Look at the counters of ``counted`` as they are now, and do what they call for."""
    alerts.evaluate(
        customer_id=counted.customer_id,
        periods=counted.periods,
        lines=counted.lines,
        bundle_codes=counted.bundle_codes,
    )
