"""Background work of billing: thin wrappers that a worker calls, ids only, safe to run twice and to be cut off."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.models import Customer
from billing.gateways.base import Busy, GatewayError
from billing.gateways.registry import gateway
from billing.models import Payment
from billing.services import feed, payments, reconciling
from billing.services.taking import plan_next_check
from fleetportal.operators.registry import get_operator
from fleetportal.wakeup import wake

logger = structlog.get_logger(__name__)

# How long one call is at it before it makes room for others and calls itself again.
SECONDS = 20.0
SETTLE = "billing.settle_payment"
MOST_AT_ONCE = 100
LEASE = timedelta(minutes=2)
# When the payment service does not answer, it is asked again after so long.
NO_ANSWER_WAIT = timedelta(minutes=2)


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


@shared_task(name="billing.sweep_payments", queue="orders", max_retries=0, default_retry_delay=5)
def sweep_payments() -> None:
    """A message per payment whose turn it is."""
    for key in payments.due_payments(limit=MOST_AT_ONCE, lease=LEASE):
        wake(SETTLE, key, queue="orders")


@shared_task(name=SETTLE, queue="orders", max_retries=0, default_retry_delay=5)
def settle_payment(payment_id: int) -> None:
    """How one payment stands now; what gets no answer is asked again later."""
    payment = Payment.objects.across_customers(reason="the sweep asks about payments of every company").get(
        pk=payment_id
    )
    try:
        if payments.settle_payment(payment=payment).is_open:
            plan_next_check(payment_id=payment_id)
    except GatewayError as error:
        logger.warning("payment_not_settled", payment=payment_id, error=str(error))
        wait = timedelta(seconds=error.retry_after) if isinstance(error, Busy) else NO_ANSWER_WAIT
        payments.postpone(payment_id=payment_id, until=timezone.now() + wait)


@shared_task(
    name="billing.reconcile_payments",
    queue="bulk",
    max_retries=3,
    default_retry_delay=30,
    soft_time_limit=15 * 60,
    time_limit=16 * 60,
    autoretry_for=(GatewayError,),
)
def reconcile_payments() -> None:
    """Our payments against those of the payment service, and every sum against the ledger."""
    service = gateway()
    if service is not None:
        since = timezone.now() - timedelta(days=settings.PAYMENT_RECONCILE_DAYS)
        reconciling.reconcile(service=service, since=since)
