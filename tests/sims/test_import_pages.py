"""Importing in the browser: upload, correct the columns, look at every finding, import what is right, once."""

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from fleetportal.jobs import services as jobs
from fleetportal.jobs.models import Job
from fleetportal.spreadsheets.reading import open_book
from sims.enums import AuditKind
from sims.models import Line
from tests.audit.expect import expect_audit

FILES = Path(__file__).parents[1] / "data" / "fleet"
HEADING = "Phone number;SIM number;Tariff plan;Billing account\n"
GOOD = "0468123456;8932031012345678902;MOB-PRO;1000234\n"
BAD = "0468 12 34;8932031012345678902;MOB-PRO;1000234\n"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files_go_elsewhere(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def client(noordkaai, alice, client_for):
    call_command("import_catalogue", FILES / "catalogue.json", verbosity=0)
    client = client_for(alice)
    client.cookies["language"] = "en"
    return client


def upload(client, content: str | bytes, name: str = "fleet.csv"):
    content = content.encode() if isinstance(content, str) else content
    return client.post(reverse("import_fleet"), {"file": SimpleUploadedFile(name, content)})


def run_all() -> None:
    for job in Job.objects.across_customers(reason="the test plays the worker").filter(state="waiting"):
        jobs.run(job.pk)


def checked(client, content: str | bytes, name: str = "fleet.csv") -> str:
    """The address of the report of an uploaded file."""
    answer = upload(client, content, name)
    assert answer.status_code == 302
    run_all()
    return answer.url


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_whole_way_without_scripts(client, noordkaai):
    answer = upload(client, (FILES / "fleet-en.csv").read_bytes(), "fleet-en.csv")
    waiting = client.get(answer.url)
    assert "Checking the file" in text_of(waiting)
    run_all()
    report = client.get(answer.url)
    assert "283 rows can be imported" in text_of(report)
    assert "Nothing has been written yet" in text_of(report)
    assert not Line.objects.for_customer(noordkaai).exists()
    started = client.post(answer.url + "start/")
    run_all()
    assert "283 rows imported" in text_of(client.get(started.url))
    assert Line.objects.for_customer(noordkaai).count() == 283
    expect_audit(AuditKind.FLEET_IMPORTED, customer=noordkaai, subject=noordkaai)


def test_errors_and_warnings_stand_apart_each_with_its_cell(client):
    url = checked(client, (FILES / "fleet-en.csv").read_bytes())
    errors, warnings = client.get(url), client.get(url + "?show=warning")
    assert "C24" in text_of(errors)
    assert "Not a valid phone number" in text_of(errors)
    assert "E179" not in text_of(errors)
    assert "E179" in text_of(warnings)
    assert "C24" not in text_of(warnings)


def test_findings_are_narrowed_by_reason_and_paged(client):
    rows = "".join(f"0468 12 34;{n};MOB-PRO;1000234\n" for n in range(120))
    url = checked(client, HEADING + rows)
    page = client.get(url + "?reason=SIM card number too short&page=3").context["report"].page
    assert (page.total, page.number, len(page)) == (120, 3, 20)
    assert {finding.reason for finding in page} == {"SIM card number too short"}
    assert client.get(url + "?reason=x&page=999&show=nonsense").context["report"].page.number == 5


def test_findings_can_be_downloaded_as_a_workbook(client, tmp_path):
    url = checked(client, (FILES / "fleet-en.csv").read_bytes())
    job = Job.objects.across_customers(reason="test").get()
    answer = client.get(reverse("job_result", args=[job.pk]))
    (tmp_path / "findings.xlsx").write_bytes(b"".join(answer.streaming_content))
    with (tmp_path / "findings.xlsx").open("rb") as file, open_book(file, name="findings.xlsx") as book:
        rows = list(book.rows(0, max_row=100))
    assert len(rows) == 1 + 21
    assert rows[1][:4] == ("C24", 24, "Phone number", "0468 12 34")
    assert url


def test_unknown_columns_are_named_by_the_person(client, noordkaai):
    url = checked(client, "Wie belt;Kaartje;Wat;Wie betaalt\n" + GOOD)
    columns = client.get(url, follow=True)
    assert "Columns of the file" in text_of(columns)
    assert "Not found in the file: Phone number, SIM number, Tariff plan, Billing account" in text_of(columns)
    answer = client.post(
        url + "columns/",
        {"column_0": "number", "column_1": "iccid", "column_2": "plan", "column_3": "billing_account"},
    )
    run_all()
    assert "1 row can be imported" in text_of(client.get(answer.url))


def test_a_guess_can_be_corrected_and_unused_columns_are_shown(client):
    url = checked(client, "Remark;" + HEADING + "x;" + GOOD)
    assert "This column is not used: Remark" in text_of(client.get(url))
    form = client.get(url + "columns/").context["form"]
    assert [bound.initial for _heading, bound in form.rows()] == ["-", "number", "iccid", "plan", "billing_account"]


def test_missing_and_doubled_choices_are_refused_at_the_form(client):
    url = checked(client, HEADING + GOOD)
    answer = client.post(
        url + "columns/", {"column_0": "number", "column_1": "number", "column_2": "plan", "column_3": "-"}
    )
    assert answer.status_code == 422
    assert "This is chosen for two columns" in text_of(answer)
    assert "SIM number, Billing account" in text_of(answer)


def test_asking_twice_imports_once(client, noordkaai):
    url = checked(client, HEADING + GOOD)
    first, second = client.post(url + "start/"), client.post(url + "start/")
    assert first.url == second.url
    run_all()
    assert Line.objects.for_customer(noordkaai).count() == 1


def test_an_import_whose_worker_died_after_the_commit_ends_as_done(client, noordkaai):
    url = checked(client, HEADING + GOOD)
    client.post(url + "start/")
    run_all()
    again = Job.objects.for_customer(noordkaai).filter(kind="sims.import_fleet")
    again.update(state="waiting", message="", outcome={})
    run_all()
    assert again.get().state == "done"
    assert again.get().outcome["imported"] == 1
    assert Line.objects.for_customer(noordkaai).count() == 1


def test_a_number_taken_after_the_check_leaves_its_row_out(client, noordkaai):
    url = checked(client, HEADING + GOOD + "0468123457;8932030000000000018;MOB-PRO;1000234\n")
    Line.objects.create(customer=noordkaai, number="+32468123456")
    started = client.post(url + "start/")
    run_all()
    assert "1 row imported" in text_of(client.get(started.url))
    assert Line.objects.for_customer(noordkaai).filter(number="+32468123457").exists()


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "fleet.csv", "This file is empty"),
        (b"x", "fleet.xls", "Only .xlsx and .csv files can be read"),
        (b"x", "fleet.pdf", "Only .xlsx and .csv files can be read"),
    ],
)
def test_a_wrong_file_is_refused_at_the_field(client, content, name, says):
    answer = upload(client, content, name)
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert not Job.objects.across_customers(reason="test").exists()


