"""A job runs once at a time, survives its worker, and is forgotten after a while."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import OperationalError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from fleetportal.audit.actors import Actor
from fleetportal.jobs import registry, services
from fleetportal.jobs.models import Job, JobState
from fleetportal.jobs.progress import LEASE
from fleetportal.jobs.registry import JobLost, JobOutcome, job_kind
from fleetportal.notifications.events import shown_of
from fleetportal.notifications.models import Notification
from fleetportal.web.errors import Refusal


@pytest.fixture
def kind():
    """Registers a function as kind ``test.work`` for one test."""

    def _register(function, **options):
        return job_kind("test.work", label="Work", **options)(function)

    yield _register
    registry._kinds.pop("test.work", None)


def begin(customer, **extra) -> Job:
    return services.start(customer=customer, kind="test.work", payload={"n": 3}, by=Actor.ops("test"), **extra)


def read(stored) -> bytes:
    with stored.open("rb") as content:
        return content.read()


def rows(customer):
    return Job.objects.for_customer(customer)


def test_starting_records_the_work_and_calls_a_worker_after_commit(kind, noordkaai, django_capture_on_commit_callbacks):
    kind(lambda job, progress: JobOutcome())
    with django_capture_on_commit_callbacks() as calls:
        job = begin(noordkaai, language="fr")
    assert len(calls) == 1
    assert (job.state, job.requested_by_name, job.language, job.payload) == ("waiting", "test", "fr", {"n": 3})


def test_an_unknown_kind_is_a_mistake_of_the_caller(noordkaai):
    with pytest.raises(LookupError):
        services.start(customer=noordkaai, kind="test.nothing", payload={}, by=Actor.ops("test"))


def test_a_job_ends_with_message_file_and_details(kind, noordkaai, tmp_path):
    def work(job, progress):
        progress(3, 3)
        made = tmp_path / "made.csv"
        made.write_text("a;b")
        return JobOutcome(message="3 rows", file=made, file_name="lijst.csv", details={"rows": job.payload["n"]})

    kind(work)
    job = begin(noordkaai)
    services.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message, job.outcome, job.done, job.total) == ("done", "3 rows", {"rows": 3}, 3, 3)
    assert read(job.result) == b"a;b"
    assert job.result_name == "lijst.csv"
    assert not (tmp_path / "made.csv").exists()
    assert timedelta(hours=23) < job.expires_at - timezone.now() <= timedelta(hours=24)


def test_an_upload_is_kept_for_the_worker(kind, noordkaai):
    seen = []
    kind(lambda job, progress: seen.append(read(job.upload)) or JobOutcome())
    job = begin(noordkaai, upload=ContentFile(b"rows", name="../../fleet.xlsx"))
    services.run(job.pk)
    assert seen == [b"rows"]
    assert job.upload.name == f"jobs/uploads/{job.pk}.xlsx"


def test_texts_are_in_the_language_of_who_asked(kind, noordkaai):
    kind(lambda job, progress: JobOutcome(message=_("Dutch")))
    job = begin(noordkaai, language="en")
    services.run(job.pk)
    job.refresh_from_db()
    assert job.message == "Dutch"


def test_running_again_does_nothing(kind, noordkaai):
    runs = []
    kind(lambda job, progress: runs.append(job.pk) or JobOutcome())
    job = begin(noordkaai)
    services.run(job.pk)
    services.run(job.pk)
    assert len(runs) == 1


def test_a_message_that_comes_back_while_the_job_runs_does_nothing(kind, noordkaai):
    runs = []

    def work(job, progress):
        runs.append(job.attempts)
        services.run(job.pk)
        return JobOutcome()

    kind(work)
    services.run(begin(noordkaai).pk)
    assert runs == [1]


def test_a_refusal_is_the_users_to_read_and_is_not_tried_again(kind, noordkaai):
    def work(job, progress):
        raise Refusal("The file has no rows.")

    kind(work)
    job = begin(noordkaai)
    services.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == (JobState.FAILED, "The file has no rows.")


def test_a_fault_fails_the_job_without_telling_its_inside(kind, noordkaai):
    def work(job, progress):
        raise ZeroDivisionError("secret detail")

    kind(work)
    job = begin(noordkaai, language="en")
    services.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "secret" not in job.message
    assert "our side" in job.message


def test_a_database_that_goes_away_leaves_the_job_to_be_done_again(kind, noordkaai):
    def work(job, progress):
        raise OperationalError("terminating connection")

    kind(work)
    job = begin(noordkaai)
    with pytest.raises(OperationalError):
        services.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.RUNNING


def make_silent(job):
    rows(job.customer).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_the_sweep_calls_again_for_a_job_whose_message_was_lost(kind, noordkaai, django_capture_on_commit_callbacks):
    kind(lambda job, progress: JobOutcome())
    job = begin(noordkaai)
    assert services.sweep() == 0
    make_silent(job)
    with django_capture_on_commit_callbacks() as calls:
        assert services.sweep() == 1
        assert services.sweep() == 0
    assert len(calls) == 1


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_worker_died_runs_again_and_the_dead_one_has_no_effect(kind, noordkaai):
    written = []

    def work(job, progress):
        if job.attempts == 1:
            make_silent(job)
            services.sweep()
            services.run(job.pk)
            progress(1, 2)
        written.append(job.attempts)
        return JobOutcome(message=f"attempt {job.attempts}")

    kind(work)
    job = begin(noordkaai)
    services.run(job.pk)
    job.refresh_from_db()
    assert written == [2]
    assert (job.state, job.message, job.attempts) == (JobState.DONE, "attempt 2", 2)


def test_a_late_finisher_does_not_overwrite_the_outcome_and_leaves_no_file(kind, noordkaai, tmp_path, settings):
    def work(job, progress):
        if job.attempts == 1:
            make_silent(job)
            services.run(job.pk)
        made = tmp_path / f"made{job.attempts}.csv"
        made.write_text(str(job.attempts))
        return JobOutcome(file=made, file_name="x.csv")

    kind(work)
    job = begin(noordkaai)
    services.run(job.pk)
    job.refresh_from_db()
    assert read(job.result) == b"2"
    assert len(list(Path(settings.MEDIA_ROOT, "jobs", "results").iterdir())) == 1


def test_a_job_that_kills_its_workers_is_given_up(kind, noordkaai):
    runs = []

    def work(job, progress):
        runs.append(job.attempts)
        raise OperationalError("gone")

    kind(work)
    job = begin(noordkaai, language="en")
    for _attempt in range(5):
        job.refresh_from_db()
        if job.state == JobState.FAILED:
            break
        with pytest.raises(OperationalError):
            services.run(job.pk)
        make_silent(job)
        services.sweep()
    job.refresh_from_db()
    assert runs == [1, 2, 3]
    assert job.state == JobState.FAILED
    assert "three times" in job.message


@pytest.mark.django_db(transaction=True)
def test_progress_is_written_at_most_once_a_second_and_always_at_the_end(
    kind, noordkaai, django_assert_max_num_queries
):
    seen = []

    def work(job, progress):
        with django_assert_max_num_queries(4):
            for n in range(1, 1001):
                progress(n, 1000)
        seen.append(rows(noordkaai).values_list("done", "total").get())
        return JobOutcome()

    kind(work)
    services.run(begin(noordkaai).pk)
    assert seen == [(1000, 1000)]


@pytest.mark.django_db(transaction=True)
def test_progress_inside_a_transaction_is_seen_from_outside(kind, noordkaai):
    seen = []

    def look():
        seen.append(rows(noordkaai).values_list("done", "total", "lease_until").get())
        connection.close()

    def work(job, progress):
        with transaction.atomic():
            progress(7, 10)
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()
        return JobOutcome()

    kind(work)
    services.run(begin(noordkaai).pk)
    assert seen[0][:2] == (7, 10)
    assert seen[0][2] > timezone.now() + LEASE - timedelta(seconds=30)


@pytest.mark.django_db(transaction=True)
def test_a_job_that_was_taken_over_learns_it_inside_its_transaction_and_rolls_back(kind, noordkaai):
    def work(job, progress):
        if job.attempts == 2:
            return JobOutcome(message="second")
        with transaction.atomic():
            type(noordkaai).objects.filter(pk=noordkaai.pk).update(name="half-way")
            thread = threading.Thread(target=take_over, args=[job])
            thread.start()
            thread.join()
            with pytest.raises(JobLost):
                progress(1, 10)
            raise JobLost
        return JobOutcome(message="first")

    def take_over(job):
        make_silent(job)
        services.run(job.pk)
        connection.close()

    kind(work)
    job = begin(noordkaai)
    services.run(job.pk)
    job.refresh_from_db()
    noordkaai.refresh_from_db()
    assert job.message == "second"
    assert noordkaai.name != "half-way"


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_it_once(kind, noordkaai):
    runs = []
    both = threading.Barrier(2, timeout=10)

    def work(job, progress):
        runs.append(threading.get_ident())
        return JobOutcome()

    def worker(pk):
        both.wait()
        services.run(pk)
        connection.close()

    kind(work)
    job = begin(noordkaai)
    threads = [threading.Thread(target=worker, args=[job.pk]) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == 1


def test_files_go_after_their_time_and_rows_after_thirty_days(kind, noordkaai, tmp_path, settings):
    def work(job, progress):
        made = tmp_path / "made.csv"
        made.write_text("x")
        return JobOutcome(file=made, file_name="x.csv")

    kind(work)
    old, fresh = begin(noordkaai, upload=ContentFile(b"in", name="in.xlsx")), begin(noordkaai)
    for job in (old, fresh):
        services.run(job.pk)
    rows(noordkaai).filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert services.expire() == 1
    old.refresh_from_db()
    assert (old.result.name, old.upload.name, old.result_name) == ("", "", "x.csv")
    assert [p.name for p in Path(settings.MEDIA_ROOT, "jobs").rglob("*") if p.is_file()] == [f"{fresh.pk}-1.csv"]
    rows(noordkaai).filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(days=31))
    services.expire()
    assert list(rows(noordkaai)) == [fresh]


def test_a_second_registration_of_a_kind_is_refused(kind):
    kind(lambda job, progress: JobOutcome())
    with pytest.raises(ValueError, match="twice"):
        kind(lambda job, progress: JobOutcome(message="other"))


# --- news of the end -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("age", [10, 40])
def test_who_waits_no_longer_at_its_page_hears_that_a_job_ended(kind, noordkaai, alice, age):
    translation.activate("en")
    kind(lambda job, progress: JobOutcome())
    job = services.start(customer=noordkaai, kind="test.work", payload={}, by=Actor.user(alice))
    rows(noordkaai).update(created_at=timezone.now() - timedelta(seconds=age))
    services.run(job.pk)
    services.run(job.pk)
    told = Notification.objects.for_customer(noordkaai).filter(event=services.FINISHED, user=alice)
    assert [shown_of(one).title for one in told] == (["Work: done"] if age == 40 else [])
