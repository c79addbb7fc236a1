"""The workbook of a bulk change, a number and what its line is to get per row: reading it, and the empty one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Customer
from fleetportal.spreadsheets.reading import Book, Cell, Row, column_letter, heading_key, is_blank, open_book
from fleetportal.spreadsheets.writing import Column, Value, write_xlsx
from fleetportal.web.errors import Refusal
from sims.bulk.changes import Change, change_of
from sims.identifiers import IdentifierError, normalise_msisdn
from sims.orders.kinds import Wish
from sims.services.bulk import FileRow
from sims.spreadsheets.bulk_values import Catalogue, CellProblem, parsers
from sims.spreadsheets.checks import text_of
from sims.spreadsheets.columns import HEADING_WITHIN_ROWS, Field, field_of, heading_of

MAX_ROWS = 50_000
SPARE_ROWS = 10_000
PROGRESS_EVERY = 500
# The number is incomplete, so that an example somebody forgot to remove changes nothing.
EXAMPLE_NUMBER = "0468 .. .. .."

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """``field`` of the wish that the column fills, its words per language (the first is written), its parser."""

    field: str
    words: Mapping[str, str]
    parser: str
    is_required: bool = True
    known_as: str = ""

    def heading(self, language: str) -> str:
        return self.words.get(language, self.words["en"]).split("|")[0]

    def is_named(self, cell: Cell) -> bool:
        """Whether a heading means this column, in any of the languages; ``known_as`` is its name in fleet files."""
        if self.known_as and field_of(cell) == self.known_as:
            return True
        return heading_key(cell) in {heading_key(word) for words in self.words.values() for word in words.split("|")}


def _known(field: Field) -> dict[str, str]:
    """The words that fleet files use for the same thing."""
    return {language: heading_of(field, language) for language, _name in settings.LANGUAGES}


_AMOUNT = {"nl": "Bedrag|limiet|euro", "fr": "Montant|limite|euro", "en": "Amount|limit|euro"}
COLUMNS: dict[str, tuple[ValueColumn, ...]] = {
    "plan": (ValueColumn("plan", _known(Field.PLAN), "plan", known_as=Field.PLAN),),
    "options": (
        ValueColumn(
            "add",
            {"nl": "Opties toevoegen|opties|optie", "fr": "Options à ajouter|options", "en": "Add options|options"},
            "options",
            is_required=False,
        ),
        ValueColumn(
            "remove",
            {"nl": "Opties weghalen", "fr": "Options à retirer", "en": "Remove options"},
            "options",
            is_required=False,
        ),
    ),
    "barrings": (
        ValueColumn("bar", {"nl": "Blokkeren", "fr": "Bloquer", "en": "Bar"}, "barrings", is_required=False),
        ValueColumn("allow", {"nl": "Toestaan", "fr": "Autoriser", "en": "Allow"}, "barrings", is_required=False),
    ),
    "block": (
        ValueColumn("reason", {"nl": "Reden|waarom", "fr": "Raison|motif", "en": "Reason"}, "reason"),
        ValueColumn(
            "until",
            {"nl": "Vrijgeven op|tot", "fr": "Débloquer le|jusqu'au", "en": "Unblock on|until"},
            "day",
            is_required=False,
        ),
    ),
    "unblock": (),
    "third_party_limit": (ValueColumn("amount", _AMOUNT, "amount"),),
    "roaming_limit": (ValueColumn("amount", _AMOUNT, "amount_or_none"),),
    "billing_account": (
        ValueColumn("number", _known(Field.BILLING_ACCOUNT), "account", known_as=Field.BILLING_ACCOUNT),
    ),
    "cost_centre": (ValueColumn("code", _known(Field.COST_CENTRE), "centre", known_as=Field.COST_CENTRE),),
    "split_bill": (ValueColumn("profile", {"nl": "Profiel", "fr": "Profil", "en": "Profile"}, "profile"),),
}

EMPTY_CELL = gettext_noop("Fill in this cell.")
NOTHING_CHOSEN = gettext_noop("This row says nothing to change.")
NOT_A_NUMBER = gettext_noop("This is not a Belgian mobile number.")


def write_bulk_template(path: Path, *, change: Change, customer: Customer, language: str) -> None:
    """The number and the columns of this change in this language, with one example of the company's own values."""
    catalogue = Catalogue(customer)
    columns = [Column(heading_of(Field.NUMBER, language), 18)]
    example: list[Value] = [EXAMPLE_NUMBER]
    for column in COLUMNS[change.code]:
        columns.append(Column(column.heading(language), 28))
        example.append(catalogue.example(column.parser))
    write_xlsx(path, title=str(change.title), columns=columns, rows=[example])


