"""A time of day for tests of rules that know working days and days in Belgium."""

from collections.abc import Iterator
from datetime import datetime, time

import pytest
import time_machine
from django.utils import timezone

from sims.orders import calendar


@pytest.fixture
def working_morning() -> Iterator[None]:
    """Ten in the morning of the last working day: past for the database, so what is due now is due there too."""
    day = calendar.working_day_before(calendar.local_day(timezone.now()))
    with time_machine.travel(datetime.combine(day, time(10), calendar.BRUSSELS)):
        yield
