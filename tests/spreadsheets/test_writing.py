"""What is written is what was meant: text stays text, in both kinds of file, and failures leave nothing behind."""

import csv
import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetportal.spreadsheets.writing import (
    Column,
    csv_lines,
    defused,
    printable,
    undefused,
    write_csv,
    write_xlsx,
)

DANGEROUS = ["=1+1", "+32468", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"]
COLUMNS = [Column("=Heading", 20)]


def xlsx(tmp_path: Path, *values) -> list:
    write_xlsx(tmp_path / "f.xlsx", title="a/b:c", columns=COLUMNS, rows=[[value] for value in values])
    sheet = openpyxl.load_workbook(tmp_path / "f.xlsx").active
    return [cell for (cell,) in sheet.iter_rows()]


@pytest.mark.parametrize("text", [*DANGEROUS, "#N/A", "#REF!", "0468123456", "8932031012345678902", "TRUE"])
def test_text_is_a_text_cell_in_a_workbook(tmp_path, text):
    heading, cell = xlsx(tmp_path, text)
    assert (heading.value, heading.data_type) == ("=Heading", "s")
    assert (cell.value.replace("_x000D_", "\r"), cell.data_type) in ((text, "s"), (text.replace("\r", "\n"), "s"))


def test_dates_and_numbers_are_real_ones(tmp_path):
    _heading, day, money, nothing, whole = xlsx(tmp_path, dt.date(2025, 3, 2), Decimal("12.50"), None, 7)
    assert (day.value, day.is_date) == (dt.datetime.fromisoformat("2025-03-02"), True)
    assert (money.value, money.data_type) == (12.5, "n")
    assert (whole.value, nothing.value) == (7, None)


def test_characters_that_xml_cannot_hold_are_dropped(tmp_path):
    assert [cell.value for cell in xlsx(tmp_path, "a\x00b\x1bc\ufffe")][1] == "abc"


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_csv_cell_that_would_be_calculated_gets_an_apostrophe(text):
    assert defused(text) == f"'{text}"
    assert undefused(defused(text)) == text


@pytest.mark.parametrize("text", ["", "Maes", "0468", "d'Ursel", "'t Hooft", "a=b"])
def test_harmless_text_stays_as_it_is(text):
    assert defused(text) == text
    assert undefused(text) == text


def test_csv_is_what_a_belgian_excel_opens():
    lines = list(csv_lines([Column("A"), Column("B"), Column("C")], [[Decimal("1.5"), dt.date(2025, 3, 2), None]]))
    assert "".join(lines) == "\ufeffA;B;C\r\n1,5;02/03/2025;\r\n"


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_comes_back_from_csv(texts):
    lines = "".join(csv_lines([Column("A")] * len(texts), [texts]))
    rows = list(csv.reader(io.StringIO(lines.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert [undefused(cell) for cell in rows[1]] == [undefused(printable(text)) for text in texts] or not any(texts)


@settings(max_examples=30, deadline=None)
@given(text=st.text(max_size=50))
def test_any_text_is_written_to_a_workbook_as_text(text, tmp_path_factory):
    path = tmp_path_factory.mktemp("any")
    _heading, *cells = xlsx(path, text, "end")
    assert cells[-1].value == "end"
    assert all(cell.data_type == "s" for cell in cells if cell.value is not None)


def failing_rows():
    yield ["one"]
    raise OSError("no space left")


def test_a_failure_leaves_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(OSError, match="no space"):
        write_xlsx(tmp_path / "f.xlsx", title="x", columns=COLUMNS, rows=failing_rows())
    with pytest.raises(OSError, match="no space"):
        write_csv(tmp_path / "f.csv", columns=COLUMNS, rows=failing_rows())
    assert list(tmp_path.iterdir()) == []


def test_the_number_of_rows_is_answered(tmp_path):
    assert write_csv(tmp_path / "f.csv", columns=COLUMNS, rows=[["a"], ["b"]]) == 2
    assert write_xlsx(tmp_path / "f.xlsx", title="x", columns=COLUMNS, rows=[]) == 0
