"""The life of a job: started, claimed by one worker at a time, finished, and forgotten after a while."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path, PurePath
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from fleetportal.audit.actors import Actor
from fleetportal.jobs.models import Job, JobState
from fleetportal.jobs.progress import LEASE, ProgressWriter
from fleetportal.jobs.registry import JobKind, JobLost, JobOutcome, kind_of
from fleetportal.notifications.services import notify
from fleetportal.wakeup import wake
from fleetportal.web.errors import Refusal

MAX_ATTEMPTS = 3
ROWS_KEPT = timedelta(days=30)
# How long a woken worker gets before the sweep calls again.
FIRST_CALL = timedelta(seconds=30)
NEXT_CALL = timedelta(minutes=2)
SWEEP_SIZE = 100
FINISHED = "jobs.finished"
# A job that ends sooner is told nobody: who started it still sees its page.
PATIENCE = timedelta(seconds=30)

logger = structlog.get_logger(__name__)


def start(
    *,
    customer: Any,
    kind: str,
    payload: Mapping[str, Any],
    by: Actor,
    upload: "File[bytes] | None" = None,
    language: str = "",
) -> Job:
    """Record that there is work and wake a worker up; ``upload`` is kept with the job, ``payload`` is JSON.

    ``language`` is that of the texts and the file it makes; without it, the active one.
    """
    registered = kind_of(kind)
    if registered is None:
        raise LookupError(f"no job kind {kind!r} is registered")
    job = Job(
        customer=customer,
        kind=kind,
        payload=dict(payload),
        requested_by_id=by.id,
        requested_by_name=by.name,
        language=(language or translation.get_language() or settings.LANGUAGE_CODE)[:2],
    )
    with transaction.atomic():
        if upload is not None:
            job.upload.save(f"{job.pk}{PurePath(upload.name or '').suffix}", upload, save=False)
        job.save(force_insert=True)
        _call_again_at(job, FIRST_CALL)
        wake("jobs.run_job", str(job.pk), queue=registered.queue)
    return job


def run(job_id: str | uuid.UUID) -> None:
    """Do the job unless another worker has it. Safe to call at any time and any number of times."""
    job = _claim(job_id)
    kind = kind_of(job.kind) if job else None
    if job is None:
        return
    progress = ProgressWriter(job, job.attempts)
    with (
        structlog.contextvars.bound_contextvars(job_id=str(job.pk)),
        translation.override(job.language),
    ):
        try:
            _run_claimed(job, kind, progress)
        finally:
            progress.close()


def _run_claimed(job: Job, kind: JobKind | None, progress: ProgressWriter) -> None:
    try:
        if kind is None:
            raise Refusal(gettext("This version of the portal no longer knows this task."))
        outcome = kind.run(job, progress)
    except JobLost:
        logger.warning("job_lost", kind=job.kind)
    except Refusal as refusal:
        _fail(job, str(refusal))
    except SoftTimeLimitExceeded:
        logger.error("job_too_long", kind=job.kind)
        _fail(
            job,
            gettext("This took too long and was stopped. Split it into smaller parts and try again."),
        )
    except (OperationalError, InterfaceError):
        # The database went away: nothing can be recorded now. The lease ends and the sweep has it done again.
        raise
    except Exception:
        logger.exception("job_failed", kind=job.kind)
        _fail(job, _our_fault())
    else:
        _finish(job, outcome, progress)


def _claim(job_id: str | uuid.UUID) -> Job | None:
    """Compare-and-set: free or silent for too long → ours, with a new attempt number."""
    jobs = Job.objects.across_customers(reason="a worker does the work of every company")
    free = Q(state=JobState.WAITING) | Q(state=JobState.RUNNING, lease_until__lt=Now())
    claimed = jobs.filter(free, pk=job_id, attempts__lt=MAX_ATTEMPTS).update(
        state=JobState.RUNNING,
        attempts=F("attempts") + 1,
        lease_until=Now() + LEASE,
        started_at=Coalesce("started_at", Now()),
        done=0,
        total=0,
    )
    return jobs.select_related("customer").get(pk=job_id) if claimed else None


def _finish(job: Job, outcome: JobOutcome, progress: ProgressWriter) -> None:
    try:
        stored = _store(job, outcome.file) if outcome.file else ""
    except OSError:
        logger.exception("job_result_not_stored", kind=job.kind)
        return _fail(job, _our_fault())
    done, total = progress.latest
    ours = _settle(
        job,
        state=JobState.DONE,
        done=done,
        total=total,
        message=str(outcome.message),
        outcome=dict(outcome.details),
        result=stored,
        result_name=outcome.file_name,
    )
    if stored and not ours:
        default_storage.delete(stored)


def _store(job: Job, file: Path) -> str:
    """Move the file into storage; whatever happens, nothing of it stays behind elsewhere."""
    name = f"jobs/results/{job.pk}-{job.attempts}{file.suffix}"
    try:
        with file.open("rb") as content:
            return default_storage.save(name, File(content))
    except OSError:
        with suppress(OSError):
            default_storage.delete(name)
        raise
    finally:
        file.unlink(missing_ok=True)


def _fail(job: Job, message: str) -> None:
    _settle(job, state=JobState.FAILED, message=message)


def _our_fault() -> str:
    return gettext("Something went wrong on our side. Try again; if it happens again, ask the help desk.")


def _settle(job: Job, **columns: Any) -> bool:
    """Close the job if this claim still holds it; False when another worker took it over."""
    now = timezone.now()
    mine = Job.objects.for_customer(job.customer_id).filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)
    with transaction.atomic():
        settled = mine.update(
            finished_at=now,
            lease_until=None,
            expires_at=now + timedelta(hours=settings.JOB_RESULT_LIFETIME_HOURS),
            **columns,
        )
        if settled:
            _tell(job, columns["state"], columns.get("result_name", ""))
    logger.info("job_settled", kind=job.kind, state=columns["state"], ours=bool(settled))
    return bool(settled)


def _tell(job: Job, state: str, file_name: str = "") -> None:
    """Whoever waits no longer at its page hears that it has ended."""
    if job.requested_by_id is None or timezone.now() - job.created_at < PATIENCE:
        return
    notify(
        customer_id=job.customer_id,
        event=FINISHED,
        recipients=[job.requested_by_id],
        once_key=f"job:{job.pk}",
        params={"kind": job.kind, "state": state, "file": file_name},
        url=reverse("job", args=[job.pk]),
    )


def sweep() -> int:
    """Call workers for jobs whose message or worker was lost; give up after :data:`MAX_ATTEMPTS`. Returns how many."""
    jobs = Job.objects.across_customers(reason="lost work of every company is found again")
    with transaction.atomic():
        overdue = list(
            jobs.filter(state__in=[JobState.WAITING, JobState.RUNNING], lease_until__lt=Now())
            .order_by("created_at")
            .select_for_update(skip_locked=True)[:SWEEP_SIZE]
        )
        for job in overdue:
            if job.attempts >= MAX_ATTEMPTS:
                _give_up(job)
            else:
                _free(job)
    return len(overdue)


def _free(job: Job) -> None:
    kind = kind_of(job.kind)
    Job.objects.for_customer(job.customer_id).filter(pk=job.pk).update(state=JobState.WAITING)
    _call_again_at(job, NEXT_CALL)
    wake("jobs.run_job", str(job.pk), queue=kind.queue if kind else "bulk")


def _give_up(job: Job) -> None:
    logger.error("job_given_up", kind=job.kind, job_id=str(job.pk))
    with translation.override(job.language):
        _settle_lost(
            job,
            gettext("This task stopped three times before its end. Ask the help desk."),
        )


def _settle_lost(job: Job, message: str) -> None:
    _tell(job, JobState.FAILED)
    Job.objects.for_customer(job.customer_id).filter(pk=job.pk).update(
        state=JobState.FAILED,
        message=message,
        finished_at=Now(),
        lease_until=None,
        expires_at=Now() + timedelta(hours=settings.JOB_RESULT_LIFETIME_HOURS),
    )


def _call_again_at(job: Job, after: timedelta) -> None:
    Job.objects.for_customer(job.customer_id).filter(pk=job.pk).update(lease_until=Now() + after)


def expire() -> int:
    """Remove files after their time and rows after :data:`ROWS_KEPT`. Returns how many jobs lost their files."""
    jobs = Job.objects.across_customers(reason="the keeping time is the same for every company")
    expired = jobs.filter(expires_at__lt=timezone.now()).exclude(upload="", result="")
    for job in (found := list(expired)):
        for stored in (job.upload, job.result):
            if stored:
                stored.storage.delete(stored.name)
        jobs.filter(pk=job.pk).update(upload="", result="")
    jobs.filter(finished_at__lt=timezone.now() - ROWS_KEPT).delete()
    return len(found)
