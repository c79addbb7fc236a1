"""The sample file: exactly the expected counts and counters, however often and in whatever pieces it is delivered."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from groupbundles.models import UsageImport
from tests.groupbundles.usage import DELIVERED, SAMPLE, assert_sample_counters, expected, sample_lines

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_that_day(time_machine):
    time_machine.move_to(DELIVERED, tick=False)


def command(*arguments: str) -> dict:
    out = StringIO()
    call_command(*arguments, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_it_gives_the_expected_counts_and_counters_twice_in_a_row(noordkaai, settings):
    sample_lines(noordkaai)
    settings.USAGE_BATCH_ROWS = 15_000
    for was_before in (False, True):
        outcome = command("import_usage", str(SAMPLE), "--customer", "noordkaai")
        wanted = {name: expected()[name] for name in ("file", "rows", "counts", "refused_lines")}
        assert {name: outcome[name] for name in wanted} == wanted
        assert outcome["was_imported_before"] is was_before
        assert_sample_counters(noordkaai)
    report = command("usage_report", "--customer", "noordkaai")
    assert report["lines"] == expected()["lines"]


def test_read_a_second_time_every_row_is_there_already(noordkaai):
    sample_lines(noordkaai)
    call_command("import_usage", str(SAMPLE), "--customer", "noordkaai", stdout=StringIO(), stderr=StringIO())
    outcome = command("import_usage", str(SAMPLE), "--customer", "noordkaai", "--again")
    counts = expected()["counts"]
    assert outcome["counts"] == {
        "accepted": 0,
        "duplicates": counts["accepted"] + counts["unmatched"] + counts["duplicates"],
        "conflicts": counts["conflicts"],
        "unmatched": 0,
        "refused": counts["refused"],
    }
    assert_sample_counters(noordkaai)
    assert UsageImport.objects.for_customer(noordkaai).count() == 2
