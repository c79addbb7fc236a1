"""Hostile files against a real process with little memory: refused or read, soon, and never the end of the worker."""

import json
import random
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.spreadsheets.test_reading import CELL, PARTS, SHEET, workbook

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 512 * 1024 * 1024
SECONDS = 40

READER = """
import json, re, sys, time
import django
from django.conf import settings
settings.configure(USE_I18N=False)
django.setup()
import openpyxl
from fleetportal.spreadsheets.memory import bounded_memory
from fleetportal.spreadsheets.reading import open_book
from fleetportal.web.errors import Refusal
path, name = sys.argv[1:]
start, rows, outcome = time.process_time(), 0, "read"
try:
    with open(path, "rb") as file, bounded_memory(), open_book(file, name=name) as book:
        for row in book.rows(0, max_row=50_001):
            rows += 1
            assert len(row) <= 60
except Refusal:
    outcome = "refused"
# Of this process alone: getrusage also knows how large the one was that it was forked from.
peak = int(re.search(r"VmHWM:[^0-9]*([0-9]+) kB", open("/proc/self/status").read())[1]) * 1024
print(json.dumps([outcome, rows, time.process_time() - start, peak]))
"""


def outcome(path: Path, name: str) -> tuple[str, int, float, int]:
    done = subprocess.run(
        [sys.executable, "-c", READER, str(path), name], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-1500:]
    return tuple(json.loads(done.stdout))


def rows_of_shared_strings(path: Path) -> None:
    """Two million little texts: small for a ZIP, large as Python objects."""
    random.seed(7)
    texts = "".join(f"<si><t>{random.getrandbits(60):x}</t></si>" for _n in range(700_000))
    strings = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{texts}</sst>'
    types = PARTS["[Content_Types].xml"].replace(
        "</Types>",
        '<Override PartName="/xl/sharedStrings.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
    )
    path.write_bytes(workbook(extra={"[Content_Types].xml": types, "xl/sharedStrings.xml": strings}))


def wide_csv(path: Path) -> None:
    path.write_bytes(b"\n".join([b";".join([b"x"] * 100_000)] * 20))


def one_enormous_line(path: Path) -> None:
    path.write_bytes(b"a;b\n" + b"x" * (19 * 1024 * 1024))


def nothing_but_quotes(path: Path) -> None:
    path.write_bytes(b'"' * (10 * 1024 * 1024) + b"\n")


def nothing_but_line_ends(path: Path) -> None:
    path.write_bytes(b"\n" * (19 * 1024 * 1024))


def a_zip_that_claims_two_gigabytes(path: Path) -> None:
    content = bytearray(workbook())
    at = content.rindex(b"PK\x01\x02")
    struct.pack_into("<L", content, at + 24, 2 * 1024**3)
    path.write_bytes(content)


def a_table_of_contents_with_400000_parts(path: Path) -> None:
    """Small on disk, one Python object per entry."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    count, start = 400_000, b"PK\x03\x04" + b"\0" * 30
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFE, 0xFFFE, len(entry) * count, len(start), 0)
    path.write_bytes(start + entry * count + end)


def overlapping_parts(path: Path) -> None:
    """Many entries of the table that unpack the same bytes again and again."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (PARTS | {"xl/worksheets/sheet1.xml": SHEET.format("", CELL.format("x"))}).items():
            archive.writestr(name, content)
        for n in range(180):
            archive.writestr(f"xl/media/{n}.bin", random.Random(1).randbytes(20_000) * 60)


def deep_elements(path: Path) -> None:
    rows = CELL.format("x") + "<a>" * 200_000 + "</a>" * 200_000
    path.write_bytes(workbook(rows))


def many_attributes(path: Path) -> None:
    attributes = " ".join(f'a{n}="{n}"' for n in range(200_000))
    path.write_bytes(workbook(f"<row {attributes}></row>"))


FILES = [
    (rows_of_shared_strings, "f.xlsx"),
    (wide_csv, "f.csv"),
    (one_enormous_line, "f.csv"),
    (nothing_but_quotes, "f.csv"),
    (nothing_but_line_ends, "f.csv"),
    (a_zip_that_claims_two_gigabytes, "f.xlsx"),
    (a_table_of_contents_with_400000_parts, "f.xlsx"),
    (overlapping_parts, "f.xlsx"),
    (deep_elements, "f.xlsx"),
    (many_attributes, "f.xlsx"),
]


@pytest.mark.parametrize(("make", "name"), FILES, ids=lambda value: getattr(value, "__name__", None))
def test_a_hostile_file_costs_a_worker_little(make, name, tmp_path):
    path = tmp_path / name
    make(path)
    assert path.stat().st_size <= 20 * 1024 * 1024
    result, rows, seconds, peak = outcome(path, name)
    assert result in ("read", "refused")
    assert rows <= 50_001
    assert seconds < SECONDS
    assert peak < MEMORY, f"{peak / 1024**2:.0f} MB"
