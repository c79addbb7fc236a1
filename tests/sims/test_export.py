"""Exporting: the right lines, as text that spreadsheets leave alone, in a form that the import reads back."""

import io
from pathlib import Path

import openpyxl
import pytest
from django.core.management import call_command
from django.urls import reverse

from fleetportal.audit.actors import Actor
from fleetportal.jobs import services as jobs
from fleetportal.jobs.models import Job
from sims.enums import AuditKind, LineState
from sims.models import Line, Sim, Subscriber
from sims.services.fleet_import import import_fleet
from sims.spreadsheets.fleet_import import check_fleet_file
from sims.views import exports
from tests import factories
from tests.audit.expect import expect_audit

FILES = Path(__file__).parents[1] / "data" / "fleet"
CHOICE = {"scope": "all", "columns": "all", "format": "xlsx", "query": ""}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files_go_elsewhere(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def client(alice, client_for):
    client = client_for(alice)
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def line(noordkaai):
    line = factories.LineFactory(customer=noordkaai, number="+32468123456", subscriber__last_name="=1+1")
    option = factories.PlanOptionFactory(customer=noordkaai)
    line.line_options.create(option=option)
    return line


def export(client, **choice) -> bytes:
    answer = client.post(reverse("sim_export"), CHOICE | choice)
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    return b"".join(answer) if answer.streaming else answer.content


def sheet(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content)).active


def test_numbers_cards_and_formulas_are_text_cells(client, line):
    found = sheet(export(client))
    headings = [cell.value for cell in found[1]]
    row = dict(zip(headings, found[2], strict=True))
    assert (row["Phone number"].value, row["Phone number"].data_type) == ("+32468123456", "s")
    assert (row["SIM number"].value, row["SIM number"].data_type) == (line.sim.iccid, "s")
    assert (row["Last name"].value, row["Last name"].data_type) == ("=1+1", "s")
    assert found.freeze_panes == "A2"
    assert found.auto_filter.ref == "A1:Q2"


def test_a_csv_file_is_defused_and_keeps_every_digit(client, line):
    content = export(client, format="csv")
    assert content.startswith(b"\xef\xbb\xbf")
    heading, row = content.decode("utf-8-sig").splitlines()
    cells = dict(zip(heading.split(";"), row.split(";"), strict=True))
    assert cells["Phone number"] == "0468 12 34 56"
    assert cells["SIM number"].replace(" ", "") == line.sim.iccid
    assert " " in cells["SIM number"]
    assert cells["Last name"] == "'=1+1"


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_what_was_exported_can_be_imported_elsewhere_unchanged(client, noordkaai, file_format, language):
    call_command("import_catalogue", FILES / "catalogue.json", verbosity=0)
    call_command("import_fleet", FILES / "fleet-fr.xlsx", "--customer", "noordkaai", stdout=io.StringIO())
    client.cookies["language"] = language
    content = export(client, format=file_format)
    before = fleet(noordkaai)
    empty_fleet(noordkaai)
    name = f"export.{file_format}"
    checked = check_fleet_file(io.BytesIO(content), name=name, customer=noordkaai)
    assert checked.report.refused == 0, checked.report.issues[:3]
    import_fleet(customer=noordkaai, lines=list(checked.lines.values()), file_name=name, by=Actor.ops("test"))
    assert fleet(noordkaai) == before


def fleet(customer) -> list[tuple]:
    lines = Line.objects.for_customer(customer).order_by("number").prefetch_related("options")
    columns = (
        "number", "sim__iccid", "plan__code", "state", "split_bill", "activated_on", "cost_centre__code",
        "billing_account__number", "subscriber__first_name", "subscriber__last_name", "subscriber__email",
        "subscriber__employee_number",
    )  # fmt: skip
    options = {line.number: sorted(option.code for option in line.options.all()) for line in lines}
    return [(*row, options[row[0]]) for row in lines.values_list(*columns)]


def empty_fleet(customer) -> None:
    for model in (Line, Sim, Subscriber):
        model.objects.for_customer(customer).delete()


def test_only_the_lines_that_were_asked_for(client, line, noordkaai, zuidpark):
    blocked = factories.LineFactory(customer=noordkaai, state=LineState.SUSPENDED)
    everything = sheet(export(client)).max_row - 1
    filtered = sheet(export(client, scope="query", query="view=blocked"))
    selected = sheet(export(client, scope="selection", sel=[str(line.public_id)]))
    assert everything == 2
    assert [row[0] for row in filtered.iter_rows(min_row=2, values_only=True)] == [blocked.number]
    assert [row[0] for row in selected.iter_rows(min_row=2, values_only=True)] == [line.number]


def test_a_line_of_another_company_is_not_exported_however_it_is_asked_for(client, line, zuidpark):
    foreign = Line.objects.for_customer(zuidpark).get()
    chosen = sheet(export(client, scope="selection", sel=[str(foreign.public_id)]))
    assert chosen.max_row == 1
    assert "+32499999999" not in [row[0] for row in sheet(export(client)).iter_rows(values_only=True)]


def test_only_the_columns_of_the_list(client, line):
    headings = [cell.value for cell in sheet(export(client, columns="shown"))[1]]
    assert headings[:7] == [
        "Phone number", "SIM number", "First name", "Last name", "Department", "Tariff plan", "Status",
    ]  # fmt: skip
    assert headings[7].startswith("Data in")
    assert headings[8:] == ["Out of bundle (EUR)"]


def test_each_export_is_recorded(client, line, noordkaai, alice):
    export(client)
    event = expect_audit(AuditKind.FLEET_EXPORTED, customer=noordkaai, subject=noordkaai, by=alice)
    assert event.after["rows"] == 1


def test_a_large_export_is_a_task_with_a_file(client, line, noordkaai, monkeypatch, tmp_path):
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    answer = client.post(reverse("sim_export"), CHOICE | {"format": "csv"})
    job = Job.objects.for_customer(noordkaai).get()
    assert answer.url == reverse("job", args=[job.pk])
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 1, 1)
    file = client.get(reverse("job_result", args=[job.pk]))
    assert b"0468 12 34 56" in b"".join(file.streaming_content)
    expect_audit(AuditKind.FLEET_EXPORTED, customer=noordkaai, subject=noordkaai)


def test_the_dialog_offers_what_makes_sense_where_the_person_stands(client, line):
    def scopes(query: str) -> list[str]:
        return [
            value for value, _label in client.get(reverse("sim_export") + query).context["form"].fields["scope"].choices
        ]

    assert scopes("") == ["all"]
    assert scopes("?view=blocked") == ["query", "all"]
    assert scopes(f"?scope=selection&sel={line.public_id}&q=maes") == ["selection", "query", "all"]
    assert scopes("?sel=nonsense") == ["all"]


def test_all_of_the_list_is_everything_when_nothing_narrows_it(client, line):
    form = client.get(reverse("sim_export") + f"?scope=query&sel={line.public_id}").context["form"]
    assert form["scope"].value() == "all"


def test_the_dialog_is_a_fragment_for_htmx_and_a_page_without(client, line):
    assert b"<html" not in client.get(reverse("sim_export"), headers={"HX-Request": "true"}).content
    assert b"<html" in client.get(reverse("sim_export")).content


def test_a_wrong_choice_is_refused(client, line):
    assert client.post(reverse("sim_export"), CHOICE | {"format": "pdf"}).status_code == 422


@pytest.mark.parametrize("lines", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_lines(client, noordkaai, lines, django_assert_max_num_queries):
    for _ in range(lines):
        factories.LineFactory(customer=noordkaai)
    with django_assert_max_num_queries(12):
        export(client)
