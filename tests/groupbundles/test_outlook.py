"""What is said and drawn about the month of a bundle: never more than is known, in words that hold in every case."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from groupbundles.curves import conclusion, daily_columns, day_rows, running_total
from groupbundles.enums import BundleKind, Sureness
from groupbundles.forecast import Forecast, Point
from groupbundles.outlook import outlook_of
from groupbundles.queries.bundle_usage import BundleMonth
from tests import factories

GB = 10**9
NBSP = "\u00a0"
NOVEMBER = date(2026, 11, 1)
AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def day(number: int) -> date:
    return NOVEMBER + timedelta(days=number - 1)


def a_month(*, used=1_230, expected=1_677, spread=50, sureness=Sureness.LIKELY, known=22, **more) -> BundleMonth:
    """2,000 GB; ``known - 1`` equal days, then a straight line to what is expected."""
    bundle = factories.GroupBundleFactory.build(name="Data 2 TB", size=2_000 * GB, **more)
    done = known - 1
    days = {day(n + 1): used * GB // done for n in range(done)}
    left = 30 - done
    points = [
        Point(
            day(done + n),
            (used + (expected - used) * n // left) * GB,
            (used + (expected - used - spread) * n // left) * GB,
            (used + (expected - used + spread) * n // left) * GB,
        )
        for n in range(1, left + 1)
    ]
    size = bundle.size

    def first(values):
        return next((point.day for point, value in zip(points, values, strict=True) if value >= size), None)

    found = Forecast(
        size=size,
        used=used * GB,
        expected=expected * GB,
        low=(expected - spread) * GB,
        high=(expected + spread) * GB,
        runs_out_on=day(18) if used * GB >= size else first(p.expected for p in points),
        earliest=first(p.high for p in points),
        latest=first(p.low for p in points),
        sureness=sureness,
        points=tuple(points),
    )
    return BundleMonth(bundle, NOVEMBER, AT, day(known), days, {}, found)


def ended(month: BundleMonth) -> BundleMonth:
    found = replace(month.forecast, points=(), expected=month.used, low=month.used, high=month.used)
    return replace(month, forecast=found, known_until=date(2026, 12, 1))


def test_a_bundle_that_lasts_says_how_much_is_expected_and_how_sure_that_is():
    found = outlook_of(a_month())
    assert found.text == f"1,677{NBSP}GB expected by 30 November, well within the bundle."
    assert found.detail == f"Between 1,627{NBSP}GB and 1,727{NBSP}GB."
    assert (found.sureness, found.tone) == (Sureness.LIKELY, "")


def test_close_to_the_size_it_says_from_when_it_may_run_out():
    found = outlook_of(a_month(expected=1_960, spread=100))
    assert found.text == f"1,960{NBSP}GB expected by 30 November, within the bundle."
    assert "It may run out from 30 November on." in found.detail


def test_a_bundle_that_runs_out_names_the_day_and_between_which_days():
    found = outlook_of(a_month(expected=2_300, spread=150))
    assert found.text == "Expected to run out on 28 November."
    assert found.detail == (
        f"Between 27 November and 29 November. 2,300{NBSP}GB expected by 30 November, "
        f"300{NBSP}GB more than the bundle holds."
    )
    assert found.tone == "warn"


def test_a_bundle_that_only_just_runs_out_may_not_at_all():
    found = outlook_of(a_month(expected=2_010, spread=100))
    assert "perhaps not at all this month" in found.detail


def test_a_bundle_that_is_used_up_is_no_forecast():
    found = outlook_of(a_month(used=2_050, expected=2_400))
    assert found.text == "Used up since 18 November."
    assert (found.sureness, found.tone) == (None, "bad")


def test_a_month_that_is_over_says_how_it_ended():
    assert outlook_of(ended(a_month())).text == "The bundle was large enough."
    assert outlook_of(ended(a_month(used=2_100))).text == "Used up on 18 November."


def test_without_figures_nothing_is_promised():
    month = replace(a_month(), days={}, forecast=None)
    assert outlook_of(month).text == "Too little is known yet to say what to expect."
    assert outlook_of(replace(month, updated_at=None)).text == "No usage has come in yet."
    assert outlook_of(replace(month, known_until=date(2026, 12, 1))).text == "Nothing used."


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
@pytest.mark.parametrize(
    "figures", [{}, {"expected": 1_960}, {"expected": 2_300}, {"expected": 2_010}, {"used": 2_050, "expected": 2_400}]
)
def test_every_sentence_stands_in_every_language(language, figures):
    english = outlook_of(a_month(**figures))
    with translation.override(language):
        found = outlook_of(a_month(**figures))
    assert language == "en" or found.text != english.text
    assert "%(" not in found.text + found.detail


def test_a_bundle_of_calls_is_told_in_minutes():
    month = a_month(kind=BundleKind.VOICE)
    assert "min expected by" in outlook_of(month).text
    assert running_total(month).axis.labels[0].endswith("min")


def test_the_chart_speaks_its_conclusion():
    month = replace(a_month(expected=2_300, spread=150), before={day(-5): 1_488 * GB})
    assert conclusion(month) == (
        f"Data 2 TB in November 2026: 1,230{NBSP}GB of 2,000{NBSP}GB used up to 21 November. "
        f"Expected to run out on 28 November. October 2026 ended at 1,488{NBSP}GB."
    )
    chart = running_total(month)
    assert f'aria-label="{conclusion(month)}"' in chart.drawing
    assert [part in chart.drawing for part in ("c-line", "c-proj", "c-band", "c-limit", "c-prev", "c-dot")] == [
        True
    ] * 6
    assert chart.ticks == ["1 nov", "8 nov", "16 nov", "23 nov", "30 nov"]


def test_a_day_under_way_belongs_to_what_is_expected():
    """On the 22nd little has come in yet: the line ends on the 21st and does not look like a quiet day."""
    month = a_month()
    today = replace(month, days=dict(month.days) | {day(22): GB})
    line = re.search(r'class="c-line" d="([^"]+)"', running_total(today).drawing)[1]
    assert line.split(" L")[-1].startswith("420.0 ")  # the end of the 21st day of thirty


def test_the_table_has_every_day_and_what_is_expected_of_the_others():
    rows = list(day_rows(a_month()))
    assert [row.day for row in rows] == [day(n) for n in range(1, 31)]
    assert [row.is_expected for row in rows] == [False] * 21 + [True] * 9
    assert rows[20].total == f"1,230{NBSP}GB"
    assert rows[-1].total == f"1,677{NBSP}GB"
    assert rows[-1].between == f"1,627{NBSP}GB to 1,727{NBSP}GB"


def test_days_to_come_have_no_column():
    drawn = daily_columns(a_month()).drawing
    assert drawn.count("<title>") == 21
    assert drawn.count("c-bar--mute") == 9
    assert "Most on 1 November" in drawn
