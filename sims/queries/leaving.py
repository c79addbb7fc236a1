"""What becomes of each line of somebody who leaves, in the reader's words."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from fleetportal.web.formatting import long_date
from sims.enums import NumberFate, NumberProvenance
from sims.models import DepartureLine, Line, Order
from sims.queries.departures import Leave, end_day_of, reclaim_until_of


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a leave. ``reclaim_until`` is the last day the number may be asked back, None when it may not."""

    row: DepartureLine
    line: Line
    fate: str
    origin: str
    card: str
    split_bill: str
    reclaim_until: date | None
    orders: list[Order]


def described_rows(leave: Leave, orders: list[Order] | None = None) -> list[Told]:
    """``orders`` are those of the departure, once it is planned."""
    last_day = leave.departure.last_day
    return [
        Told(
            row=row,
            line=row.line,
            fate=fate_text(row, last_day),
            origin=origin_text(row),
            card=card_text(row),
            split_bill=_split_bill_text(row),
            reclaim_until=reclaim_until_of(row, last_day) if leave.departure.due_at is None else row.reclaim_until,
            orders=[order for order in orders or [] if order.line_id == row.line_id],
        )
        for row in leave.rows
    ]


def fate_text(row: DepartureLine, last_day: date) -> str:
    """One sentence, with the person or the day it depends on."""
    if row.fate == NumberFate.REASSIGN:
        if row.colleague is None:
            return _("Goes to a colleague who is not chosen yet")
        return _("Goes to %(name)s") % {"name": row.colleague.full_name}
    if row.fate == NumberFate.PRIVATE:
        return _("Goes along with the employee privately")
    if row.fate == NumberFate.NEW_EMPLOYER:
        if not row.to_name:
            return _("Goes to a new employer who is not filled in yet")
        return _("Goes to the new employer, %(name)s") % {"name": row.to_name}
    if row.fate == NumberFate.END:
        return _("Ends on %(date)s") % {"date": long_date(end_day_of(row, last_day))}
    return _("Blocked until somebody else gets it")


def origin_text(row: DepartureLine) -> str:
    return {
        NumberProvenance.COMPANY: _("The company gave it"),
        NumberProvenance.EMPLOYEE: _("The employee brought it"),
    }.get(NumberProvenance(row.provenance)) or _("Not known; treated as brought by the employee, to be safe")


def card_text(row: DepartureLine) -> str:
    """What happens to the SIM card follows from the number: a card that carried a line is never blank again."""
    if row.is_released:
        return _("Stops as soon as the new operator has the number")
    if row.fate == NumberFate.END:
        return _("Stops for good when the line ends")
    return _("Stays with the number; collect it")


def _split_bill_text(row: DepartureLine) -> str:
    if not row.line.split_bill:
        return ""
    if row.is_released:
        return _("Ends with the line")
    return _("Ends with the billing period of the last day") if row.ends_split_bill else _("Stays with the line")
