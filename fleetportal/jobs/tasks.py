"""Celery tasks of the jobs: run one, find lost ones, remove old files.

A job may take far longer than the broker's visibility timeout, so its message comes back to a second worker while the
first is still at it. The claim in ``services.run`` turns that second run into nothing.
"""

from celery import shared_task

from fleetportal.jobs import services

SOFT_LIMIT_SECONDS = 15 * 60
HARD_LIMIT_SECONDS = 16 * 60


@shared_task(
    name="jobs.run_job",
    queue="bulk",
    max_retries=3,
    default_retry_delay=5,
    soft_time_limit=SOFT_LIMIT_SECONDS,
    time_limit=HARD_LIMIT_SECONDS,
)
def run_job(job_id: str) -> None:
    services.run(job_id)


@shared_task(name="jobs.sweep_jobs", queue="orders", max_retries=3, default_retry_delay=5)
def sweep_jobs() -> None:
    services.sweep()


@shared_task(name="jobs.expire_jobs", queue="bulk", max_retries=3, default_retry_delay=5)
def expire_jobs() -> None:
    services.expire()
