"""What the words and dates in a cell mean, in Dutch, French and English, without knowing which one it is."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import TypeVar

from fleetportal.spreadsheets.reading import Cell, heading_key
from sims.enums import LineState

# Per language; the first word is the one we write.
_YES = {"nl": "Ja|j|waar", "fr": "Oui|o|vrai", "en": "Yes|y|true|1|x"}
_NO = {"nl": "Neen|nee|n|onwaar", "fr": "Non|faux", "en": "No|false|0|-"}
_STATES: dict[LineState, dict[str, str]] = {
    LineState.ACTIVE: {"nl": "Actief|in dienst", "fr": "Actif|en service", "en": "Active|in service|enabled"},
    LineState.SUSPENDED: {
        "nl": "Geblokkeerd|geschorst|onderbroken",
        "fr": "Bloqué|suspendu",
        "en": "Blocked|suspended",
    },
    LineState.LIMITED: {
        "nl": "Beperkte dienst|minimumdienst",
        "fr": "Service limité|service minimum",
        "en": "Limited service|limited",
    },
    LineState.NEW: {
        "nl": "Niet geactiveerd|nog niet actief|nieuw",
        "fr": "Non activé|nouveau",
        "en": "Not activated|new",
    },
    LineState.TERMINATED: {"nl": "Stopgezet|beëindigd", "fr": "Résilié|terminé", "en": "Terminated|ended|cancelled"},
}
_LANGUAGES = {
    "nl": {"all": "nl|nl-be|nederlands|néerlandais|dutch|n"},
    "fr": {"all": "fr|fr-be|frans|français|french|f"},
    "en": {"all": "en|en-gb|engels|anglais|english|e"},
}
T = TypeVar("T")


def _lookup(meanings: Mapping[T, Mapping[str, str]]) -> dict[str, T]:
    """Meaning by every word as ``_key`` spells it."""
    return {
        _key(word): meaning
        for meaning, words in meanings.items()
        for some in words.values()
        for word in some.split("|")
    }


def _key(word: str) -> str:
    return heading_key(word) or word.strip()


_STATE_BY_KEY = _lookup(_STATES)
_LANGUAGE_BY_KEY = _lookup(_LANGUAGES)
_YES_NO_BY_KEY = _lookup({True: _YES, False: _NO})


def state_of(text: str) -> LineState | None:
    """The state a word stands for, if any."""
    return _STATE_BY_KEY.get(_key(text))


def state_word(state: str, language: str) -> str:
    """The word we write for it."""
    return _first(_STATES[LineState(state)], language)


def language_of(text: str) -> str:
    """nl, fr or en, or nothing."""
    return _LANGUAGE_BY_KEY.get(_key(text), "")


def yes_no_word(answer: bool, language: str) -> str:
    """The word we write for it."""
    return _first(_YES if answer else _NO, language)


def _first(words: Mapping[str, str], language: str) -> str:
    return words.get(language, words["en"]).split("|")[0]


_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_BELGIAN = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?: 0?0:00(?::00)?)?")
# Days are counted from here in Excel's calendar, for every date after February 1900.
_EXCEL_START = dt.date(1899, 12, 30)
_EXCEL_DAYS = range(61, 80_000)


def yes_or_no(cell: Cell) -> bool | None:
    """True, False, or None when it is neither."""
    if isinstance(cell, (bool, int, float)):
        return bool(cell) if cell in (0, 1) else None
    return _YES_NO_BY_KEY.get(_key(str(cell)))


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
