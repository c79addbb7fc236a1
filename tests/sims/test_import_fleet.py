"""Real-world fleet files: exactly the expected rows are imported, and every finding names its cell."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import CostCentre, Customer
from fleetportal.operators.simulator.models import SimulatedLine
from sims.enums import AuditKind, LineState, SimState
from sims.history import subscriber_value
from sims.models import Line, Sim, Subscriber
from sims.orders.calendar import local_day
from tests.audit.expect import expect_audit

FILES = Path(__file__).parents[1] / "data" / "fleet"
ALL_FILES = ["fleet-nl.xlsx", "fleet-fr.xlsx", "fleet-en.csv"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Customer:
    call_command("import_catalogue", FILES / "catalogue.json", stdout=io.StringIO())
    return Customer.objects.get(slug="noordkaai")


def run(file: str | Path, *args: str) -> dict:
    out = io.StringIO()
    call_command("import_fleet", FILES / file, "--customer", "noordkaai", "--json", *args, stdout=out)
    return json.loads(out.getvalue())


def expected(file: str) -> dict:
    return json.loads((FILES / f"{Path(file).stem}.expected.json").read_text(encoding="utf-8"))


def lines_of(company: Customer):
    return Line.objects.for_customer(company)


@pytest.mark.parametrize("file", ALL_FILES)
def test_a_dry_run_finds_exactly_the_expected_and_writes_nothing(company, file):
    assert run(file, "--dry-run") == expected(file)
    assert not lines_of(company).exists()
    assert not Subscriber.objects.for_customer(company).exists()


def test_the_three_files_one_after_the_other_import_exactly_the_expected_lines(company):
    for file in ALL_FILES:
        assert run(file) == expected(file)
    assert lines_of(company).count() == 4903 + 783 + 283
    expect_audit(AuditKind.FLEET_IMPORTED, customer=company, subject=company, count=3)
    expect_audit(AuditKind.LINE_IMPORTED, customer=company, subject=lines_of(company).last())


def test_importing_the_same_file_again_imports_nothing_and_says_why(company):
    run("fleet-en.csv")
    again = run("fleet-en.csv")
    assert (again["imported"], again["refused"]) == (0, 300)
    assert "phone number already in use" in {issue["reason"] for issue in again["issues"]}
    assert lines_of(company).count() == 283


def test_a_row_is_stored_as_the_file_says(company):
    run("fleet-fr.xlsx")
    line = lines_of(company).select_related("sim", "subscriber", "plan", "billing_account").get(number="+32452485351")
    assert line.sim.iccid == "8932038767461970382"
    assert line.sim.state == SimState.IN_USE
    assert (line.subscriber.first_name, line.subscriber.last_name) == ("Els", "De Smet")
    assert (line.subscriber.email, line.subscriber.employee_number) == ("91527@noordkaai.example", "91527")
    assert (line.plan.code, line.billing_account.number, line.cost_centre.code) == ("MOB-PRO", "1000235", "4160")
    assert [option.code for option in line.options.all()] == ["INTL"]
    assert (line.state, line.split_bill, str(line.activated_on)) == (LineState.ACTIVE, False, "2024-09-08")
    assert "els" in line.search_text


def test_an_imported_line_has_its_history_from_its_activation_on(company):
    run("fleet-en.csv")
    line = lines_of(company).exclude(activated_on=None).exclude(subscriber=None).first()
    facts = {fact.kind: fact for fact in line.facts.all()}
    assert {kind: fact.value for kind, fact in facts.items()} == {
        "number": line.number,
        "subscriber": subscriber_value(line)[0],
        "sim": line.sim.iccid,
        "plan": line.plan.name_nl,
    }
    assert {local_day(fact.since) for fact in facts.values()} == {line.activated_on}


def test_new_cost_centres_are_made_and_blocked_lines_stay_blocked(company):
    run("fleet-nl.xlsx")
    made = CostCentre.objects.for_customer(company).exclude(code__in=["4120", "4130", "4140", "4150", "4160"])
    assert sorted(made.values_list("code", flat=True)) == ["7198", "7321", "7480", "7500", "7633"]
    assert lines_of(company).filter(state=LineState.SUSPENDED).exists()


def test_formulas_in_a_name_are_stored_as_the_text_they_are(company):
    run("fleet-fr.xlsx")
    names = Subscriber.objects.for_customer(company).filter(last_name__startswith="=")
    assert [person.last_name for person in names] == ['=HYPERLINK("http://evil.example","x")']


def test_the_simulated_operator_knows_the_imported_lines(company):
    run("fleet-en.csv")
    assert SimulatedLine.objects.count() == 283


def test_a_number_of_another_company_is_refused_with_the_same_words_as_an_own_one(company, zuidpark, tmp_path):
    other = Line.objects.for_customer(zuidpark).first()
    header = "Phone number;SIM number;Tariff plan;Billing account\n"
    (tmp_path / "f.csv").write_text(header + f"{other.number};8932031012345678902;MOB-PRO;1000234\n", encoding="utf-8")
    report = run(tmp_path / "f.csv", "--dry-run")
    assert [issue["reason"] for issue in report["issues"]] == ["phone number already in use"]


def test_a_card_in_stock_becomes_the_card_of_the_line(company, tmp_path):
    card = Sim.objects.create(customer=company, iccid="8932031012345678902", iccid_core="893203101234567890")
    header = "Phone number;SIM number;Tariff plan;Billing account\n"
    (tmp_path / "f.csv").write_text(header + "0468123456;8932031012345678902;MOB-PRO;1000234\n", encoding="utf-8")
    assert run(tmp_path / "f.csv")["imported"] == 1
    card.refresh_from_db()
    assert (card.state, card.line.number) == (SimState.IN_USE, "+32468123456")


def test_two_lines_of_one_employee_share_the_employee(company, tmp_path):
    rows = [
        "Phone number;SIM number;Tariff plan;Billing account;First name;Last name;Employee number",
        "0468123456;8932031012345678902;MOB-PRO;1000234;An;Maes;77",
        "0468123457;8932030000000000018;MOB-PRO;1000234;AN; Maes ;77",
        "0468123458;8932070000000000019;MOB-PRO;1000234;Jan;Claes;77",
    ]
    (tmp_path / "f.csv").write_text("\n".join(rows), encoding="utf-8")
    report = run(tmp_path / "f.csv")
    assert [(i["cell"], i["severity"], i["reason"]) for i in report["issues"]] == [
        ("G4", "warning", "employee number is known under another name")
    ]
    assert Subscriber.objects.for_customer(company).get().lines.count() == 3


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"Phone number;Last name\n0468123456;Maes\n", "SIM number, Tariff plan, Billing account"),
        (b"a\0b;c\n", "xlsx and .csv"),
        (b"PK\x03\x04nothing", "cannot be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xlsx and .csv"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words_and_fails_the_command(company, tmp_path, content, says):
    (tmp_path / "fleet.xlsx").write_bytes(content)
    with pytest.raises(CommandError, match=says):
        run(tmp_path / "fleet.xlsx")


def test_an_unknown_company_and_a_missing_file_fail_the_command(company):
    with pytest.raises(CommandError, match="short name"):
        call_command("import_fleet", FILES / "fleet-en.csv", "--customer", "nobody")
    with pytest.raises(CommandError, match="cannot be opened"):
        run("missing.csv")


def test_one_import_of_a_company_runs_at_a_time(company):
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [f"import:{company.pk}"])
        with pytest.raises(CommandError, match="Another import is running"):
            run("fleet-en.csv")
    finally:
        other.close()
    assert run("fleet-en.csv")["imported"] == 283
