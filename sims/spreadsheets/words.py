"""What the words and dates in a cell mean, in Dutch, French and English, without knowing which one it is."""

import datetime as dt
import re

from fleetportal.spreadsheets.reading import Cell, heading_key
from sims.enums import LineState

_YES = "ja|j|yes|y|oui|o|true|waar|vrai|1|x"
_NO = "nee|neen|n|no|non|false|onwaar|faux|0|-"
_STATES = {
    LineState.ACTIVE: "actief|actif|active|in dienst|en service|in service|enabled",
    LineState.SUSPENDED: "geblokkeerd|bloqué|blocked|geschorst|suspendu|suspended|onderbroken",
    LineState.LIMITED: "beperkte dienst|minimumdienst|service minimum|service limité|limited service|limited",
    LineState.NEW: "niet geactiveerd|nog niet actief|nieuw|non activé|nouveau|not activated|new",
    LineState.TERMINATED: "stopgezet|beëindigd|résilié|terminated|ended|cancelled",
}
_LANGUAGES = {
    "nl": "nl|nl-be|nederlands|néerlandais|dutch|n",
    "fr": "fr|fr-be|frans|français|french|f",
    "en": "en|en-gb|engels|anglais|english|e",
}


def _lookup(words: dict[str, str]) -> dict[str, str]:
    return {heading_key(word) or word: meaning for meaning, all_words in words.items() for word in all_words.split("|")}


STATES = {key: LineState(state) for key, state in _lookup({s.value: w for s, w in _STATES.items()}).items()}
LANGUAGES = _lookup(_LANGUAGES)
_YES_NO = {key: meaning == "yes" for key, meaning in _lookup({"yes": _YES, "no": _NO}).items()}

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_BELGIAN = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?: 0?0:00(?::00)?)?")
# Days are counted from here in Excel's calendar, for every date after February 1900.
_EXCEL_START = dt.date(1899, 12, 30)
_EXCEL_DAYS = range(61, 80_000)


def yes_or_no(cell: Cell) -> bool | None:
    """True, False, or None when it is neither."""
    if isinstance(cell, (bool, int, float)):
        return {1: True, 0: False}.get(cell)
    text = str(cell).strip()
    return _YES_NO.get(heading_key(text) or text)


def date_of(cell: Cell) -> dt.date | None:
    """A day however it is written: date cell, serial number, 2025-03-02, 02/03/2025 (day first). None: no such day."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _from_serial(cell)
    text = str(cell).strip()
    if match := _ISO.fullmatch(text):
        return _day(match[1], match[2], match[3])
    if match := _BELGIAN.fullmatch(text):
        return _day(match[3] if len(match[3]) == 4 else f"20{match[3]}", match[2], match[1])
    return _from_serial(int(text)) if text.isascii() and text.isdigit() and len(text) == 5 else None


def _day(year: str, month: str, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _from_serial(value: float) -> dt.date | None:
    return _EXCEL_START + dt.timedelta(days=int(value)) if int(value) in _EXCEL_DAYS else None
