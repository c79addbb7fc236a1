"""The misbehaviour that tests and demonstrations switch on; a healthy operator passes through here untouched."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import F
from django.utils import timezone

from fleetportal.operators.contract import Busy, ContractError, Uncertain
from fleetportal.operators.simulator.models import Faults

BUSY_SECONDS = 0.2

T = TypeVar("T")


def set_faults(**switches: float) -> None:
    """Write the one row; what is not named is off."""
    Faults.objects.update_or_create(pk=1, defaults={**_ALL_OFF, **switches})


_ALL_OFF: dict[str, float] = {field.name: field.default for field in Faults._meta.fields if field.name != "id"}


def with_faults(work: Callable[[datetime], T], *, is_submit: bool) -> T:
    """Do ``work`` at the moment the operator's clock shows, spoilt as the switches say."""
    row = Faults.objects.filter(pk=1).first()
    ahead = timedelta(seconds=row.clock_offset_seconds if row else 0)
    if row is None or (row.only_submit and not is_submit):
        return work(timezone.now() + ahead)
    time.sleep(row.delay_before_seconds)
    if _spend("busy_times"):
        raise Busy(BUSY_SECONDS)
    if _spend("lose_requests"):
        raise Uncertain("the request was lost")
    answer = work(timezone.now() + ahead)
    time.sleep(row.delay_after_seconds)
    if _spend("drop_answers"):
        raise Uncertain("the answer was lost")
    if _spend("wrong_answers"):
        raise ContractError("the answer has no state")
    return answer


def _spend(counter: str) -> bool:
    left = Faults.objects.filter(pk=1, **{f"{counter}__gt": 0})
    return left.update(**{counter: F(counter) - 1}) > 0