def test_no_file_and_too_large_a_file_are_refused(client, settings):
    assert "Choose a file" in text_of(client.post(reverse("import_fleet")))
    settings.UPLOAD_MAX_BYTES = 10
    assert "larger than 20 MB" in text_of(upload(client, HEADING + GOOD))


def test_a_file_that_cannot_be_read_says_so_and_writes_nothing(client, noordkaai):
    url = checked(client, b"PK\x03\x04 not a workbook", "fleet.xlsx")
    answer = client.get(url)
    assert "The file was not checked" in text_of(answer)
    assert "cannot be read" in text_of(answer)
    assert client.post(url + "start/").status_code == 404


def test_the_stored_file_has_a_random_name_and_goes_when_the_job_expires(client, noordkaai, settings):
    checked(client, HEADING + GOOD, "../../secret.csv")
    job = Job.objects.for_customer(noordkaai).get()
    assert job.upload.name == f"jobs/uploads/{job.pk}.csv"
    path = Path(job.upload.path)
    assert path.exists()
    Job.objects.for_customer(noordkaai).update(expires_at="2020-01-01T00:00:00Z")
    jobs.expire()
    assert not path.exists()
    answer = client.post(reverse("import_start", args=[job.pk]), follow=True)
    assert "no longer kept" in text_of(answer)


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_a_template_is_understood_by_the_import_and_its_example_row_is_never_imported(client, language):
    answer = client.get(reverse("import_template", args=[language]))
    url = checked(client, answer.content, "template.xlsx")
    outcome = client.get(url).context["report"].outcome
    assert outcome["missing"] == []
    assert len(outcome["headings"]) == 15
    assert all(heading["field"] for heading in outcome["headings"])
    assert (outcome["rows"], outcome["imported"]) == (1, 0)
    assert outcome["reasons"]["error"] == {"not a valid phone number": 1}


def test_another_company_sees_nothing_of_a_check(client, charlie, client_for):
    url = checked(client, HEADING + GOOD)
    other = client_for(charlie)
    for address in (url, url + "columns/"):
        assert other.get(address).status_code == 404
    assert other.post(url + "start/").status_code == 404


def test_who_may_only_read_cannot_import(client, bob, client_for):
    assert client_for(bob).get(reverse("import_fleet")).status_code == 403
