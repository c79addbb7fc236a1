"""Whose turn it is to be asked about: what every feed of the operator (usage, invoices) shares.

When a company is asked about stands in its cursor: a worker that begins pushes the moment ahead, so no second one asks
at the same time, and one that dies is followed by another when that moment comes.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db.models import QuerySet
from django.db.models.functions import Now

from fleetportal.operators.contract import Busy, ContractError, OperatorError
from fleetportal.operators.models import FeedCursor
from fleetportal.wakeup import wake

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 60, 3600
LONGEST_CURSOR = 200
SWEEP_SIZE = 500

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of one feed. ``lease`` is longer than one answer of the operator and the keeping of it; ``trouble`` is
    what the log calls an answer that was none.
    """

    cursors: type[FeedCursor]
    task: str
    queue: str
    lease: timedelta
    trouble: str

    def wake_due(self, customers: "QuerySet[Any]") -> int:
        """Wake a worker for every one of them whose turn it is; a new one begins at once. Returns how many."""
        cursors = self.cursors.objects.across_customers(reason="the operator is asked about every company")
        self._begin(customers.exclude(pk__in=cursors.values("customer_id")))
        due = cursors.filter(due_at__lte=Now()).order_by("due_at").values_list("customer_id", flat=True)
        ids = list(due[:SWEEP_SIZE])
        for pk in ids:
            wake(self.task, pk, queue=self.queue)
        return len(ids)

    def ask_now(self, customer: Any) -> None:
        """Make it this company's turn, whatever went wrong before."""
        if not self._mine(customer).update(due_at=Now()):
            self._begin([customer])
        wake(self.task, customer.pk, queue=self.queue)

    def claim(self, customer: Any) -> str | None:
        """Where to go on, if it is the company's turn; from now on it is nobody else's."""
        if not self._mine(customer).filter(due_at__lte=Now()).update(due_at=Now() + self.lease):
            return None
        cursor: str = self._mine(customer).get().cursor
        return cursor

    def next_after(self, customer: Any, wait: timedelta) -> None:
        self._mine(customer).update(due_at=Now() + wait)

    def go_on(self, customer: Any) -> None:
        """The worker is still at it."""
        self.next_after(customer, self.lease)

    def postpone(self, customer: Any, error: OperatorError) -> None:
        """Ask again when a busy operator says so, else after a wait that grows; a breach of contract is told."""
        failures = self._mine(customer).get().failures + 1
        wait = error.retry_after if isinstance(error, Busy) else FIRST_WAIT_SECONDS * 2.0 ** min(failures - 1, 10)
        self._mine(customer).update(failures=min(failures, 30_000), error=str(error)[:500])
        self.next_after(customer, timedelta(seconds=min(max(wait, 1), LONGEST_WAIT_SECONDS)))
        tell = logger.error if isinstance(error, ContractError) else logger.warning
        tell(self.trouble, customer=customer.slug, error=type(error).__name__, failures=failures)

    def _mine(self, customer: Any) -> Any:
        return self.cursors.objects.for_customer(customer)

    def _begin(self, customers: Any) -> None:
        self.cursors.objects.bulk_create(
            [self.cursors(customer=customer) for customer in customers], ignore_conflicts=True
        )


def check_cursor(cursor: str, *, asked: str, is_last: bool) -> None:
    """Raises ``ContractError`` for a page that cannot be gone on from."""
    if not 0 < len(cursor) <= LONGEST_CURSOR:
        raise ContractError(f"a cursor has 1 to {LONGEST_CURSOR} characters, not {len(cursor)}")
    if not is_last and cursor == asked:
        raise ContractError(f"the page after {asked!r} leads to itself")
