"""What was typed into the fields of a ticket, in words of the active language."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from fleetportal.web import formatting
from tickets.enums import FieldType
from tickets.models import Ticket
from tickets.models.catalogue import in_language


@dataclass(frozen=True, slots=True)
class Shown:
    """A field and what was typed in it."""

    code: str
    type: str
    label: str
    text: str


def shown_answers(ticket: Ticket) -> list[Shown]:
    return [
        Shown(answer["code"], answer["type"], in_language(answer["label"]), _text(answer)) for answer in ticket.answers
    ]


def _text(answer: dict[str, Any]) -> str:
    value = answer["value"]
    match answer["type"]:
        case FieldType.CHOICE:
            return in_language(answer["texts"])
        case FieldType.DATE:
            return formatting.short_date(date.fromisoformat(value))
        case FieldType.YES_NO:
            return _("Yes") if value else _("No")
        case FieldType.NUMBER:
            return formatting.number(value)
        case FieldType.PHONE:
            return formatting.phone(value)
        case FieldType.LINE:
            return ", ".join(formatting.phone(number) for number in value)
    return str(value)
