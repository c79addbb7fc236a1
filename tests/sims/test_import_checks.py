"""Every rule of a row on its own: what is taken, what is refused, what is only worth a warning."""

import datetime as dt
import io

import pytest

from fleetportal.spreadsheets.reading import open_book
from sims.enums import LineState
from sims.queries.fleet_import import ImportCatalogue
from sims.spreadsheets.checks import RowChecker
from sims.spreadsheets.columns import Field, find_layout, heading_of
from sims.spreadsheets.words import date_of, state_of, state_word, yes_no_word, yes_or_no

CATALOGUE = ImportCatalogue(
    plans={"mob-pro": 1, "mobile pro": 1, "data-10": 2},
    options={"intl": 10, "bellen buitenland": 10, "day": 11, "world": 12},
    plans_of_option={10: frozenset({1}), 11: frozenset({1}), 12: frozenset({1})},
    excluded_by={11: frozenset({12}), 12: frozenset({11})},
    billing_accounts={"1000234": 20},
    cost_centres={"4120": 30, "verkoop": 30},
)
GOOD = {
    Field.NUMBER: "0468123456",
    Field.ICCID: "8932031012345678902",
    Field.FIRST_NAME: "An",
    Field.LAST_NAME: "Maes",
    Field.EMAIL: "an@maes.be",
    Field.EMPLOYEE_NUMBER: "7",
    Field.DEPARTMENT: "",
    Field.LANGUAGE: "nl",
    Field.COST_CENTRE: "4120",
    Field.BILLING_ACCOUNT: "1000234",
    Field.PLAN: "Mobile  PRO",
    Field.OPTIONS: "",
    Field.STATUS: "Actief",
    Field.SPLIT_BILL: "nee",
    Field.ACTIVATED_ON: "02/03/2025",
}


def checker() -> RowChecker:
    headings = ";".join(heading_of(field, "en") for field in Field)
    with open_book(io.BytesIO(f"{headings}\n{'x;' * 15}".encode()), name="f.csv") as book:
        return RowChecker(find_layout(book), CATALOGUE)


def check(**changes):
    """The line and the reasons found for a good row with these cells changed."""
    row = checker()
    cells = GOOD | {Field(name): value for name, value in changes.items()}
    return row.check(2, [cells[field] for field in Field]), [str(issue.reason) for issue in row.issues]


def test_a_good_row_becomes_a_line():
    line, reasons = check()
    assert reasons == []
    assert (line.number, line.iccid, line.plan_id, line.billing_account_id, line.cost_centre_id) == (
        "+32468123456", "8932031012345678902", 1, 20, 30,
    )  # fmt: skip
    assert (line.state, line.split_bill, line.activated_on) == (LineState.ACTIVE, False, dt.date(2025, 3, 2))
    assert (line.first_name, line.email, line.language) == ("An", "an@maes.be", "nl")


@pytest.mark.parametrize(
    ("cell", "value", "reason"),
    [
        ("plan", "", "tariff plan missing"),
        ("plan", "Gold", "unknown tariff plan"),
        ("billing_account", None, "billing account missing"),
        ("billing_account", "9", "unknown billing account"),
        ("options", "moon", "unknown option"),
        ("options", "day; world", "two options exclude each other"),
        ("email", "an@", "not an e-mail address"),
        ("email", "an maes@maes.be", "not an e-mail address"),
        ("first_name", "x" * 61, "text too long"),
        ("cost_centre", "x" * 21, "text too long"),
        ("language", "Klingon", "unknown language"),
        ("status", "Zombie", "unknown status"),
        ("status", "Stopgezet", "only active and blocked lines can be imported"),
        ("status", "Niet geactiveerd", "only active and blocked lines can be imported"),
        ("split_bill", "maybe", "neither yes nor no"),
        ("activated_on", "31/02/2025", "no such date"),
        ("activated_on", "gisteren", "no such date"),
        ("activated_on", "01/01/2999", "date lies in the future"),
    ],
)
def test_a_cell_that_is_wrong_refuses_the_row(cell, value, reason):
    line, reasons = check(**{cell: value})
    assert line is None
    assert reason in reasons


def test_an_option_that_does_not_go_with_the_plan_refuses_the_row():
    assert check(plan="DATA-10", options="INTL") == (None, ["option is not available on this plan"])


@pytest.mark.parametrize("text", ["INTL,DAY", "intl ; day", "Bellen buitenland|DAY", "INTL\nDAY", "INTL;;DAY;INTL"])
def test_options_are_separated_in_any_way(text):
    line, reasons = check(options=text)
    assert (line.option_ids, reasons) == ((10, 11), [])


