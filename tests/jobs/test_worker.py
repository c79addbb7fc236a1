"""With a real worker process: a killed worker and an emptied Redis leave no job undone and no invitation unsent."""

import email
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import services as people
from accounts.models import Invitation
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.jobs import services
from fleetportal.jobs.models import Job, JobState
from tests import factories
from tests.workers import broker, eventually, start_worker

__all__ = ["broker", "start_worker"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("broker")]


@pytest.fixture
def worker(start_worker, tmp_path, settings):
    """Starts workers that keep their files where this test looks."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return lambda queues: start_worker({"VAR_DIR": str(tmp_path)}, queues=queues)


def begin_export(customer) -> Job:
    payload = {"query": "", "sel": None, "fields": ["number", "iccid"], "format": "csv", "name": "lines.csv"}
    return services.start(customer=customer, kind="sims.export_fleet", payload=payload, by=Actor.ops("test"))


def state_of(job) -> str:
    job.refresh_from_db()
    return job.state


def silence(job) -> None:
    """As if the time that a worker may be silent were over."""
    Job.objects.for_customer(job.customer_id).update(lease_until=timezone.now() - timedelta(seconds=1))


def assert_done_once(job, attempts: int) -> None:
    assert (job.state, job.attempts) == (JobState.DONE, attempts), job.message
    with job.result.open("rb") as content:
        assert len(content.read().splitlines()) == 2


def test_a_job_is_done_by_the_worker_it_wakes(worker, noordkaai):
    factories.LineFactory(customer=noordkaai)
    worker("bulk")
    job = begin_export(noordkaai)
    eventually(lambda: state_of(job) in (JobState.DONE, JobState.FAILED))
    assert_done_once(job, attempts=1)


def test_an_emptied_redis_loses_no_job(worker, broker, noordkaai):
    factories.LineFactory(customer=noordkaai)
    job = begin_export(noordkaai)
    broker.flushdb()
    worker("bulk")
    silence(job)
    assert services.sweep() == 1
    eventually(lambda: state_of(job) in (JobState.DONE, JobState.FAILED))
    assert_done_once(job, attempts=1)


def test_a_job_whose_worker_is_killed_is_done_by_the_next(worker, noordkaai):
    factories.LineFactory(customer=noordkaai)
    first = worker("bulk")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE sims_line IN ACCESS EXCLUSIVE MODE")
        # Started from outside this transaction, which only holds the first worker up.
        job = begin_from_outside(noordkaai)
        eventually(lambda: state_of(job) == JobState.RUNNING)
        first.kill()
    worker("bulk")
    silence(job)
    services.sweep()
    eventually(lambda: state_of(job) in (JobState.DONE, JobState.FAILED))
    assert_done_once(job, attempts=2)


def begin_from_outside(customer) -> Job:
    made = []

    def begin():
        made.append(begin_export(customer))
        connection.close()

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    return made[0]


def test_an_invitation_is_mailed_once_though_redis_was_emptied(worker, broker, noordkaai, tmp_path):
    invitation = people.invite(
        customer=noordkaai, email="jef@noordkaai.example", role=Role.MANAGER, language="nl", by=Actor.ops("test")
    )
    broker.flushdb()
    worker("mail")
    people.sweep_mails()
    people.sweep_mails()

    def is_sent() -> bool:
        invitation.refresh_from_db()
        return invitation.sent_at is not None

    eventually(is_sent)
    eventually(lambda: broker.llen("mail") == 0)
    mails = list((tmp_path / "mail").glob("*.eml"))
    assert len(mails) == 1
    assert email.message_from_bytes(mails[0].read_bytes())["To"] == "jef@noordkaai.example"
    assert Invitation.objects.for_customer(noordkaai).get().mail_due_at is None
