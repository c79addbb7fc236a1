"""Background work with a full disk, foreign jobs and uploads that are not where they should be."""

import resource
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.jobs import services as jobs
from fleetportal.jobs.models import Job, JobState
from sims import jobs as sims_jobs
from sims.models import Line
from sims.services import fleet_files
from tests import factories
from tests.architecture.world import belongings

pytestmark = pytest.mark.django_db
OPS = Actor.ops("test")


@pytest.fixture(autouse=True)
def files_go_elsewhere(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))


@contextmanager
def full_disk():
    """No file of this process grows beyond a few bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def export(customer, file_format="csv") -> Job:
    return fleet_files.start_export(
        customer=customer, query="", selected=[], fields=["number", "iccid"], file_format=file_format,
        file_name=f"x.{file_format}", rows=1, by=OPS,
    )  # fmt: skip


def left_over(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if path.is_file()]


# The half-written archive says so once more when it is collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_full_disk_fails_the_export_and_leaves_nothing_behind(file_format, noordkaai, tmp_path):
    factories.LineFactory(customer=noordkaai)
    job = export(noordkaai, file_format)
    with full_disk():
        jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert job.message
    assert left_over(tmp_path) == []


def test_a_store_that_takes_no_file_fails_the_job_at_once_and_leaves_nothing_behind(noordkaai, tmp_path, settings):
    job = export(noordkaai)
    (tmp_path / "media").write_text("a file where the folder should be")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert left_over(tmp_path) == [tmp_path / "media"]


def test_a_store_that_is_full_half_way_keeps_no_half_file(noordkaai, tmp_path, monkeypatch):
    job = export(noordkaai)
    original = sims_jobs.FleetExport.write

    def write_then_fill_the_disk(self, path, **options):
        done = original(self, path, **options)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        return done

    monkeypatch.setattr(sims_jobs.FleetExport, "write", write_then_fill_the_disk)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        jobs.run(job.pk)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("name", ["../../../etc/cron.d/evil.csv", "/etc/passwd.csv", "..\\..\\evil.xlsx", "a\x00b.csv"])
def test_the_name_of_an_upload_decides_nothing_about_where_it_is_kept(name, alice, client_for, settings, tmp_path):
    upload = SimpleUploadedFile("x.csv", b"Phone number;SIM number\n")
    upload._name = name
    response = client_for(alice).post(reverse("import_fleet"), {"file": upload})
    assert response.status_code in (302, 422)
    files = left_over(tmp_path)
    assert all(path.parent == tmp_path / "media" / "jobs" / "uploads" for path in files)
    assert not any("evil" in path.name or "passwd" in path.name for path in files)


def test_a_payload_that_points_at_another_companys_upload_opens_nothing(noordkaai, zuidpark, charlie):
    theirs = belongings(zuidpark, charlie).check
    job = jobs.start(
        customer=noordkaai, kind=fleet_files.CHECK, payload={"file": "x.csv", "source": str(theirs.pk)}, by=OPS
    )
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert job.outcome == {}


def test_an_export_with_another_companys_ids_and_filters_holds_none_of_its_lines(
    noordkaai, zuidpark, charlie, alice, client_for
):
    theirs = Line.objects.for_customer(zuidpark).get()
    client = client_for(alice)
    query = f"plan={theirs.plan_id}&account={theirs.billing_account_id}&centre={theirs.cost_centre_id}&q=0499999999"
    for fields in (
        {"sel": str(theirs.public_id), "scope": "selection"},
        {"query": query, "scope": "query"},
        {"query": query, "scope": "all"},
    ):
        response = client.post(reverse("sim_export"), {"columns": "all", "format": "csv", **fields})
        content = b"".join(response.streaming_content).decode() if response.streaming else response.content.decode()
        assert response.status_code == 200
        assert "99999999" not in content.replace(" ", "")
        assert "Zuiderling" not in content
    job = fleet_files.start_export(
        customer=noordkaai, query=query, selected=[str(theirs.public_id)], fields=["number"], file_format="csv",
        file_name="x.csv", rows=1, by=OPS,
    )  # fmt: skip
    jobs.run(job.pk)
    job.refresh_from_db()
    with job.result.open("rb") as file:
        assert b"99999999" not in file.read().replace(b" ", b"")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MANAGER])
def test_what_one_role_made_is_not_shown_to_a_role_that_may_not_see_it(role, noordkaai, owner, alice, bob, client_for):
    ours = belongings(noordkaai, owner)
    client = client_for({Role.VIEWER: bob, Role.MANAGER: alice}[role])
    status = 200 if role == Role.MANAGER else 404
    assert client.get(reverse("job", args=[ours.check.pk])).status_code == status
    assert (str(ours.check.pk) in client.get(reverse("job_list")).content.decode()) == (role == Role.MANAGER)
