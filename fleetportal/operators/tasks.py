"""Background work of the operators: forget old events."""

from celery import shared_task

from fleetportal.operators import services


@shared_task(name="operators.expire_events", queue="bulk", max_retries=3, default_retry_delay=5)
def expire_events() -> None:
    services.expire()
