"""Background work on usage: thin wrappers that a worker calls, ids only, safe to run twice and to be cut off."""

import structlog
from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.registry import get_operator
from fleetportal.wakeup import wake
from groupbundles.services import alerts
from groupbundles.services.usage import feed, folder, imports, partitions, purging, set_aside

logger = structlog.get_logger(__name__)

# How long one call is at it before it makes room for others and calls itself again.
SECONDS = 20.0
# Reading a large file for the first time, and its first batch, take as long as they take.
FILE_SECONDS = 165
LIMITS = {"soft_time_limit": 90, "time_limit": 105}


@shared_task(name="groupbundles.take_usage_files", queue="usage", max_retries=0, default_retry_delay=5)
def take_usage_files() -> None:
    """What arrived in the watched folder, or was left there by a worker that died."""
    folder.sweep()


@shared_task(
    name="groupbundles.take_usage_file",
    queue="usage",
    max_retries=0,
    default_retry_delay=5,
    soft_time_limit=FILE_SECONDS,
    time_limit=FILE_SECONDS + 15,
)
def take_usage_file(customer_id: int, token: str) -> None:
    """A while of work on a claimed file, which may be longer than the broker waits: a second message finds it begun."""
    customer = Customer.objects.get(pk=customer_id)
    further = folder.take(customer=customer, token=token, seconds=SECONDS)
    if further:
        wake(folder.TASK, customer_id, further, queue="usage")
    else:
        wake("groupbundles.take_usage_files", queue="usage")


@shared_task(name="groupbundles.pull_usage", queue="usage", max_retries=0, default_retry_delay=5)
def pull_usage() -> None:
    """A message per company whose turn it is, so that one with much usage holds up no other."""
    feed.sweep()


@shared_task(name="groupbundles.pull_usage_of", queue="usage", max_retries=0, default_retry_delay=5, **LIMITS)
def pull_usage_of(customer_id: int) -> None:
    """What the operator has that is new."""
    customer = Customer.objects.get(pk=customer_id)
    if feed.pull(customer=customer, operator=get_operator(), seconds=SECONDS):
        wake(feed.TASK, customer_id, queue="usage")


@shared_task(name="groupbundles.claim_usage", queue="usage", max_retries=0, default_retry_delay=5, **LIMITS)
def claim_usage() -> None:
    """Usage of numbers that have a line by now."""
    for customer in Customer.objects.order_by("pk"):
        set_aside.claim_set_aside(customer, by=Actor.system("usage"))


@shared_task(name="groupbundles.make_usage_months", queue="usage", max_retries=0, default_retry_delay=5)
def make_usage_months() -> None:
    partitions.make_ahead(timezone.now())


@shared_task(
    name="groupbundles.purge_old_usage",
    queue="usage",
    max_retries=3,
    default_retry_delay=5,
    soft_time_limit=15 * 60,
    time_limit=16 * 60,
)
def purge_old_usage() -> None:
    """What is cut off, or begun by a second message, goes on the next night."""
    imports.end_given_up(by=Actor.system("usage"))
    purging.purge_usage(now=timezone.now(), by=Actor.system("usage"))


@shared_task(name="groupbundles.check_alert_rules", queue="usage", max_retries=3, default_retry_delay=5)
def check_alert_rules(customer_id: int) -> None:
    """What the present month says to rules that are new; after a wait that was too long the sweep comes back to it."""
    try:
        alerts.check_rules(customer_id=customer_id)
    except OperationalError as error:
        logger.warning("alert_rules_not_checked", customer_id=customer_id, error=type(error.__cause__).__name__)


@shared_task(name="groupbundles.sweep_alert_rules", queue="usage", max_retries=3, default_retry_delay=5)
def sweep_alert_rules() -> None:
    """New rules whose message or worker was lost."""
    alerts.sweep_rules()
