"""Working days, and moments that keep their local hour when the clock changes."""

from datetime import UTC, date, datetime

import pytest

from sims.enums import OrderKind
from sims.orders import calendar
from sims.orders.placing import earliest_activation


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 4, 3), 1, date(2026, 4, 7)),  # Good Friday is a working day, Easter Monday is not
        (date(2026, 5, 13), 1, date(2026, 5, 15)),  # Ascension
        (date(2026, 12, 24), 2, date(2026, 12, 29)),  # Christmas and a weekend
        (date(2026, 7, 20), 1, date(2026, 7, 22)),  # National day
        (date(2026, 7, 10), 1, date(2026, 7, 13)),
        (date(2026, 11, 13), 1, date(2026, 11, 16)),  # 15 November is no legal holiday, but a Sunday
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
        (date(2026, 11, 21), 0, date(2026, 11, 23)),
    ],
)
def test_working_days_skip_weekends_and_legal_holidays(day, count, expected):
    assert calendar.working_day_after(day, count) == expected


@pytest.mark.parametrize("day", [date(2026, 7, 11 + 2), date(2027, 9, 27), date(2027, 11, 15), date(2026, 12, 28)])
def test_bank_and_community_holidays_are_working_days(day):
    assert calendar.is_working_day(day)


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        (date(2026, 3, 28), datetime(2026, 3, 27, 23, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC)),  # this day has 23 hours
        (date(2026, 3, 30), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC)),  # this day has 25 hours
        (date(2026, 10, 26), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_local_midnight_also_when_the_clock_changes(day, moment):
    assert calendar.start_of_day(day) == moment
    assert calendar.local_day(moment) == day


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        (date(2026, 3, 27), datetime(2026, 3, 27, 7, tzinfo=UTC)),
        (date(2026, 3, 30), datetime(2026, 3, 30, 6, tzinfo=UTC)),
        (date(2026, 10, 23), datetime(2026, 10, 23, 6, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 26, 7, tzinfo=UTC)),
    ],
)
def test_the_port_window_opens_at_eight_local_time_in_winter_and_summer(day, moment):
    assert calendar.port_window_start(day) == moment


@pytest.mark.parametrize(
    ("now", "activation", "port"),
    [
        (datetime(2026, 11, 23, 9, tzinfo=UTC), date(2026, 11, 23), date(2026, 11, 24)),
        # half past eleven at night in Brussels; already the next day there half an hour later
        (datetime(2026, 11, 27, 22, 30, tzinfo=UTC), date(2026, 11, 27), date(2026, 11, 30)),
        (datetime(2026, 11, 27, 23, 0, tzinfo=UTC), date(2026, 11, 28), date(2026, 11, 30)),
        (datetime(2026, 12, 24, 9, tzinfo=UTC), date(2026, 12, 24), date(2026, 12, 28)),
    ],
)
def test_activation_starts_today_and_a_transfer_the_next_working_day(now, activation, port):
    assert earliest_activation(OrderKind.ACTIVATE, now) == activation
    assert earliest_activation(OrderKind.PORT_IN, now) == port


def test_without_lead_time_a_transfer_is_today_until_the_window_closes(settings):
    settings.PORT_IN_LEAD_WORKING_DAYS = 0

    assert calendar.earliest_port_day(datetime(2026, 11, 23, 18, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert calendar.earliest_port_day(datetime(2026, 11, 23, 19, 0, tzinfo=UTC)) == date(2026, 11, 24)
    assert calendar.earliest_port_day(datetime(2026, 11, 21, 9, 0, tzinfo=UTC)) == date(2026, 11, 23)
