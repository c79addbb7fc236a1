"""What a row of usage looks like: its fields, and the form of each. Says why a row is refused; looks at no database.

A record of the feed takes the same form as a row of a file. Whatever passes here can be read by the database's types: a
number has only digits, a date is one of the calendar. What depends on anything else is judged by the statements.
"""

import csv
import re

from groupbundles.enums import UsageKind, UsageRefusal, UsageZone

COLUMNS = ("record_id", "msisdn", "started_at", "kind", "zone", "quantity", "unit", "bundle", "charge_eur")
HEADER = ";".join(COLUMNS)
LONGEST_ROW = 500
# Control characters have no place in a record; as question marks they are refused with their row.
_PLAIN = bytes(byte if byte >= 32 else 63 for byte in range(256))

_DAY = (
    "20(?:[0-9]{2}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))|(?:[02468][048]|[13579][26])-02-29)"
)
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,6})?"
_OFFSET = "(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
_FORMS = {
    "record_id": "[!#-:<-~]{1,64}+",
    "msisdn": "[+][1-9][0-9]{6,14}+",
    "started_at": f"{_DAY}[T ]{_TIME}{_OFFSET}",
    "kind": "|".join(UsageKind.values),
    "zone": "|".join(UsageZone.values),
    "quantity": "[0-9]{1,15}+",
    "unit": "|".join(sorted({kind.unit for kind in UsageKind})),
    "bundle": "[A-Za-z0-9._-]{0,40}+",
    "charge_eur": "[0-9]{1,5}+(?:[.][0-9]{1,4}+)?",
}


def _row() -> str:
    """One expression for a whole row, in which the unit is the kind's."""
    of_kind = "|".join(f"{kind};(?:{_FORMS['zone']});{_FORMS['quantity']};{kind.unit}" for kind in UsageKind)
    start = ";".join(_FORMS[name] for name in ("record_id", "msisdn", "started_at"))
    return f"{start};(?:{of_kind});{_FORMS['bundle']};{_FORMS['charge_eur']}"


# As many rows as are right, each with the end of its line. Going from row to row inside of one match costs a third of a
# match for each.
_RIGHT_ROWS = re.compile(f"(?:{_row()}\n)*+".encode("ascii"))
_FIELD = {name: re.compile(form) for name, form in _FORMS.items()}
_REASONS = {
    "record_id": UsageRefusal.RECORD_ID,
    "msisdn": UsageRefusal.NUMBER,
    "started_at": UsageRefusal.STARTED_AT,
    "kind": UsageRefusal.KIND,
    "zone": UsageRefusal.ZONE,
    "unit": UsageRefusal.UNIT,
    "quantity": UsageRefusal.QUANTITY,
    "bundle": UsageRefusal.BUNDLE,
    "charge_eur": UsageRefusal.CHARGE,
}


def right_until(text: bytes, start: int) -> int:
    """Where the rows end that are right as they stand, from ``start`` on: behind the last one's line."""
    found = _RIGHT_ROWS.match(text, start)
    return found.end() if found else start


def packed(fields: list[str]) -> bytes | UsageRefusal:
    """The fields of one record as a row that is right, or why they are none."""
    if len(fields) != len(COLUMNS) or sum(map(len, fields)) > LONGEST_ROW:
        return UsageRefusal.FIELDS
    values = dict(zip(COLUMNS, fields, strict=True))
    for name, reason in _REASONS.items():
        if not _FIELD[name].fullmatch(values[name]):
            return reason
    if values["unit"] != UsageKind(values["kind"]).unit:
        return UsageRefusal.UNIT
    return ";".join(fields).encode("ascii")


def unpacked(raw: bytes) -> bytes | UsageRefusal:
    """A row that is not right as it stands: right without its quotes, or the reason to refuse it."""
    if len(raw) > LONGEST_ROW:
        return UsageRefusal.FIELDS
    text = raw.rstrip(b"\r").translate(_PLAIN).decode("utf-8", "replace")
    try:
        (fields,) = csv.reader([text], delimiter=";", strict=True)
    except (csv.Error, ValueError):
        return UsageRefusal.FIELDS
    return packed(fields)
