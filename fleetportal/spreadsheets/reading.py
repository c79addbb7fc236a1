"""Opening an uploaded XLSX or CSV file as sheets of plain rows, whatever it holds, within bounds of time and memory."""

import csv
import datetime as dt
import io
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import PurePath
from typing import IO, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fleetportal.spreadsheets.archive import BoundedArchive, UnsafeArchive
from fleetportal.web.errors import Refusal

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None
Row = tuple[Cell, ...]

MAX_COLUMNS = 60
MAX_CSV_BYTES = 40 * 1024 * 1024
SNIFFED_LINES = 20

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_OTHER_FORMATS = frozenset([".xls", ".xlsm", ".xlsb", ".xltx", ".xltm", ".ods", ".numbers", ".pdf"])

UNREADABLE: Promise = _("This file cannot be read. Open it in Excel, save it as .xlsx and upload that file.")
WRONG_KIND: Promise = _("Only .xlsx and .csv files can be read. Open the file in Excel and save it as .xlsx.")
EMPTY: Promise = _("This file is empty.")


class Book(Protocol):
    """An opened file. ``titles`` names its visible sheets; rows are counted from 1 as the spreadsheet shows them."""

    titles: Sequence[str]

    def rows(self, sheet: int, *, max_row: int) -> Iterator[Row]:
        """Every row of a sheet from the first on, also empty ones, at most ``max_row``."""

    def expected_rows(self, sheet: int) -> int:
        """About how many rows there are, as far as the file says; only good for showing progress."""


@contextmanager
def open_book(file: IO[bytes], *, name: str) -> Iterator[Book]:
    """Open ``file`` by its content; ``name`` only tells formats apart that we refuse.

    Raises :class:`Refusal` with a message for the user, here or while rows are read, when the file is of another
    format, damaged or hostile.
    """
    file.seek(0)
    start = file.read(8)
    file.seek(0)
    if start.startswith(_OLE) or PurePath(name).suffix.lower() in _OTHER_FORMATS:
        raise Refusal(WRONG_KIND)
    if not start:
        raise Refusal(EMPTY)
    try:
        if start.startswith(_ZIP):
            yield from _open_xlsx(file)
        else:
            yield CsvBook(file)
    except (Refusal, OSError):
        raise
    except (UnsafeArchive, MemoryError) as error:
        raise Refusal(
            _("This file is built in a way that the portal does not open. Save it again from Excel.")
        ) from error


def _open_xlsx(file: IO[bytes]) -> Iterator[Book]:
    with _read_errors(), warnings.catch_warnings():
        # openpyxl warns about dates, styles and extensions that it cannot use; none of that concerns the values.
        warnings.simplefilter("ignore")
        book = XlsxBook(file)
    try:
        yield book
    finally:
        book.close()


@contextmanager
def _read_errors() -> Iterator[None]:
    """A damaged file can make the parsers raise nearly anything; all of it means the same to the user."""
    try:
        yield
    except (Refusal, UnsafeArchive, MemoryError):
        raise
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, (UnsafeArchive, MemoryError)):
                raise cause from error
            cause = cause.__cause__ or cause.__context__
        raise Refusal(UNREADABLE) from error


class XlsxBook:
    """A workbook in openpyxl's read-only mode: formulas as their last value, nothing evaluated, no links followed."""

    def __init__(self, file: IO[bytes]) -> None:
        from openpyxl.packaging.manifest import Manifest  # takes 0.2 s, so only where it is used
        from openpyxl.reader.excel import ExcelReader
        from openpyxl.xml.constants import XLSX
        from openpyxl.xml.functions import fromstring

        archive = BoundedArchive(file)
        manifest = Manifest.from_tree(fromstring(archive.read("[Content_Types].xml")))
        if manifest.find(XLSX) is None:
            raise Refusal(WRONG_KIND)
        reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        reader.archive.close()
        reader.archive = archive
        reader.read()
        self._archive = archive
        self._sheets = [s for s in reader.wb.worksheets if s.sheet_state == "visible"] or reader.wb.worksheets
        if not self._sheets:
            raise Refusal(UNREADABLE)
        self.titles: Sequence[str] = [sheet.title for sheet in self._sheets]

    def rows(self, sheet: int, *, max_row: int) -> Iterator[Row]:
        # Without max_row and max_col a single far cell makes millions of empty ones.
        rows = self._sheets[sheet].iter_rows(max_row=max_row, max_col=MAX_COLUMNS, values_only=True)
        while True:
            with _read_errors():
                block = list(islice(rows, 500))
            if not block:
                return
            yield from block

    def expected_rows(self, sheet: int) -> int:
        return self._sheets[sheet].max_row or 0

    def close(self) -> None:
        self._archive.close()


class CsvBook:
    """A text file: UTF-8, UTF-16 with a mark or Windows-1252; separated by semicolons, commas or tabs."""

    titles: Sequence[str] = ("",)

    def __init__(self, file: IO[bytes]) -> None:
        content = file.read(MAX_CSV_BYTES + 1)
        if len(content) > MAX_CSV_BYTES:
            raise Refusal(_("This file is too large. Split it into smaller files."))
        self._text = _decoded(content)
        if "\0" in self._text:
            raise Refusal(WRONG_KIND)
        self._delimiter, self._skip = _delimiter(self._text)

    def rows(self, sheet: int, *, max_row: int) -> Iterator[Row]:
        lines = csv.reader(io.StringIO(self._text, newline=""), delimiter=self._delimiter)
        with _read_errors():
            for cells in islice(lines, self._skip, self._skip + max_row):
                yield tuple(cell or None for cell in cells[:MAX_COLUMNS])

    def expected_rows(self, sheet: int) -> int:
        return self._text.count("\n")


def _decoded(content: bytes) -> str:
    if content.startswith(_UTF16):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Excel's plain "CSV" on a western Windows.
        return content.decode("cp1252", errors="replace")


def _delimiter(text: str) -> tuple[str, int]:
    """The separator, and how many lines before the first row are only there to name it (``sep=;``)."""
    first = text[:20].splitlines()[:1]
    if first and len(first[0]) == 5 and first[0].lower().startswith("sep="):
        return first[0][4], 1
    best = max(";,\t|", key=lambda candidate: _columns(text, candidate))
    return best, 0


def _columns(text: str, delimiter: str) -> int:
    """How many cells the widest of the first lines has with this separator."""
    lines = csv.reader(io.StringIO(text[:100_000], newline=""), delimiter=delimiter)
    try:
        return max((len(cells) for cells in islice(lines, SNIFFED_LINES)), default=0)
    except csv.Error:
        return 0


def is_blank(row: Row) -> bool:
    """Nothing in it but spaces."""
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row)


def column_letter(index: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def heading_key(text: object) -> str:
    """A heading or word however a file spells it: lower case, no accents, letters and digits only."""
    decomposed = unicodedata.normalize("NFKD", str(text or "")).casefold()
    return "".join(char for char in decomposed if char.isalnum())
