"""The pages of background work: own company, own rights, progress that ends by itself, safe downloads."""

import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Permission
from fleetportal.jobs import registry
from fleetportal.jobs.models import Job, JobState
from fleetportal.jobs.registry import JobOutcome, job_kind

FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture(autouse=True)
def kinds():
    before = dict(registry._kinds)
    job_kind("test.export", label="Export", permission=Permission.EXPORT_FLEET)(lambda job, progress: JobOutcome())
    job_kind("test.import", label="Import", permission=Permission.IMPORT_FLEET)(lambda job, progress: JobOutcome())
    yield
    registry._kinds.clear()
    registry._kinds.update(before)


@pytest.fixture
def make_job():
    def _make(customer, kind="test.export", state=JobState.DONE, file=b"", **columns) -> Job:
        job = Job(
            customer=customer,
            kind=kind,
            state=state,
            requested_by_name="Alice Aerts",
            expires_at=timezone.now() + timedelta(hours=1),
            **columns,
        )
        if file:
            job.result_name = "lijst – mei.csv"
            job.result.save(f"{job.pk}.csv", ContentFile(file), save=False)
        job.save(force_insert=True)
        return job

    return _make


def test_the_list_shows_the_companys_tasks(alice, noordkaai, zuidpark, make_job, client_for):
    own, foreign = make_job(noordkaai), make_job(zuidpark)
    page = client_for(alice).get(reverse("job_list")).content.decode()
    assert str(own.pk) in page
    assert str(foreign.pk) not in page


def test_a_viewer_sees_exports_but_no_imports(alice, bob, noordkaai, make_job, client_for):
    exported, imported = make_job(noordkaai, file=b"x"), make_job(noordkaai, kind="test.import", file=b"x")
    for person, expected in ((alice, {200}), (bob, {404})):
        client = client_for(person)
        assert client.get(reverse("job", args=[exported.pk])).status_code == 200
        for name in ("job", "job_result"):
            answer = client.get(reverse(name, args=[imported.pk]))
            assert {answer.status_code} == expected
            # Reading a download to its end closes its file.
            answer.getvalue()
        assert (str(imported.pk) in client.get(reverse("job_list")).content.decode()) == (expected == {200})


@pytest.mark.parametrize("name", ["job", "job_result"])
def test_another_companys_task_is_not_found(alice, zuidpark, make_job, client_for, name):
    job = make_job(zuidpark, file=b"secret")
    assert client_for(alice).get(reverse(name, args=[job.pk])).status_code == 404


@pytest.mark.parametrize("name", ["job_list", "job", "job_result"])
def test_strangers_sign_in_first(noordkaai, make_job, name):
    args = [] if name == "job_list" else [make_job(noordkaai, file=b"x").pk]
    assert Client().get(reverse(name, args=args)).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.RUNNING])
def test_an_open_task_asks_again_by_itself(alice, noordkaai, make_job, client_for, state):
    job = make_job(noordkaai, state=state, done=18, total=24)
    answer = client_for(alice).get(reverse("job", args=[job.pk]), headers=FRAGMENT)
    fragment = answer.content.decode()
    assert "<html" not in fragment
    assert f'hx-get="{reverse("job", args=[job.pk])}"' in fragment
    assert "load delay:1s" in fragment
    assert 'value="18" max="24"' in fragment
    assert "HX-Request" in answer["Vary"]


def test_it_asks_more_calmly_after_ten_seconds(alice, noordkaai, make_job, client_for):
    job = make_job(noordkaai, state=JobState.RUNNING)
    Job.objects.for_customer(noordkaai).update(created_at=timezone.now() - timedelta(seconds=11))
    assert "load delay:3s" in client_for(alice).get(reverse("job", args=[job.pk])).content.decode()


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED])
def test_a_finished_task_asks_no_more(alice, noordkaai, make_job, client_for, state):
    job = make_job(noordkaai, state=state, message="3 rows")
    for headers in (FRAGMENT, {}):
        page = client_for(alice).get(reverse("job", args=[job.pk]), headers=headers).content.decode()
        assert "3 rows" in page
        assert "hx-trigger" not in re.search(r'<section[^>]*id="job".*?</section>', page, re.S).group()


def test_the_list_stops_asking_when_nothing_runs(alice, noordkaai, make_job, client_for):
    client = client_for(alice)
    make_job(noordkaai)
    assert 'hx-trigger="load delay' not in client.get(reverse("job_list")).content.decode()
    make_job(noordkaai, state=JobState.RUNNING)
    assert 'hx-trigger="load delay' in client.get(reverse("job_list")).content.decode()


def test_a_file_is_always_a_download(alice, noordkaai, make_job, client_for):
    job = make_job(noordkaai, file=b"<script>alert(1)</script>")
    answer = client_for(alice).get(reverse("job_result", args=[job.pk]))
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''lijst")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"


def test_a_file_past_its_time_is_not_given_even_before_the_night(alice, noordkaai, make_job, client_for):
    job = make_job(noordkaai, file=b"x")
    Job.objects.for_customer(noordkaai).update(expires_at=timezone.now())
    answer = client_for(alice).get(reverse("job_result", args=[job.pk]))
    assert answer.status_code == 410
    assert "lijst – mei.csv" in answer.content.decode()


def test_a_task_without_a_file_has_nothing_to_fetch(alice, noordkaai, make_job, client_for):
    assert client_for(alice).get(reverse("job_result", args=[make_job(noordkaai).pk])).status_code == 404


def test_pages_take_no_post(alice, noordkaai, make_job, client_for):
    job = make_job(noordkaai, file=b"x")
    client = client_for(alice)
    urls = [reverse("job_list"), reverse("job", args=[job.pk]), reverse("job_result", args=[job.pk])]
    assert {client.post(url).status_code for url in urls} == {405}


def test_the_list_costs_the_same_with_one_and_with_three_tasks(
    alice, noordkaai, make_job, client_for, django_assert_max_num_queries
):
    client = client_for(alice)
    make_job(noordkaai)
    client.get(reverse("job_list"))
    with django_assert_max_num_queries(50) as one:
        client.get(reverse("job_list"))
    make_job(noordkaai), make_job(noordkaai)
    with django_assert_max_num_queries(len(one)):
        client.get(reverse("job_list"))
