"""The form of a row, with made-up fields: what passes can be read by the database, and nothing else passes."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groupbundles.enums import UsageKind, UsageRefusal, UsageZone
from groupbundles.services.usage import statements
from groupbundles.services.usage.files import Batch
from groupbundles.services.usage.rows import COLUMNS, packed, right_until, unpacked

RIGHT = {
    "record_id": "05739885-0433-4e7c-8f85-13a15c6d5c8f",
    "msisdn": "+32468000001",
    "started_at": "2026-11-05T10:00:00+01:00",
    "kind": "data",
    "zone": "BE",
    "quantity": "1000",
    "unit": "B",
    "bundle": "own",
    "charge_eur": "0.0000",
}
two = st.integers(0, 99).map("{:02d}".format)
separators = st.sampled_from(["-", ":", "T", " ", ".", "+", "Z", ""])
moments = st.builds(
    "{}{}{}-{}T{}:{}:{}{}".format,
    st.sampled_from(["2026", "2024", "2000", "1999", "2100", "20a6"]),
    separators,
    two,
    two,
    two,
    two,
    two,
    st.sampled_from(["Z", "", "+01:00", "-14:59", "+15:00", "+0100", ".5Z", ".1234567Z", ".123456+02:00", "+1:00"]),
)
junk = st.text(max_size=70)
values = {
    "record_id": st.one_of(junk, st.just('a"b'), st.just("x" * 65)),
    "msisdn": st.one_of(junk, st.from_regex(r"\+?[0-9]{0,18}", fullmatch=True)),
    "started_at": st.one_of(moments, st.datetimes().map("{}+01:00".format), junk),
    "kind": st.one_of(junk, st.sampled_from([*UsageKind.values, "DATA", ""])),
    "zone": st.one_of(junk, st.sampled_from([*UsageZone.values, "be"])),
    "quantity": st.one_of(junk, st.integers().map(str), st.just("٣"), st.just("0" * 15)),
    "unit": st.one_of(junk, st.sampled_from(["B", "s", "1", "kB"])),
    "bundle": st.one_of(junk, st.just("")),
    "charge_eur": st.one_of(junk, st.decimals(-9, 10**6, places=4, allow_nan=False).map(str), st.just("1e3")),
}
# A right record, some fields of which say something else.
records = st.fixed_dictionaries({}, optional=values).map(lambda changed: list((RIGHT | changed).values()))


def is_right(raw: bytes) -> bool:
    """As it stands, and as a single row of its block."""
    return right_until(raw + b"\n", 0) == len(raw) + 1


def read_by_the_database(row: bytes) -> bool:
    """Whether COPY takes it; an error here is one that would have stopped a whole import."""
    with connection.cursor() as cursor:
        cursor.execute(statements.STAGE)
        with cursor.copy(statements.COPY) as copy:
            copy.write(b"2;%s\n" % row)
        cursor.execute("SELECT count(*) FROM usage_stage")
        return cursor.fetchone()[0] == 1


@pytest.mark.django_db
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=records)
def test_what_passes_is_read_by_the_database(fields: list[str]):
    row = packed(fields)
    if isinstance(row, bytes):
        assert is_right(row)
        assert read_by_the_database(row)
    else:
        assert not is_right(";".join(fields).encode("utf-8", "replace"))


@given(raw=st.binary(max_size=200))
def test_no_bytes_upset_the_reading(raw: bytes):
    batch = Batch(position=1)
    batch.add(raw.split(b"\n"), 2)
    assert batch.rows == len([line for line in raw.split(b"\n") if line.strip()])
    assert all(isinstance(UsageRefusal(reason), UsageRefusal) for _line, reason in batch.refused)


@given(lines=st.lists(st.sampled_from([b"", b"wrong", b"r", b'"q"', b"\x00", b" "]), max_size=12))
def test_every_line_of_a_block_is_judged_by_itself(lines: list[bytes]):
    """Right rows stand together, between rows that are wrong, quoted or empty; each keeps its own number."""
    row = ";".join(RIGHT.values()).encode()
    right = {b"r": row, b'"q"': b'"' + row.replace(b";", b'";"') + b'"'}
    batch = Batch(position=1)

    batch.add([right.get(line, line) for line in lines], 2)

    taken = [number for number, line in enumerate(lines, 2) if line in right]
    assert b"".join(batch.blocks) == b"".join(b"%d;%s\n" % (number, row) for number in taken)
    refused = [number for number, line in enumerate(lines, 2) if line in (b"wrong", b"\x00")]
    assert [number for number, _reason in batch.refused] == refused
    assert batch.rows == len(taken) + len(refused)


@pytest.mark.parametrize("day", ["2026-02-29", "2026-04-31", "2026-11-31", "2026-00-10", "2026-13-01", "2026-01-00"])
def test_days_that_no_calendar_has(day: str):
    assert packed(list((RIGHT | {"started_at": f"{day}T10:00:00Z"}).values())) == UsageRefusal.STARTED_AT


def test_the_29th_of_february_of_a_leap_year_is_a_day():
    assert isinstance(packed(list((RIGHT | {"started_at": "2028-02-29T10:00:00Z"}).values())), bytes)


def test_quotes_around_fields_change_nothing():
    plain = ";".join(RIGHT.values())
    quoted = ";".join(f'"{value}"' for value in RIGHT.values())
    assert unpacked(quoted.encode()) == plain.encode()
    assert list(RIGHT) == list(COLUMNS)


def test_rows_with_one_id_are_noticed_wherever_they_stand():
    row = ";".join(RIGHT.values()).encode()
    batch = Batch(position=1)
    batch.add([row, row.replace(b"0573", b"1573")], 2)
    batch.add([row], 4)
    assert batch.repeated == {RIGHT["record_id"].encode()}
    assert (batch.rows, batch.position) == (3, 4)
