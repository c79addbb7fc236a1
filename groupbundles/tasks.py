"""Background work on usage: thin wrappers that a worker calls, ids only, safe to run twice and to be cut off."""

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorError
from fleetportal.operators.registry import get_operator
from fleetportal.wakeup import wake
from groupbundles.services.usage import feed, folder, partitions, purging, set_aside

# How long one call is at it before it makes room for others and calls itself again.
SECONDS = 20.0
LIMITS = {"soft_time_limit": 90, "time_limit": 105}

logger = structlog.get_logger(__name__)


@shared_task(name="groupbundles.take_usage_files", queue="usage", max_retries=0, default_retry_delay=5, **LIMITS)
def take_usage_files() -> None:
    """What arrived in the watched folder; what takes longer is gone on with at once."""
    if settings.USAGE_FOLDER and folder.take_files(seconds=SECONDS):
        wake("groupbundles.take_usage_files", queue="usage")


@shared_task(name="groupbundles.pull_usage", queue="usage", max_retries=0, default_retry_delay=5, **LIMITS)
def pull_usage() -> None:
    """A message per company, so that one with much usage holds up no other."""
    if get_operator().capabilities().has_usage:
        for customer_id in Customer.objects.order_by("pk").values_list("pk", flat=True):
            wake("groupbundles.pull_usage_of", customer_id, queue="usage")


@shared_task(name="groupbundles.pull_usage_of", queue="usage", max_retries=0, default_retry_delay=5, **LIMITS)
def pull_usage_of(customer_id: int) -> None:
    """What the operator has that is new; trouble there is over or not at the next turn."""
    customer = Customer.objects.get(pk=customer_id)
    try:
        has_more = feed.pull(customer=customer, operator=get_operator(), seconds=SECONDS)
    except OperatorError as error:
        logger.warning("usage_not_pulled", customer=customer.slug, error=type(error).__name__)
    else:
        if has_more:
            wake("groupbundles.pull_usage_of", customer_id, queue="usage")


@shared_task(name="groupbundles.claim_usage", queue="usage", max_retries=0, default_retry_delay=5, **LIMITS)
def claim_usage() -> None:
    """Usage of numbers that have a line by now."""
    for customer in Customer.objects.order_by("pk"):
        set_aside.claim_set_aside(customer, by=Actor.system("usage"))


@shared_task(name="groupbundles.make_usage_months", queue="usage", max_retries=0, default_retry_delay=5)
def make_usage_months() -> None:
    partitions.make_ahead(timezone.now())


@shared_task(name="groupbundles.purge_old_usage", queue="usage", max_retries=0, default_retry_delay=5, **LIMITS)
def purge_old_usage() -> None:
    purging.purge_usage(now=timezone.now(), by=Actor.system("usage"))
