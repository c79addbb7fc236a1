"""The fleet as a file: the columns a person chose, in his language, as rows that the import reads back."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils import translation

from accounts.models import Customer
from fleetportal.shell.registry import LineColumn, contributions
from fleetportal.spreadsheets.writing import Column, Value, csv_lines, write_csv, write_xlsx
from fleetportal.web import formatting
from fleetportal.web.translated import name_expression
from sims.enums import LineState
from sims.models import Line, LineOption
from sims.queries.fleet_import import batched
from sims.queries.lines import contributed_columns
from sims.spreadsheets.columns import Field, heading_of
from sims.spreadsheets.words import state_word, yes_no_word

CHUNK = 2000
FORMATS = ("xlsx", "csv")

# Where each column comes from; the plan's name depends on the language.
_SOURCES: dict[Field, str] = {
    Field.NUMBER: "number",
    Field.ICCID: "sim__iccid",
    Field.FIRST_NAME: "subscriber__first_name",
    Field.LAST_NAME: "subscriber__last_name",
    Field.EMAIL: "subscriber__email",
    Field.EMPLOYEE_NUMBER: "subscriber__employee_number",
    Field.DEPARTMENT: "subscriber__department",
    Field.LANGUAGE: "subscriber__language",
    Field.COST_CENTRE: "cost_centre__code",
    Field.BILLING_ACCOUNT: "billing_account__number",
    Field.PLAN: "plan_in_language",
    Field.OPTIONS: "pk",
    Field.STATUS: "state",
    Field.SPLIT_BILL: "split_bill",
    Field.ACTIVATED_ON: "activated_on",
}
_WIDTHS = {Field.ICCID: 22, Field.EMAIL: 32, Field.LAST_NAME: 20, Field.OPTIONS: 30, Field.NUMBER: 16, Field.PLAN: 18}
# What the list's columns (``sims.queries.lines.COLUMNS``) are in a file; number, card and name are always there.
_ALWAYS = (Field.NUMBER, Field.ICCID, Field.FIRST_NAME, Field.LAST_NAME, Field.DEPARTMENT)
_OF_LIST = {
    "plan": Field.PLAN,
    "state": Field.STATUS,
    "centre": Field.COST_CENTRE,
    "account": Field.BILLING_ACCOUNT,
    "split": Field.SPLIT_BILL,
    "employee": Field.EMPLOYEE_NUMBER,
    "since": Field.ACTIVATED_ON,
}
# An option whose name holds a separator is written as its code.
_SEPARATOR = re.compile(r"[;,|\n]")


def _extra_column(column: LineColumn) -> Column:
    return Column(f"{column.heading} ({column.unit})" if column.unit else str(column.heading), 18)


def fields_shown(list_columns: Sequence[str]) -> list[Field]:
    """The columns of a file that shows what the list shows."""
    return [*_ALWAYS, *(_OF_LIST[name] for name in list_columns if name in _OF_LIST)]


def extras_shown(list_columns: Sequence[str]) -> list[str]:
    """The columns of other apps in a file that shows what the list shows."""
    return [key for key in contributed_columns() if key in list_columns]


class FleetExport:
    """Lines of one company as rows of a file, read in chunks. ``language`` is that of headings and words.

    ``extras`` are keys of columns that other apps contribute to the list; they follow the own ones.
    """

    def __init__(
        self,
        lines: QuerySet[Line],
        fields: Sequence[Field],
        *,
        customer: Customer,
        language: str,
        file_format: str,
        extras: Sequence[str] = (),
    ) -> None:
        self.lines = lines
        self.fields = list(fields)
        self.customer = customer
        self.language = language
        self.file_format = file_format
        self.sources = [
            (source, columns)
            for source in contributions.line_columns
            if (columns := [column for column in source.columns if column.key in extras])
        ]

    @property
    def columns(self) -> list[Column]:
        own = [Column(heading_of(field, self.language), _WIDTHS.get(field, 14)) for field in self.fields]
        with translation.override(self.language):
            return own + [_extra_column(column) for _source, columns in self.sources for column in columns]

    def rows(self, progress: Callable[[int], None] = lambda done: None) -> Iterator[list[Value]]:
        """One row per line. Numbers and card numbers are text."""
        sources = [_SOURCES[field] for field in self.fields]
        found = self.lines.annotate(plan_in_language=name_expression("plan__")).values_list("pk", *sources)
        convert = self._converters()
        options = self.fields.index(Field.OPTIONS) if Field.OPTIONS in self.fields else None
        done = 0
        for chunk in batched(found.iterator(chunk_size=CHUNK), CHUNK):
            names = self._option_names([row[0] for row in chunk]) if options is not None else {}
            extra = self._extra_cells([row[0] for row in chunk])
            for row in chunk:
                cells = list(row[1:])
                for index, change in convert:
                    cells[index] = change(cells[index])
                if options is not None:
                    cells[options] = names.get(row[0], "")
                yield cells + extra[row[0]]
            done += len(chunk)
            progress(done)

    def _converters(self) -> list[tuple[int, Callable[[Any], Value]]]:
        states = {value: state_word(value, self.language) for value in LineState.values}
        changes: dict[Field, Callable[[Any], Value]] = {
            Field.STATUS: states.__getitem__,
            Field.SPLIT_BILL: {answer: yes_no_word(answer, self.language) for answer in (True, False)}.__getitem__,
        }
        if self.file_format == "csv":
            # Excel takes a bare number in a CSV file for a number and drops zeros and digits; in groups it stays text.
            changes |= {Field.NUMBER: formatting.phone, Field.ICCID: formatting.iccid}
        return [(index, changes[field]) for index, field in enumerate(self.fields) if field in changes]

    def _extra_cells(self, lines: Sequence[int]) -> dict[int, list[Value]]:
        """The cells of the contributed columns: one question per source."""
        cells: dict[int, list[Value]] = {line: [] for line in lines}
        for source, columns in self.sources:
            known = source.load(self.customer, lines)
            for line, found in cells.items():
                found += [column.value(known[line]) if line in known else None for column in columns]
        return cells

    def _option_names(self, lines: Sequence[int]) -> dict[int, str]:
        chosen = LineOption.objects.filter(line_id__in=lines).order_by("option__code")
        names: dict[int, list[str]] = {}
        for line, name, code in chosen.values_list("line_id", name_expression("option__"), "option__code"):
            names.setdefault(line, []).append(code if _SEPARATOR.search(name) else name)
        return {line: "; ".join(some) for line, some in names.items()}

    def write(self, path: Path, *, title: str, progress: Callable[[int], None] = lambda done: None) -> int:
        """Write the file; returns how many rows."""
        if self.file_format == "csv":
            return write_csv(path, columns=self.columns, rows=self.rows(progress))
        return write_xlsx(path, title=title, columns=self.columns, rows=self.rows(progress))

    def csv_stream(self) -> Iterator[str]:
        return csv_lines(self.columns, self.rows())