def read_bulk_file(
    file: IO[bytes], *, name: str, change: str, customer: Customer, progress: Progress = lambda done, total: None
) -> list[FileRow]:
    """Every row as what it wishes, or what is wrong with it and where; raises ``Refusal`` for the file as a whole."""
    with open_book(file, name=name) as book:
        layout = _find_layout(book, change)
        reader = _RowReader(change_of(change), layout, Catalogue(customer))
        total = book.expected_rows(layout.sheet)
        rows: list[FileRow] = []
        for number, row in _rows(book, layout):
            if len(rows) >= MAX_ROWS:
                raise Refusal(_("This file has more than 50,000 rows. Split it into smaller files."))
            rows.append(reader.read(number, row))
            if len(rows) % PROGRESS_EVERY == 0:
                progress(len(rows), 2 * max(total, len(rows)))
    if not rows:
        raise Refusal(_("There is no number in this file. Put one row per SIM card under the headings."))
    return rows


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the headings stand; ``columns`` are the value columns by their place from 0."""

    sheet: int
    heading_row: int
    number: int
    columns: Mapping[int, ValueColumn]


def _find_layout(book: Book, change: str) -> _Layout:
    """The first row that names the number; required columns must be there too."""
    for sheet in range(len(book.titles)):
        for position, row in enumerate(islice(book.rows(sheet, max_row=HEADING_WITHIN_ROWS), HEADING_WITHIN_ROWS)):
            if (place := _place_of_number(row)) is not None:
                layout = _Layout(sheet, position + 1, place, _value_columns(row, change))
                _refuse_missing(layout, change)
                return layout
    raise Refusal(_("No headings were found. The first row must name the columns, for example “Phone number”."))


def _place_of_number(row: Row) -> int | None:
    return next((index for index, cell in enumerate(row) if field_of(cell) == Field.NUMBER), None)


def _value_columns(row: Row, change: str) -> dict[int, ValueColumn]:
    found: dict[int, ValueColumn] = {}
    for index, cell in enumerate(row):
        for column in COLUMNS[change]:
            if column.is_named(cell) and column not in found.values():
                found[index] = column
    return found


def _refuse_missing(layout: _Layout, change: str) -> None:
    language = (translation.get_language() or "nl")[:2]
    there = {column.field for column in layout.columns.values()}
    missing = [c.heading(language) for c in COLUMNS[change] if c.is_required and c.field not in there]
    if COLUMNS[change] and not layout.columns:
        missing = [c.heading(language) for c in COLUMNS[change]]
    if missing:
        raise Refusal(_("These columns were not found in the file: %(columns)s.") % {"columns": ", ".join(missing)})


def _rows(book: Book, layout: _Layout) -> Iterator[tuple[int, Row]]:
    last = layout.heading_row + MAX_ROWS + SPARE_ROWS
    for number, row in enumerate(book.rows(layout.sheet, max_row=last), start=1):
        if number > layout.heading_row and not is_blank(row):
            yield number, row


class _RowReader:
    """Turns rows into wishes of one change."""

    def __init__(self, change: Change, layout: _Layout, catalogue: Catalogue) -> None:
        self.change = change
        self.layout = layout
        self.parse = parsers(catalogue)

    def read(self, number: int, row: Sequence[Cell]) -> FileRow:
        cell = f"{column_letter(self.layout.number)}{number}"
        raw = self._cell(row, self.layout.number)
        try:
            phone = normalise_msisdn(raw)
        except IdentifierError:
            return FileRow(text_of(raw)[:60], cell, problem=NOT_A_NUMBER)
        values: dict[str, Any] = {}
        for index, column in self.layout.columns.items():
            try:
                values[column.field] = self._value(column, self._cell(row, index))
            except CellProblem as problem:
                return FileRow(phone, f"{column_letter(index)}{number}", problem=str(problem))
        if self.layout.columns and not any(values.values()) and not self._may_be_empty():
            return FileRow(phone, cell, problem=NOTHING_CHOSEN)
        return FileRow(phone, cell, wish=self._wish(values))

    def _cell(self, row: Sequence[Cell], index: int) -> Cell:
        return row[index] if index < len(row) else None

    def _value(self, column: ValueColumn, cell: Cell) -> Any:
        if column.is_required and not text_of(cell):
            raise CellProblem(EMPTY_CELL)
        return self.parse[column.parser](cell)

    def _may_be_empty(self) -> bool:
        """A required column was filled in, if only with a word for nothing."""
        return any(column.is_required for column in COLUMNS[self.change.code])

    def _wish(self, values: Mapping[str, Any]) -> Wish:
        return self.change.wish(**values)