def test_a_new_cost_centre_is_a_warning():
    line, reasons = check(cost_centre="4999")
    assert (line.new_cost_centre, line.cost_centre_id) == ("4999", None)
    assert reasons == ["cost centre does not exist yet and is created"]


@pytest.mark.parametrize("code", [4120, 4120.0, " 4120 ", "\u00a04120", "VERKOOP"])
def test_codes_that_excel_took_for_numbers_are_found(code):
    assert check(cost_centre=code)[0].cost_centre_id == 30


def test_a_line_may_be_nobodys_but_an_employee_needs_a_name():
    nobody = {"first_name": "", "last_name": "", "email": "", "employee_number": ""}
    assert check(**nobody)[1] == []
    assert check(**nobody | {"employee_number": "7"}) == (None, ["name of the employee missing"])
    assert check(**nobody | {"email": "an@maes.be"}) == (None, ["name of the employee missing"])


def test_every_problem_of_a_row_is_told_in_the_order_of_the_columns():
    row = checker()
    cells = GOOD | {Field.NUMBER: "x", Field.PLAN: "x", Field.STATUS: "x", Field.EMAIL: "x"}
    row.check(9, [cells[field] for field in Field])
    assert [issue.cell for issue in row.issues] == ["A9", "E9", "K9", "M9"]


def test_a_very_long_cell_is_cut_before_anything_looks_at_it():
    line, reasons = check(number="0" * 10_000_000, last_name="x" * 10_000_000)
    assert line is None
    assert sorted(reasons) == ["not a valid phone number", "text too long"]


def test_a_defused_text_of_an_export_is_what_it_was():
    assert check(last_name="'=1+1")[0].last_name == "=1+1"
    assert check(last_name="'t Hooft")[0].last_name == "'t Hooft"


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (dt.datetime.fromisoformat("2025-03-02T13:05"), dt.date(2025, 3, 2)),
        (dt.date(2025, 3, 2), dt.date(2025, 3, 2)),
        (45718, dt.date(2025, 3, 2)),
        (45718.5, dt.date(2025, 3, 2)),
        ("45718", dt.date(2025, 3, 2)),
        ("2025-03-02", dt.date(2025, 3, 2)),
        ("2025-03-02 00:00:00", dt.date(2025, 3, 2)),
        ("2/3/2025", dt.date(2025, 3, 2)),
        ("02-03-2025", dt.date(2025, 3, 2)),
        ("02.03.25", dt.date(2025, 3, 2)),
        ("29/02/2024", dt.date(2024, 2, 29)),
        ("29/02/2025", None),
        ("02/13/2025", None),
        ("0", None),
        (0, None),
        (True, None),
        (10**9, None),
        ("", None),
    ],
)
def test_days_in_every_notation(cell, day):
    assert date_of(cell) == day


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_every_word_we_write_is_one_we_read(language):
    assert all(state_of(state_word(state, language)) == state for state in LineState)
    assert yes_or_no(yes_no_word(True, language)) is True
    assert yes_or_no(yes_no_word(False, language)) is False


@pytest.mark.parametrize(
    ("cell", "answer"), [(True, True), (0, False), ("X", True), ("-", False), ("WAAR", True), (2, None)]
)
def test_yes_and_no_in_every_dress(cell, answer):
    assert yes_or_no(cell) is answer


def layout(text: str, mapping=None):
    with open_book(io.BytesIO(text.encode()), name="f.csv") as book:
        return find_layout(book, mapping)


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_every_heading_we_write_is_recognised(language):
    found = layout(";".join(heading_of(field, language) for field in Field) + "\n1")
    assert [heading.field for heading in found.headings] == list(Field)


def test_headings_are_found_under_titles_in_any_order_and_case():
    found = layout("Fleet 2025;;\n\nTARIEFPLAN ;Numéro de carte sim;GSM;Compte de facturation;Opmerking\n1;2;3;4;5")
    assert found.heading_row == 3
    assert found.missing == []
    assert [heading.text for heading in found.unknown] == ["Opmerking"]


def test_of_two_columns_for_one_thing_the_first_counts():
    found = layout("GSM;Telefoon;SIM\n1;2;3")
    assert [heading.field for heading in found.headings] == ["number", "", "iccid"]


def test_a_correction_replaces_what_the_headings_say():
    found = layout("GSM;Telefoon;SIM\n1;2;3", {1: "number", 2: "iccid"})
    assert [heading.field for heading in found.headings] == ["", "number", "iccid"]


def test_samples_of_a_column_help_a_person_to_say_what_it_is():
    found = layout("A;B;C\n1;;3\n;5;6")
    assert [heading.samples for heading in found.headings] == [("1",), ("5",), ("3", "6")]
