"""Files are read whatever they hold: real ones in full, hostile ones not at all, and never beyond bounds."""

import datetime as dt
import io
import time
import zipfile
from itertools import islice

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetportal.spreadsheets import archive
from fleetportal.spreadsheets.memory import bounded_memory
from fleetportal.spreadsheets.reading import column_letter, heading_key, is_blank, open_book
from fleetportal.web.errors import Refusal

PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="xl/workbook.xml" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="worksheets/sheet1.xml" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>',
}
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}<sheetData>{}</sheetData></worksheet>'
CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row>'


def workbook(
    rows: str = CELL.format("here"),
    *,
    prolog: str = "",
    extra: dict[str, bytes | str] | None = None,
    compression: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """A workbook written by hand."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archived:
        for name, content in (
            PARTS | {"xl/worksheets/sheet1.xml": prolog + SHEET.format("", rows)} | (extra or {})
        ).items():
            archived.writestr(name, content)
    return file.getvalue()


def read(content: bytes, *, name: str = "f.xlsx", max_row: int = 100) -> list[tuple]:
    with open_book(io.BytesIO(content), name=name) as book:
        return list(book.rows(0, max_row=max_row))


def saved(*rows: list) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_the_hand_written_workbook_is_a_good_one():
    assert read(workbook())[0][0] == "here"


def test_values_keep_their_types_and_rows_their_numbers():
    rows = read(saved(["Nr", None, 7], [], ["=1+1", dt.date(2025, 3, 2), True, 1.5]))
    assert rows[0][:3] == ("Nr", None, 7)
    assert is_blank(rows[1])
    assert rows[2][:4] == (
        None,
        dt.datetime.fromisoformat("2025-03-02"),
        True,
        1.5,
    )  # a formula nobody calculated has no value


def test_hidden_sheets_are_left_alone():
    book = openpyxl.Workbook()
    book.active.sheet_state = "hidden"
    book.create_sheet("Shown")["A1"] = "x"
    file = io.BytesIO()
    book.save(file)
    with open_book(file, name="f.xlsx") as opened:
        assert opened.titles == ["Shown"]


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        (b"a;b\n1;2", ("1", "2")),
        (b"a,b\n1,2", ("1", "2")),
        (b"a\tb\n1\t2", ("1", "2")),
        ("\ufeffa;b\né;2".encode(), ("é", "2")),
        ("a;b\né;2".encode("cp1252"), ("é", "2")),
        ("a\tb\né\t2".encode("utf-16"), ("é", "2")),
        (b"sep=|\na|b\n1|2", ("1", "2")),
        (b'a;b\r\n"1;x";"2\nlines"', ("1;x", "2\nlines")),
        (b"a;b\r\n007;", ("007", None)),
    ],
)
def test_csv_in_every_usual_dress(content, cells):
    assert read(content, name="f.csv")[1] == cells


@pytest.mark.parametrize("name", ["f.xls", "f.xlsm", "f.ods", "F.XLSB"])
def test_other_formats_are_refused_by_name(name):
    with pytest.raises(Refusal, match="xlsx and"):
        read(workbook(), name=name)


def test_macros_and_old_binary_files_are_refused_by_content():
    types = PARTS["[Content_Types].xml"].replace(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    with pytest.raises(Refusal, match="xlsx and"):
        read(workbook(extra={"[Content_Types].xml": types}))
    with pytest.raises(Refusal, match="xlsx and"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))


def test_a_zero_byte_in_text_is_refused():
    with pytest.raises(Refusal, match="xlsx and"):
        read(b"a;b\n1\0;2", name="f.csv")


BILLION = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "haha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{(f"&{chr(97 + n)};") * 10}">' for n in range(9))
    + "]>"
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("prolog", [BILLION, OUTSIDE])
def test_entities_are_refused_wherever_they_stand(prolog):
    with pytest.raises(Refusal):
        read(workbook(CELL.format("&a;"), prolog=prolog))


def test_a_cell_at_the_far_end_costs_nothing():
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far</t></is></c></row>'
    start = time.monotonic()
    rows = read(workbook(CELL.format("here") + far), max_row=1000)
    assert time.monotonic() - start < 2
    assert len(rows) == 1000
    assert len(rows[0]) == 60


def test_a_merge_of_the_whole_sheet_costs_nothing():
    merge = SHEET.replace(
        "</sheetData>", '</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    )
    start = time.monotonic()
    rows = read(workbook(extra={"xl/worksheets/sheet1.xml": merge.format("", CELL.format("here"))}))
    assert time.monotonic() - start < 2
    assert rows[0][0] == "here"


def test_one_enormous_cell_is_refused_before_it_is_in_memory():
    content = workbook(CELL.format("x" * 60_000_000))
    with bounded_memory(50 * 1024 * 1024), pytest.raises(Refusal, match="does not open"):
        read(content)


def test_an_enormous_cell_below_the_ratio_is_refused_too():
    text = "x" * 30_000_000
    content = workbook(CELL.format(text), compression=zipfile.ZIP_STORED)
    del text
    with bounded_memory(50 * 1024 * 1024), pytest.raises(Refusal, match="does not open"):
        read(content)


def test_more_memory_than_allowed_is_a_refusal_and_not_a_crash():
    strings = "<si><t>thirty letters are in this text</t></si>" * 1_000_000
    types = PARTS["[Content_Types].xml"].replace(
        "</Types>",
        '<Override PartName="/xl/sharedStrings.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
    )
    table = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{strings}</sst>'
    content = workbook(
        extra={"[Content_Types].xml": types, "xl/sharedStrings.xml": table}, compression=zipfile.ZIP_STORED
    )
    del strings, table
    with pytest.raises(Refusal, match="does not open"), bounded_memory(20 * 1024 * 1024):
        read(content)


def test_the_memory_limit_ends_with_the_block():
    with bounded_memory(1024 * 1024), pytest.raises(MemoryError):
        bytearray(100 * 1024 * 1024)
    assert len(bytearray(100 * 1024 * 1024))


@pytest.mark.parametrize("name", ["/etc/passwd", "../x.xml", "xl\\..\\..\\x.xml", "C:/x.xml"])
def test_parts_that_point_outside_are_refused(name):
    with pytest.raises(Refusal, match="does not open"):
        read(workbook(extra={name: "x"}))


def test_too_many_parts_are_refused():
    with pytest.raises(Refusal, match="does not open"):
        read(workbook(extra={f"xl/media/{n}.png": "x" for n in range(archive.MAX_ENTRIES)}))


def test_an_encrypted_part_is_refused():
    content = bytearray(workbook())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.rindex(signature) + offset] |= 1
    with pytest.raises(Refusal):
        read(bytes(content))


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1" t="s"><v>99</v></c></row>',
        '<row r="1"><c r="A1"><v>no number</v></c></row>',
        '<row r="x"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"',
    ],
)
def test_damaged_sheets_are_refused_in_words(rows):
    with pytest.raises(Refusal, match="cannot be read"):
        read(workbook(rows))


def test_only_the_rows_that_are_asked_for_are_read():
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 5001))
    with open_book(io.BytesIO(workbook(rows)), name="f.xlsx") as book:
        assert [row[0] for row in islice(book.rows(0, max_row=4000), 3)] == [1, 2, 3]
        assert sum(1 for _ in book.rows(0, max_row=4000)) == 4000


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400), st.sampled_from(["f.xlsx", "f.csv"]), st.sampled_from([b"", b"PK\x03\x04", b"a;b\n"]))
def test_any_bytes_are_read_or_refused(content, name, start):
    try:
        read(start + content, name=name)
    except Refusal as refusal:
        assert str(refusal)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_workbook_with_broken_bytes_is_read_or_refused(data):
    content = bytearray(workbook())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(bytes(content))
    except Refusal as refusal:
        assert str(refusal)


def test_a_workbook_of_which_no_sheet_can_be_found_is_refused():
    names = "xl/_rels/workbook.xml.rels"
    with pytest.raises(Refusal, match="cannot be read"):
        read(workbook(extra={names: PARTS[names].replace("sheet1", "sheet2")}))


@pytest.mark.parametrize(("index", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_have_letters(index, letter):
    assert column_letter(index) == letter


def test_headings_are_compared_without_case_accents_and_punctuation():
    assert heading_key("  N° de carte-SIM ") == heading_key("n de CARTE sim")
    assert heading_key("Prénom") == "prenom"
