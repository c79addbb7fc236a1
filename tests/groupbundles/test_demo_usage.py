"""The usage of the demo company: believable on any day it is made, and the same story every time."""

from collections import defaultdict
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db.models import Sum
from django.utils import timezone

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from groupbundles.demo.habits import GIGABYTE, Habits, records
from groupbundles.forecast import forecast
from groupbundles.models import BundleOffer, GroupBundle, LineUsageMonth, UsageCursor, UsageImport
from groupbundles.periods import first_of_month, periods_until
from groupbundles.queries.bundle_savings import saving
from groupbundles.queries.bundle_usage import months_of
from sims.enums import LineState
from sims.models import Line
from sims.orders.calendar import BRUSSELS, local_day
from sims.services.demo import load_demo

DATA, VOICE = "GB-DATA", "GB-VOICE"
SIZES = {DATA: 2_000 * GIGABYTE, VOICE: 300_000}


def lines(count: int = 60, **more) -> list[Habits]:
    return [
        Habits(
            number=f"+3246820{n:04d}",
            place=n,
            allowance=(5, 20, 100)[n % 3] * GIGABYTE,
            since=date(2020, 1, 1),
            until=date(2099, 1, 1),
            bundles=({"data": DATA} if n % 2 else {}) | ({"voice": VOICE} if n % 3 == 0 else {}),
            **more,
        )
        for n in range(count)
    ]


def made(now: datetime, made_of: list[Habits] | None = None) -> list[tuple]:
    return list(records(made_of or lines(), SIZES, periods_until(now.date().replace(day=1), 4), now))


def at(year: int, month: int, day: int, hour: int = 15) -> datetime:
    return datetime(year, month, day, hour, tzinfo=BRUSSELS)


def of_bundle(rows: list[tuple], code: str) -> dict[date, int]:
    days: dict[date, int] = defaultdict(int)
    for row in rows:
        if row[7] == code:
            days[date.fromisoformat(row[2][:10])] += row[5]
    return days


@pytest.mark.parametrize("today", [(2026, 11, 8), (2026, 12, 20), (2028, 2, 12), (2026, 10, 25), (2027, 3, 28)])
def test_the_data_bundle_was_enough_and_will_not_be(today):
    now = at(*today)
    period = now.date().replace(day=1)
    curve = of_bundle(made(now), DATA)
    past = {day: amount for day, amount in curve.items() if day < period}
    for month in periods_until(period, 4)[1:]:
        total = sum(amount for day, amount in past.items() if day.replace(day=1) == month)
        assert 0.8 * SIZES[DATA] < total < SIZES[DATA]
    found = forecast(
        period=period,
        size=SIZES[DATA],
        used={day: amount for day, amount in curve.items() if day >= period},
        known_until=now.date(),
        since=min(curve),
        history=past,
    )
    assert found.runs_out_on is not None
    assert found.runs_out_on.day >= 22


def test_the_first_day_of_a_month_has_a_past_and_a_beginning():
    rows = made(at(2026, 12, 1))
    days = of_bundle(rows, DATA)
    assert max(days) == date(2026, 12, 1)
    assert min(days) == date(2026, 9, 1)
    assert {row[2][:10] for row in made(at(2026, 12, 1, hour=6))} < {row[2][:10] for row in rows}


def test_nothing_lies_in_the_future_and_nothing_changes_from_day_to_day():
    today, tomorrow = made(at(2026, 11, 10)), made(at(2026, 11, 11))
    assert all(datetime.fromisoformat(row[2]) <= at(2026, 11, 10) for row in today)
    assert made(at(2026, 11, 10)) == today
    assert set(today) <= set(tomorrow)


def test_every_record_has_an_id_of_its_own():
    rows = made(at(2026, 11, 10))
    assert len({row[0] for row in rows}) == len(rows) > 5_000


def test_once_a_bundle_is_used_up_its_members_pay():
    rows = made(at(2026, 11, 30))
    last = max(of_bundle(rows, DATA))
    assert last.month == 11
    members = {line.number for line in lines() if DATA in line.bundles.values()}
    after = [row for row in rows if row[2][:10] > last.isoformat() and row[3] == "data" and row[1] in members]
    assert after
    assert all(row[7] == "" and float(row[8]) > 0 for row in after)


def test_there_is_something_of_everything():
    rows = made(at(2026, 11, 29), lines(120))
    assert {row[3] for row in rows} == {"data", "voice", "sms", "service"}
    assert {row[4] for row in rows} == {"BE", "EU", "WORLD", "PREMIUM", "THIRD_PARTY"}
    assert {row[7] for row in rows} == {"", "own", DATA, VOICE}
    silent = {line.number for line in lines(120)} - {row[1] for row in rows}
    assert len(silent) == 6
    assert all(row[7] == "" for row in rows if float(row[8]))


def test_what_is_barred_does_not_happen():
    barred = lines(120, barrings=("ROAM_ALL", "PREMIUM_ALL", "DCB", "DATA_OOB"))
    rows = made(at(2026, 11, 29), barred)
    assert {row[4] for row in rows} == {"BE"}
    assert not [row for row in rows if row[3] == "data" and row[7] == ""]


def test_a_line_has_no_use_before_it_began_or_after_it_ended():
    short = Habits("+32468299999", 1, 20 * GIGABYTE, since=date(2026, 10, 5), until=date(2026, 11, 6))
    days = {row[2][:10] for row in made(at(2026, 11, 29), [short, *lines(3)]) if row[1] == short.number}
    assert days
    assert "2026-10-05" <= min(days) <= max(days) <= "2026-11-06"


@pytest.mark.django_db
@time_machine.travel(datetime(2026, 12, 1, 9, 0, tzinfo=UTC))
def test_the_demo_tells_its_story_through_the_import():
    """Counted like any file of the operator, with nothing refused; the operator's own feed goes on from there."""
    now = timezone.now()
    load_demo(password="demo", by=Actor.ops("load_demo"))
    for slug in ("noordkaai", "zuidpark"):
        customer = Customer.objects.get(slug=slug)
        taken = UsageImport.objects.for_customer(customer).get()
        assert taken.rows == taken.accepted > 500
        assert UsageCursor.objects.for_customer(customer).get().cursor.startswith(f"{int(now.timestamp()) // 3600}")
    customer = Customer.objects.get(slug="noordkaai")
    bundles = GroupBundle.objects.for_customer(customer)
    months = months_of(customer, bundles, first_of_month(local_day(now)), now)
    assert all(month.used_before for month in months.values())
    used = LineUsageMonth.objects.for_customer(customer).values("line").distinct().count()
    active = Line.objects.for_customer(customer).filter(state=LineState.ACTIVE).count()
    assert active - 15 < used < active + 10
    charges = LineUsageMonth.objects.for_customer(customer).aggregate(
        *(Sum(name) for name in ("out_of_bundle", "roaming_charge", "third_party_charge", "premium_charge"))
    )
    assert all(amount > 0 for amount in charges.values())
    neighbour = Customer.objects.get(slug="zuidpark")
    offers = BundleOffer.objects.for_customer(neighbour)
    assert saving(neighbour, offers, local_day(now)) is not None
