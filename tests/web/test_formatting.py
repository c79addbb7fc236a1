import datetime as dt
from decimal import Decimal

import pytest
from django import forms
from django.template import engines
from django.utils import formats, translation

from fleetportal.web import formatting

NBSP = "\u00a0"
MOMENT = dt.datetime(2026, 11, 23, 7, 42, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("language", "money", "negative", "number", "percent", "data"),
    [
        ("nl", f"€{NBSP}1.234,56", f"€{NBSP}-12,50", "1.234,56", f"86{NBSP}%", f"12,4{NBSP}GB"),
        ("fr", f"1{NBSP}234,56{NBSP}€", f"-12,50{NBSP}€", f"1{NBSP}234,56", f"86{NBSP}%", f"12,4{NBSP}Go"),
        ("en", "€1,234.56", "-€12.50", "1,234.56", "86%", f"12.4{NBSP}GB"),
    ],
)
def test_numbers_follow_the_language(language, money, negative, number, percent, data):
    with translation.override(language):
        assert formatting.eur(Decimal("1234.56")) == money
        assert formatting.eur(Decimal("-12.5")) == negative
        assert formatting.number(Decimal("1234.56"), 2) == number
        assert formatting.percent(86) == percent
        assert formatting.data_volume(12_400_000_000) == data


@pytest.mark.parametrize(("language", "text"), [("nl", f"310{NBSP}MB"), ("fr", f"310{NBSP}Mo"), ("en", f"310{NBSP}MB")])
def test_less_than_a_gigabyte_is_in_megabytes(language, text):
    with translation.override(language):
        assert formatting.data_volume(310 * 10**6) == text


@pytest.mark.parametrize(
    ("amount", "kind", "text"),
    [
        (0, "data", f"0{NBSP}MB"),
        (999_600_000, "data", f"1,0{NBSP}GB"),
        (99_949 * 10**6, "data", f"99,9{NBSP}GB"),
        (2_048 * 10**9, "data", f"2.048{NBSP}GB"),
        (45, "voice", f"45{NBSP}s"),
        (74_040, "voice", f"1.234{NBSP}min"),
        (1_234, "sms", "1.234"),
        (None, "data", ""),
        (None, "voice", ""),
    ],
)
def test_what_was_used_is_in_the_unit_people_count_in(amount, kind, text):
    with translation.override("nl"):
        assert formatting.usage(amount, kind) == text


def test_bundles_are_compared_in_gigabytes_or_minutes():
    with translation.override("fr"):
        assert formatting.usage_unit("data") == ("Go", 10**9)
        assert formatting.usage_unit("voice") == ("min", 60)


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_no_number_uses_the_space_the_font_lacks(language):
    with translation.override(language):
        texts = [formatting.eur(1_234_567.89), formatting.number(1_234_567), formats.number_format(1_234_567.8, 1)]
        assert not any("\u202f" in text for text in texts)


@pytest.mark.parametrize(
    ("language", "long", "with_time"),
    [
        ("nl", "23 november 2026", "23/11/2026 om 08:42"),
        ("fr", "23 novembre 2026", "23/11/2026 à 08:42"),
        ("en", "23 November 2026", "23/11/2026, 08:42"),
    ],
)
def test_dates_follow_the_language_and_belgian_time(language, long, with_time):
    with translation.override(language):
        assert formatting.short_date(MOMENT) == "23/11/2026"
        assert formatting.long_date(MOMENT) == long
        assert formatting.date_time(MOMENT) == with_time


def test_a_date_late_in_the_evening_in_utc_is_the_next_day_in_belgium():
    assert formatting.short_date(dt.datetime(2026, 11, 23, 23, 30, tzinfo=dt.UTC)) == "24/11/2026"


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
@pytest.mark.parametrize("typed", ["23/11/2026", "23-11-2026", "23.11.2026", "2026-11-23"])
def test_a_date_is_read_however_it_is_typed(language, typed):
    with translation.override(language):
        assert forms.DateField(localize=True).clean(typed) == dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        ("+32468123456", "0468 12 34 56"),
        ("+32450123456", "0450 12 34 56"),
        ("+3292345678", "09 234 56 78"),
        ("+31612345678", "+31 6 12345678"),
        ("", ""),
        (None, ""),
        ("not a number", "not a number"),
    ],
)
def test_phone_numbers_are_shown_in_groups(e164, shown):
    assert formatting.phone(e164) == shown


def test_sim_numbers_are_shown_in_groups_of_four():
    assert formatting.iccid("8932040012003456780") == "8932 0400 1200 3456 780"
    assert formatting.iccid("") == ""


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (dt.timedelta(hours=2), "today at 06:42"),
        (dt.timedelta(days=1), "yesterday at 08:42"),
        (dt.timedelta(days=6), "6 days ago"),
        (dt.timedelta(days=7), "16/11/2026"),
        (dt.timedelta(days=-1), "24/11/2026"),
    ],
)
def test_recent_moments_are_told_in_words_for_less_than_a_week(ago, shown):
    with translation.override("en"):
        assert formatting.relative_day(MOMENT - ago, now=MOMENT) == shown


def test_the_page_names_its_language_with_its_country():
    shown = []
    for language in ("nl", "fr", "en"):
        with translation.override(language):
            shown.append(formatting.html_language())
    assert shown == ["nl-BE", "fr-BE", "en"]


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+32468123456", "0468 12 34 56"),
        ("8932031012345678902", "8932 0310 1234 5678 902"),
        ("Noordkaai Logistics NV", "Noordkaai Logistics NV"),
        ("2026", "2026"),
    ],
)
def test_a_stored_identifier_is_shown_as_people_read_it(stored, shown):
    assert formatting.identifier(stored) == shown


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_a_key_stands_in_a_page_as_it_is(language):
    """Only what goes through ``number`` is grouped: "1.234" in a hidden field is nobody's key."""
    page = engines["django"].from_string('<input value="{{ key }}">{{ key|number }}')
    with translation.override(language):
        key, shown = page.render({"key": 1234567}).split(">")
        assert shown == formatting.number(1234567) != "1234567"
    assert key == '<input value="1234567"'
