"""Finding a line by anything people know of it: one normalised column per line, and the normalising of what is typed.

The column starts with the employee's name, last name first, so that it also sorts a list by name.
"""

import re
from collections.abc import Iterable

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q

from fleetportal.web.plain_text import plain
from sims.models import Line

# Sorts after every letter and digit: lines without an employee come last.
NOBODY = "~"
_NUMBERISH = re.compile(r"[+(]*\d[\d\s./()+-]*")
_NOT_DIGITS = re.compile(r"\D")
_MAX_TERMS = 8


def number_forms(e164: str | None) -> str:
    """The digits of a number as dialled at home and abroad: ``0468123456 32468123456``."""
    digits = _NOT_DIGITS.sub("", e164 or "")
    return f"0{digits[2:]} {digits}" if digits.startswith("32") else digits


def search_text_of(line: Line) -> str:
    """What a line is found by. Reads its employee, card and, while it has no number, the number being transferred."""
    person = line.subscriber
    parts = [plain(f"{person.last_name} {person.first_name}") if person else NOBODY]
    parts.append(number_forms(line.number or _number_to_come(line)))
    parts.append(line.sim.iccid if line.sim else "")
    if person:
        parts += [
            *_reference_forms(person.employee_number),
            plain(person.email),
            plain(person.department),
        ]
    return " ".join(" ".join(parts).split())


def _reference_forms(reference: str) -> list[str]:
    """As written and, for ``12/34``, as the bare digits that a search makes of it."""
    is_number = _NUMBERISH.fullmatch(reference) and not reference.isdigit()
    return [plain(reference), _digits(reference)] if is_number else [plain(reference)]


def _number_to_come(line: Line) -> str:
    try:
        return line.port_in.number
    except ObjectDoesNotExist:
        return ""


def refresh_search_text(lines: Line | Iterable[Line]) -> None:
    """Write the column of these lines anew; called inside the transaction that changed what it derives from."""
    changed = [lines] if isinstance(lines, Line) else list(lines)
    for line in changed:
        line.search_text = search_text_of(line)
    if len(changed) == 1:
        changed[0].save(update_fields=["search_text"])
    else:
        Line.objects.across_customers(reason="the lines were found by the caller").bulk_update(
            changed, ["search_text"], batch_size=1000
        )


def search_terms(text: str) -> list[str]:
    """What must all occur in the column. Digits that belong together are one term, in whatever notation they come."""
    terms: list[str] = []
    rest = text = text.replace("\x00", "")
    for found in _NUMBERISH.finditer(text):
        if _stands_alone(text, found):
            terms.append(_digits(found.group()))
            rest = rest.replace(found.group(), " ", 1)
    terms += plain(rest).replace(",", " ").replace(";", " ").split()
    return list(dict.fromkeys(term for term in terms if term))[:_MAX_TERMS]


def _stands_alone(text: str, found: re.Match[str]) -> bool:
    """Not a part of a word such as an employee number ``E-102`` or an address ``an2@…``."""
    before, after = text[: found.start()], text[found.end() :]
    starts = not before or before[-1].isspace()
    ends = not after or found.group()[-1].isspace()
    return starts and ends


def _digits(typed: str) -> str:
    """``+32 (0)468…``, ``0032 468…`` and ``0468/…`` as digits that occur in one of the two stored forms."""
    digits = _NOT_DIGITS.sub("", typed)
    if digits.startswith("0032") or (digits.startswith("00") and len(digits) > 9):
        digits = digits[2:]
    return f"32{digits[3:]}" if digits.startswith("3204") else digits


def matching(text: str, *, column: str = "search_text") -> Q:
    """The condition that a line is found by ``text``; wildcards of the database in it are ordinary characters.

    ``column`` is the way to the line's column, for queries that start from another row.
    """
    condition = Q()
    for term in search_terms(text):
        condition &= Q(**{f"{column}__contains": term})
    return condition
