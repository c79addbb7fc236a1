"""A number that the employee brought may be asked back for a while after he left; until then nobody takes it from him.

Art. 21/1 of the Belgian Employment Contracts Act, since 1 January 2024: in writing, dated, within one month after the
end of the contract. ``Line.reclaim_until`` is the last day of that month in Belgium while the number is held.
"""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import short_date
from sims.models import Line
from sims.orders.calendar import next_period


def last_day_to_ask_back(last_day: date) -> date:
    """One month after the last day of the contract.

    The same day of the next month, or that month's last day when it has no such day or ``last_day`` ended its own.
    """
    first = next_period(last_day)
    end = next_period(first) - timedelta(days=1)
    if last_day == first - timedelta(days=1):
        return end
    return min(end, first + timedelta(days=last_day.day - 1))


def is_held(line: Line, day: date) -> bool:
    """Whether the employee may still ask for the number on ``day``; no query."""
    return line.reclaim_until is not None and day <= line.reclaim_until


def refuse_while_held(line: Line, payload: Any, day: date) -> None:
    """Raises ``Refusal`` when the employee would lose his number on a day it is held; no query.

    ``payload.override``, where there is one, is the reason for doing it all the same.
    """
    if is_held(line, day) and not payload.override:
        assert line.reclaim_until is not None
        raise Refusal(
            _("The employee brought this number and may ask it back until %(date)s. Choose a later date.")
            % {"date": short_date(line.reclaim_until)},
            field="date",
        )


def described_override(reason: str) -> str:
    """The reason for taking the number all the same, for whoever decides about the request."""
    return _("although the employee may ask it back: %(reason)s") % {"reason": reason} if reason else ""
