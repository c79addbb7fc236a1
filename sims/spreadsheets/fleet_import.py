"""Reading a fleet file as a whole: find the columns, check every row, compare with the fleet. Writes nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from fleetportal.spreadsheets.reading import Book, Row, heading_key, is_blank, open_book
from fleetportal.web.errors import Refusal
from sims.queries.fleet_import import import_catalogue, known_employees, known_sims, taken_numbers
from sims.services.fleet_import import NewLine
from sims.spreadsheets.checks import RowChecker
from sims.spreadsheets.columns import Field, Layout, find_layout
from sims.spreadsheets.report import Issue, Reason, Report, Severity

MAX_ROWS = 50_000
# Titles and empty rows between the lines.
SPARE_ROWS = 10_000
PROGRESS_EVERY = 250

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class FleetFile:
    """A checked file. ``lines`` are the rows that can be imported, keyed by their row in the file."""

    layout: Layout
    report: Report
    lines: dict[int, NewLine] = field(default_factory=dict)


def check_fleet_file(
    file: IO[bytes],
    *,
    name: str,
    customer: Customer,
    mapping: Mapping[int, str] | None = None,
    progress: Progress = lambda done, total: None,
) -> FleetFile:
    """Check the whole file. Raises Refusal when it cannot be read; with required columns missing it has no rows.

    ``mapping`` (column index → field or nothing) replaces what the headings say.
    """
    with open_book(file, name=name) as book:
        layout = find_layout(book, mapping)
        checked = FleetFile(layout, Report(file=name))
        if not layout.missing:
            _check_rows(book, checked, customer, progress)
    return checked


def _check_rows(book: Book, checked: FleetFile, customer: Customer, progress: Progress) -> None:
    checker = RowChecker(checked.layout, import_catalogue(customer))
    total = book.expected_rows(checked.layout.sheet)
    for number, row in _table_rows(book, checked.layout):
        checked.report.rows += 1
        if checked.report.rows > MAX_ROWS:
            raise Refusal(_("This file has more than 50,000 rows. Split it into smaller files."))
        line = checker.check(number, row)
        if line is not None:
            checked.lines[number] = line
        if checked.report.rows % PROGRESS_EVERY == 0:
            progress(checked.report.rows, max(total, checked.report.rows))
    found = _compare_with_fleet(checked, customer)
    checked.report.issues = sorted(checker.issues + found, key=lambda issue: (issue.row, issue.index))
    checked.report.refused = checked.report.rows - len(checked.lines)


def _table_rows(book: Book, layout: Layout) -> Iterator[tuple[int, Row]]:
    """The rows under the headings with their number in the file; empty ones are left out."""
    last = layout.heading_row + MAX_ROWS + SPARE_ROWS
    for number, row in enumerate(book.rows(layout.sheet, max_row=last), start=1):
        if number > layout.heading_row and not is_blank(row):
            yield number, row


def _compare_with_fleet(checked: FleetFile, customer: Customer) -> list[Issue]:
    """Take out the lines whose number or card is not free; the text is the same whoever has it."""
    lines = checked.lines
    numbers = taken_numbers([line.number for line in lines.values()])
    cards = known_sims(customer, [line.iccid_core for line in lines.values()])[1]
    people = known_employees(customer, {line.employee_number for line in lines.values()} - {""})
    names = {number: heading_key(person.first_name + person.last_name) for number, person in people.items()}
    columns = checked.layout.column_of()
    found: list[Issue] = []

    def find(row: int, column: Field, severity: Severity, reason: Reason, value: str) -> None:
        found.append(Issue(row, columns[column].index, columns[column].text, severity, reason, value))

    for row, line in list(lines.items()):
        name = heading_key(line.first_name + line.last_name) if line.employee_number in names else ""
        if name and names[line.employee_number] != name:
            find(row, Field.EMPLOYEE_NUMBER, Severity.WARNING, Reason.EMPLOYEE_OTHER_NAME, line.employee_number)
        if line.number in numbers:
            find(row, Field.NUMBER, Severity.ERROR, Reason.NUMBER_TAKEN, line.number)
        if line.iccid_core in cards:
            find(row, Field.ICCID, Severity.ERROR, Reason.SIM_TAKEN, line.iccid)
        if line.number in numbers or line.iccid_core in cards:
            del lines[row]
    return found
