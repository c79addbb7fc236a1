"""Background work on invoices: thin wrappers that a worker calls, ids only, safe to run twice and to be cut off."""

from celery import shared_task

from accounts.models import Customer
from billing.services import feed
from fleetportal.operators.registry import get_operator
from fleetportal.wakeup import wake

# How long one call is at it before it makes room for others and calls itself again.
SECONDS = 20.0


@shared_task(name="billing.pull_bills", queue="bulk", max_retries=0, default_retry_delay=5)
def pull_bills() -> None:
    """A message per company whose turn it is, so that one with large invoices holds up no other."""
    feed.sweep()


@shared_task(
    name="billing.pull_bills_of",
    queue="bulk",
    max_retries=0,
    default_retry_delay=5,
    soft_time_limit=90,
    time_limit=105,
)
def pull_bills_of(customer_id: int) -> None:
    """What the operator has that is new."""
    customer = Customer.objects.get(pk=customer_id)
    if feed.pull(customer=customer, operator=get_operator(), seconds=SECONDS):
        wake(feed.TASK, customer_id, queue=feed.QUEUE)
