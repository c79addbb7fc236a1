"""What names a line in the lists of usage: its number, who has it, and what it belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleetportal.web import formatting
from fleetportal.web.translated import name_expression

_COLUMNS = (
    "public_id",
    "number",
    "sim__iccid",
    "subscriber__first_name",
    "subscriber__last_name",
    "subscriber__department",
    "cost_centre__code",
    "cost_centre__name",
)
PLAN = "plan_in_language"


@dataclass(frozen=True, slots=True)
class LineHead:
    """``number`` is E.164 or empty, ``iccid`` bare; ``title`` is what people call the line."""

    id: str
    number: str
    iccid: str
    name: str
    department: str
    plan: str
    centre: str

    @property
    def title(self) -> str:
        return formatting.phone(self.number) or formatting.iccid(self.iccid)


def head_columns(prefix: str = "") -> list[Any]:
    """What to ask of a row that is a line, or whose line is under ``prefix`` such as "line__"."""
    return [prefix + column for column in _COLUMNS]


def plan_column(prefix: str = "") -> dict[str, Any]:
    return {PLAN: name_expression(f"{prefix}plan__")}


def head_of(columns: Sequence[str], row: Sequence[Any], prefix: str = "") -> LineHead:
    """Out of a row of values that has ``columns``."""
    values: Mapping[str, Any] = dict(zip(columns, row, strict=True))

    def text(name: str) -> str:
        return values[prefix + name] or ""

    return LineHead(
        id=str(values[prefix + "public_id"]),
        number=text("number"),
        iccid=text("sim__iccid"),
        name=f"{text('subscriber__first_name')} {text('subscriber__last_name')}".strip(),
        department=text("subscriber__department"),
        plan=values[PLAN] or "",
        centre=f"{text('cost_centre__code')} {text('cost_centre__name')}".strip(),
    )
