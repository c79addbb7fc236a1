"""What a bundle will have used by the end of the month: what always holds, and how often the answer is right."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groupbundles.enums import Sureness
from groupbundles.forecast import Forecast, forecast
from sims.orders.calendar import is_working_day, next_period

GB = 10**9
NOVEMBER = date(2026, 11, 1)
SEPTEMBER = date(2026, 9, 1)
SIZE = 2_000 * GB


def days(start: date, end: date) -> list[date]:
    return [start + timedelta(days=n) for n in range((end - start).days)]


def steady(start: date, end: date, *, working: int = 60 * GB, off: int = 20 * GB) -> dict[date, int]:
    """The same on every working day and the same on every day off."""
    return {day: working if is_working_day(day) else off for day in days(start, end)}


def of_month(known_until: date, *, period: date = NOVEMBER, size: int = SIZE, past: bool = True, **amounts: int):
    """The forecast of a company that is steady all along."""
    since = SEPTEMBER if past else period
    return forecast(
        period=period,
        size=size,
        used=steady(period, known_until, **amounts),
        known_until=known_until,
        since=since,
        history=steady(since, period, **amounts),
    )


@pytest.mark.parametrize("known", [1, 2, 5, 12, 20, 29])
def test_a_steady_company_goes_on_as_it_does(known):
    found = of_month(NOVEMBER + timedelta(days=known))
    assert found.expected == sum(steady(NOVEMBER, date(2026, 12, 1)).values())
    assert found.low <= found.expected <= found.high


def test_a_month_with_more_days_off_needs_less():
    """May 2026 has Labour Day, Ascension and Whit Monday: they count as days off, like weekends."""
    found = of_month(date(2026, 5, 11), period=date(2026, 5, 1), past=False)
    assert found.expected == 18 * 60 * GB + 13 * 20 * GB


def test_the_first_day_of_a_month_leans_on_the_months_before():
    found = of_month(NOVEMBER)
    assert found.expected == sum(steady(NOVEMBER, date(2026, 12, 1)).values())
    assert [point.day for point in found.points] == days(NOVEMBER, date(2026, 12, 1))


def test_without_any_figure_nothing_is_expected():
    assert forecast(period=NOVEMBER, size=SIZE, used={}, known_until=NOVEMBER, since=NOVEMBER) is None
    # The first day is under way: it says nothing yet.
    assert forecast(period=NOVEMBER, size=SIZE, used={NOVEMBER: GB}, known_until=NOVEMBER, since=NOVEMBER) is None


def test_a_bundle_that_is_used_up_on_its_first_day_says_so():
    found = forecast(period=NOVEMBER, size=GB, used={NOVEMBER: 2 * GB}, known_until=NOVEMBER, since=NOVEMBER)
    assert (found.runs_out_on, found.sureness) == (NOVEMBER, Sureness.CERTAIN)


def test_a_bundle_that_nobody_uses_stays_empty():
    found = forecast(period=NOVEMBER, size=SIZE, used={}, known_until=date(2026, 11, 16), since=NOVEMBER)
    assert (found.expected, found.high, found.runs_out_on) == (0, 0, None)


def test_a_bundle_that_will_run_out_names_the_day():
    found = of_month(date(2026, 11, 20), size=1_200 * GB)
    total, reached = 0, None
    for day, amount in steady(NOVEMBER, date(2026, 12, 1)).items():
        total += amount
        reached = reached or (day if total >= 1_200 * GB else None)
    assert found.runs_out_on == reached
    assert found.earliest <= found.runs_out_on <= found.latest


def test_a_bundle_that_is_used_up_says_since_when_and_is_certain():
    found = of_month(date(2026, 11, 20), size=600 * GB)
    assert found.is_used_up
    assert found.runs_out_on == date(2026, 11, 13)
    assert found.sureness == Sureness.CERTAIN
    assert found.expected > found.used


def test_an_operator_that_stops_counting_when_a_bundle_is_used_up_is_not_expected_to_go_on():
    used = steady(NOVEMBER, date(2026, 11, 14))
    size = sum(used.values())
    found = forecast(period=NOVEMBER, size=size, used=used, known_until=date(2026, 11, 20), since=NOVEMBER)
    assert found.is_final
    assert (found.expected, found.runs_out_on) == (size, date(2026, 11, 13))


def test_empty_days_after_a_bundle_was_used_up_do_not_pull_the_next_month_down():
    history = steady(SEPTEMBER, date(2026, 9, 25)) | steady(date(2026, 10, 1), date(2026, 10, 28))
    found = forecast(period=NOVEMBER, size=SIZE, used={}, known_until=NOVEMBER, since=SEPTEMBER, history=history)
    assert found.expected == sum(steady(NOVEMBER, date(2026, 12, 1)).values())


def test_an_empty_weekend_at_the_end_of_a_month_counts():
    """31 October and 1 November 2026 are days off: a company that rests on them is not cut off."""
    history = steady(SEPTEMBER, NOVEMBER, off=0)
    found = forecast(period=NOVEMBER, size=SIZE, used={}, known_until=NOVEMBER, since=SEPTEMBER, history=history)
    assert found.expected == 20 * 60 * GB


def test_a_month_that_is_over_is_known():
    found = of_month(date(2026, 12, 1))
    assert found.is_final
    assert found.low == found.expected == found.high == found.used
    assert found.sureness == Sureness.CERTAIN


def test_figures_that_stopped_coming_leave_the_rest_to_be_expected():
    """Known until the 10th, read on the 25th: fifteen days are expected, not counted as empty."""
    assert len(of_month(date(2026, 11, 10)).points) == 21


def test_a_month_without_figures_does_not_pull_the_next_one_down():
    """The figures end on 20 October: the rest of October is unknown, not empty."""
    history = steady(SEPTEMBER, date(2026, 10, 20))
    found = forecast(
        period=NOVEMBER, size=SIZE, used={}, known_until=date(2026, 10, 20), since=SEPTEMBER, history=history
    )
    assert found.expected == sum(steady(NOVEMBER, date(2026, 12, 1)).values())


def test_what_today_has_already_is_part_of_what_is_expected_of_it():
    monday = date(2026, 11, 16)
    before = of_month(monday)
    known = steady(NOVEMBER, monday)
    history = steady(SEPTEMBER, NOVEMBER)

    def so_far(amount: int) -> Forecast:
        used = known | {monday: amount}
        return forecast(period=NOVEMBER, size=SIZE, used=used, known_until=monday, since=SEPTEMBER, history=history)

    assert so_far(25 * GB).expected == before.expected
    assert so_far(75 * GB).expected == before.expected + 15 * GB


@pytest.mark.parametrize(("period", "count"), [(date(2028, 2, 1), 29), (date(2026, 10, 1), 31), (date(2026, 3, 1), 31)])
def test_a_month_has_its_days_also_in_a_leap_year_and_when_the_clock_changes(period, count):
    found = of_month(period + timedelta(days=9), period=period, past=False)
    end = next_period(period)
    assert found.points[-1].day == end - timedelta(days=1)
    assert len(steady(period, end)) == count
    assert found.expected == sum(steady(period, end).values())


def test_a_few_days_without_a_past_are_a_rough_estimate():
    assert of_month(date(2026, 11, 4), size=100_000 * GB, past=False).sureness == Sureness.ROUGH
    assert of_month(date(2026, 11, 4), size=100_000 * GB).sureness == Sureness.CERTAIN


def test_close_to_the_size_nobody_knows():
    expected = sum(steady(NOVEMBER, date(2026, 12, 1)).values())
    assert of_month(date(2026, 11, 5), size=expected + GB).sureness == Sureness.ROUGH
    assert of_month(date(2026, 11, 5), size=expected * 21 // 20).sureness == Sureness.LIKELY


amounts = st.integers(min_value=0, max_value=200 * GB)
months = st.sampled_from([NOVEMBER, date(2026, 10, 1), date(2026, 3, 1), date(2028, 2, 1), date(2026, 12, 1)])


@st.composite
def curves(draw):
    """A month known for some of its days, with or without two months before it."""
    period = draw(months)
    month = days(period, next_period(period))
    known = draw(st.integers(min_value=1, max_value=len(month)))
    since = draw(st.sampled_from([period, (period - timedelta(days=40)).replace(day=1)]))
    used = {day: draw(amounts) for day in month[:known]}
    dice = random.Random(draw(st.integers(min_value=0, max_value=99)))
    level = draw(st.integers(min_value=1, max_value=100))
    history = {day: dice.randrange(level * GB // 2, level * GB + 1) for day in days(since, period)}
    return {
        "period": period,
        "size": draw(st.integers(min_value=1, max_value=6_000 * GB)),
        "used": used,
        "known_until": month[known - 1] + timedelta(days=draw(st.integers(min_value=0, max_value=1))),
        "since": since,
        "history": history,
    }


@given(curves())
@settings(max_examples=150, deadline=None)
def test_totals_never_fall_and_stay_within_their_interval(curve):
    found = forecast(**curve)
    if found is None:
        return
    last = (found.used, found.used, found.used)
    for point in found.points:
        assert point.low <= point.expected <= point.high
        now = (point.low, point.expected, point.high)
        assert all(a <= b for a, b in zip(last, now, strict=True))
        last = now
    assert found.used <= found.low
    assert (found.runs_out_on is not None) == (found.expected >= found.size)


@given(curves(), st.integers(min_value=0, max_value=30), st.integers(min_value=1, max_value=50 * GB))
@settings(max_examples=150, deadline=None)
def test_more_use_on_any_day_never_makes_less_of_the_month(curve, which, more):
    less = forecast(**curve)
    day = sorted(curve["used"])[which % len(curve["used"])]
    curve["used"] = curve["used"] | {day: curve["used"][day] + more}
    found = forecast(**curve)
    if less is not None:
        assert found.is_used_up or found.expected >= less.expected - 1  # rounding
        assert less.runs_out_on is None or found.runs_out_on <= less.runs_out_on


@given(curves(), st.integers(min_value=1, max_value=1_000 * GB))
@settings(max_examples=100, deadline=None)
def test_a_larger_bundle_lasts_at_least_as_long(curve, more):
    small, large = forecast(**curve), forecast(**curve | {"size": curve["size"] + more})
    if small is None or large is None:
        return
    assert small.is_used_up or large.expected == small.expected
    assert large.runs_out_on is None or small.runs_out_on <= large.runs_out_on


def made_up_month(seed: int) -> tuple[date, dict[date, int]]:
    """Three months and one to guess: levels differ by a tenth, days by a fifth, days off have two fifths."""
    dice = random.Random(seed)
    period = date(2026, dice.randrange(4, 13), 1)
    curve, day = {}, (period - timedelta(days=80)).replace(day=1)
    while day < next_period(period):
        if day.day == 1:
            level = 50 * GB * dice.lognormvariate(0, 0.1)
        curve[day] = round(level * (1 if is_working_day(day) else 0.4) * dice.lognormvariate(0, 0.2))
        day += timedelta(days=1)
    return period, curve


@pytest.mark.parametrize("known", [0, 3, 10, 20])
def test_the_interval_holds_the_outcome_about_nine_times_in_ten_and_certain_is_nearly_always_right(known):
    inside, sure, right, months_tried = 0, 0, 0, 200
    for seed in range(months_tried):
        period, curve = made_up_month(seed)
        until = period + timedelta(days=known)
        outcome = sum(amount for day, amount in curve.items() if day >= period)
        found = forecast(
            period=period,
            size=round(outcome * random.Random(seed).uniform(0.7, 1.4)),
            used={day: amount for day, amount in curve.items() if period <= day < until},
            known_until=until,
            since=min(curve),
            history={day: amount for day, amount in curve.items() if day < period},
        )
        inside += found.low <= outcome <= found.high
        if found.sureness == Sureness.CERTAIN:
            sure += 1
            right += (found.runs_out_on is not None) == (outcome >= found.size)
    assert 0.82 <= inside / months_tried <= 0.98
    assert sure >= 10
    assert right / sure >= 0.95
