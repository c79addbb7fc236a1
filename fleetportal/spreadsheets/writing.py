"""Writing rows to XLSX and CSV as a stream. Text stays text: no formula, no lost digit, no control character."""

import csv
import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

Value = str | int | float | Decimal | dt.date | dt.datetime | bool | None

CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
BOM = "\ufeff"
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# What spreadsheets take for the start of a formula, also full-width, which some convert on opening.
_FORMULA_START = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_SHEET_TITLE = re.compile(r"[\[\]:*?/\\]")


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and the width of the column in characters."""

    heading: str
    width: int = 14


def write_xlsx(
    path: Path,
    *,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    total: Callable[[], Sequence[Value]] | None = None,
) -> int:
    """Write one sheet with a frozen, filterable heading; returns how many rows. Leaves no file behind when it fails.

    ``total`` is asked once all rows are written; it stands below them in bold, outside what the filter hides.
    """
    from openpyxl import Workbook  # takes 0.2 s, so only where it is used

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_SHEET_TITLE.sub(" ", title)[:31])
    try:
        count = _fill(sheet, columns, rows, total)
        book.save(path)
    except BaseException:
        _remove_traces(sheet, path)
        raise
    return count


def _fill(
    sheet: Any,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    total: Callable[[], Sequence[Value]] | None,
) -> int:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A2"
    for index, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = column.width

    def bold(value: Value) -> Any:
        cell = WriteOnlyCell(sheet, value=value)
        cell.font = Font(bold=True)
        if isinstance(value, str):
            cell.data_type = "s"
        return cell

    sheet.append([bold(column.heading) for column in columns])
    count = 0
    for row in rows:
        sheet.append([_text_cell(sheet, value) if type(value) is str else value for value in row])
        count += 1
    if total is not None:
        sheet.append([bold(value) for value in total()])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count + 1}"
    return count


def _text_cell(sheet: Any, text: str) -> Any:
    """The text itself where openpyxl writes it as text anyway, else a cell that says so."""
    if not text.isprintable():
        text = printable(text)
    if text[:1] not in ("=", "#"):
        return text or None
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    return cell


def _remove_traces(sheet: Any, path: Path) -> None:
    """openpyxl keeps the sheet in a temporary file of its own until the end of the process."""
    with suppress(Exception):
        sheet.close()
    with suppress(Exception):
        sheet._writer.cleanup()
    path.unlink(missing_ok=True)


def csv_lines(columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    """The lines of a CSV file as Belgian Excel opens it: UTF-8 with a mark, semicolons, decimal commas."""
    line = _Line()
    writer = csv.writer(line, delimiter=";", lineterminator="\r\n")
    writer.writerow([defused(column.heading) for column in columns])
    yield BOM + line.text
    for row in rows:
        writer.writerow([_csv_value(value) for value in row])
        yield line.text


class _Line:
    """The file a csv.writer writes to: keeps only the line just written."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def write_csv(path: Path, *, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> int:
    """Write the file; returns how many rows. Leaves no file behind when it fails."""
    count = -1
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            for line in csv_lines(columns, rows):
                file.write(line)
                count += 1
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return count


def _csv_value(value: Value) -> str:
    if isinstance(value, str):
        return defused(printable(value))
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, dt.date):
        return value.strftime("%d/%m/%Y")
    return str(value).replace(".", ",")


def printable(text: str) -> str:
    """Without the characters that XML and spreadsheets cannot hold."""
    return _ILLEGAL.sub("", text)


def defused(text: str) -> str:
    """With an apostrophe before anything a spreadsheet would calculate when it opens a CSV file."""
    start = text.lstrip(" \u00a0")[:1]
    return f"'{text}" if start in _FORMULA_START and start else text


def undefused(text: str) -> str:
    """What :func:`defused` made of a text, as it was before."""
    if text.startswith("'") and defused(text[1:]) == text:
        return text[1:]
    return text
