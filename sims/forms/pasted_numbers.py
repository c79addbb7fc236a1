"""Numbers as people type or paste them: one per line, or the columns of a spreadsheet with or without headings."""

import re
from collections.abc import Mapping, Sequence

from fleetportal.spreadsheets.reading import heading_key
from fleetportal.web.formatting import phone
from sims.identifiers import clean
from sims.spreadsheets.columns import Field, field_of

# What a row of the request holds of a paste, in the order of the columns when there are no headings.
COLUMNS = ("number", "employee", "iccid", "donor_iccid")
# Further columns that only headings can name.
NAMED = ("plan", "billing_account", "cost_centre")
EMPLOYEE_NUMBER = "employee_number"
LONGEST_PHONE = 13
_LIKE_NUMBERS = re.compile(r"\+?[0-9][0-9\s./()-]{6,}")
_FIELDS: Mapping[str, str] = {
    Field.NUMBER: "number",
    Field.ICCID: "iccid",
    Field.FIRST_NAME: "employee",
    Field.LAST_NAME: "employee",
    Field.EMPLOYEE_NUMBER: EMPLOYEE_NUMBER,
    Field.PLAN: "plan",
    Field.BILLING_ACCOUNT: "billing_account",
    Field.COST_CENTRE: "cost_centre",
}
_WORDS = {
    "employee": "Medewerker|Werknemer|Gebruiker|Collaborateur|Utilisateur|Employee|User",
    "iccid": "Nieuwe simkaart|Nouvelle carte SIM|New SIM card",
    "donor_iccid": "Oude simkaart|Ancienne carte SIM|Old SIM card|Huidige simkaart|Carte SIM actuelle",
}
_BY_KEY = {heading_key(word): name for name, words in _WORDS.items() for word in words.split("|")}

Row = dict[str, str]


def rows_of(text: str) -> list[tuple[int, Row]]:
    """The rows of a text, each with the number of the line it stands on; empty lines are left out."""
    lines = [(n, _cells(line)) for n, line in enumerate(text.splitlines(), 1) if line.strip("\t ;,")]
    columns: Sequence[str] = COLUMNS
    if lines and (named := _headings(lines[0][1])):
        columns, lines = named, lines[1:]
    return [(n, row) for n, cells in lines for row in _rows(cells, columns)]


def text_of(rows: Sequence[Mapping[str, str]]) -> str:
    """The same rows as a text that is read back to the same, but for what only headings can name."""
    used = max((n for n, name in enumerate(COLUMNS) if any(row.get(name) for row in rows)), default=0)
    texts = [[_as_text(name, row.get(name, "")) for name in COLUMNS[: used + 1]] for row in rows]
    return "\n".join("\t".join(cells).rstrip("\t") for cells in texts)


def _as_text(name: str, value: str) -> str:
    return phone(value) if name == "number" and value.startswith("+32") else value


def _cells(line: str) -> list[str]:
    """By tabs as Excel copies them, by semicolons as it saves them, else by commas."""
    separator = next((one for one in "\t;" if one in line), ",")
    return [clean(cell.strip().strip('"')) for cell in line.split(separator)]


def _headings(cells: list[str]) -> list[str]:
    """What each column holds, empty for one that is not used; nothing at all when this is no row of headings."""
    names = [_BY_KEY.get(heading_key(cell)) or _FIELDS.get(field_of(cell), "") for cell in cells]
    return names if "number" in names else []


def _rows(cells: list[str], columns: Sequence[str]) -> list[Row]:
    """One row, or several when the line is nothing but numbers."""
    filled = [cell for cell in cells if cell]
    if len(filled) > 1 and all(_is_phone(cell) for cell in filled):
        return [{"number": cell} for cell in filled]
    row: Row = {}
    for name, cell in zip(columns, cells, strict=False):
        if name and cell:
            row[name] = f"{row[name]} {cell}" if name in row else cell
    if number := row.pop(EMPLOYEE_NUMBER, ""):
        row["employee"] = f"{row['employee']} ({number})" if "employee" in row else number
    return [row] if row else []


def _is_phone(cell: str) -> bool:
    return bool(_LIKE_NUMBERS.fullmatch(cell)) and len(re.sub(r"\D", "", cell)) <= LONGEST_PHONE
