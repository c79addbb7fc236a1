"""Retention: each kind of data goes when its time is over, and nothing that went ever counts again."""

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from fleetportal.audit.actors import Actor
from fleetportal.audit.models import AuditEvent
from groupbundles import tasks
from groupbundles.enums import AuditKind, UsageImportState, UsageSource
from groupbundles.models import (
    Alert,
    BundleUsageDay,
    LineUsageDay,
    LineUsageMonth,
    PurgedMonth,
    UsageImport,
    UsageKey,
    UsageRecord,
)
from groupbundles.services.usage import purging
from groupbundles.services.usage.partitions import existing
from groupbundles.services.usage.purging import purge_usage
from tests import factories
from tests.audit.expect import expect_audit
from tests.groupbundles.usage import Row, take, write

BY = Actor.system("usage")
SUMMER = datetime(2026, 6, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(noordkaai, zuidpark, tmp_path):
    """Two companies used something in May and June; one number had no line."""
    factories.LineFactory(customer=noordkaai, number="+32468000001")
    with time_machine.travel(SUMMER, tick=False):
        for customer, number in ((noordkaai, "+32468000001"), (zuidpark, "+32499999999")):
            rows = [
                Row("may-1", number, "2026-05-03T10:00:00+02:00", bundle="GB-1"),
                Row("may-2", number, "2026-05-31T23:30:00+02:00"),
                Row("may-3", "+32468888888", "2026-05-31T23:30:00+02:00"),
                Row("june-1", number, "2026-06-01T00:30:00+02:00"),
                Row("wrong", number, quantity="-5"),
            ]
            take(customer, write(tmp_path / "june.csv", rows))
    return noordkaai


def purge_at(moment: datetime, **options: bool) -> purging.Purged:
    with time_machine.travel(moment, tick=False):
        return purge_usage(now=moment, by=BY, **options)


def contents() -> dict[str, int]:
    reason = "the test looks at everything"
    models = (UsageRecord, UsageKey, LineUsageDay, LineUsageMonth, BundleUsageDay, UsageImport)
    found = {model.__name__: model.objects.across_customers(reason=reason).count() for model in models}
    refusals = UsageImport.objects.across_customers(reason=reason).exclude(refusals=[]).count()
    return found | {"refusals": refusals, "purged": PurgedMonth.objects.count()}


def test_nothing_goes_before_its_time(used):
    before = contents()

    assert not purge_at(datetime(2026, 8, 31, 21, 59, tzinfo=UTC))

    assert contents() == before


def test_a_month_of_records_goes_as_a_whole_when_its_first_day_is_six_months_old(used, noordkaai, zuidpark):
    last_moment = datetime(2026, 10, 31, 22, 59, tzinfo=UTC)
    purge_at(last_moment)
    assert date(2026, 5, 1) in existing()

    purged = purge_at(last_moment + timedelta(minutes=1))

    assert purged.months == [date(2026, 5, 1)]
    assert purged.rows["records"] == {noordkaai.pk: 3, zuidpark.pk: 3}
    assert date(2026, 5, 1) not in existing()
    assert [r.record_id for r in UsageRecord.objects.for_customer(noordkaai)] == ["june-1"]
    assert [k.record_id for k in UsageKey.objects.for_customer(noordkaai)] == ["june-1"]
    assert PurgedMonth.objects.get().period == date(2026, 5, 1)
    # The sums stay.
    months = LineUsageMonth.objects.for_customer(noordkaai).values_list("period", "data_bytes")
    assert dict(months) == {date(2026, 5, 1): 2000, date(2026, 6, 1): 1000}
    event = expect_audit(AuditKind.USAGE_PURGED, customer=noordkaai, subject=noordkaai, count=2)
    assert {"records": 3, "month": "2026-05"} in [event.after, *_events(noordkaai)]


def _events(customer) -> list[dict]:
    return list(AuditEvent.objects.filter(customer_id=customer.pk).values_list("after", flat=True))


@pytest.mark.parametrize("kept", [5, 24], ids=["as it was", "kept longer from now on"])
def test_what_was_purged_is_never_taken_in_again(used, noordkaai, tmp_path, settings, kept):
    november = datetime(2026, 11, 2, tzinfo=UTC)
    purge_at(november)
    counters = list(LineUsageMonth.objects.for_customer(noordkaai).values_list("period", "data_bytes"))
    settings.USAGE_RECORD_MONTHS = kept

    with time_machine.travel(november, tick=False):
        again = take(
            noordkaai,
            write(
                tmp_path / "again.csv",
                [
                    Row("may-1", started_at="2026-05-03T10:00:00+02:00", bundle="GB-1"),
                    Row("may-9", started_at="2026-05-09T10:00:00+02:00"),
                    Row("june-1", started_at="2026-06-01T00:30:00+02:00"),
                ],
            ),
        )

    assert (again.refused, again.duplicates, again.accepted) == (2, 1, 0)
    assert list(LineUsageMonth.objects.for_customer(noordkaai).values_list("period", "data_bytes")) == counters


@pytest.mark.parametrize(
    ("setting", "gone"),
    [
        ("USAGE_SET_ASIDE_MONTHS", {"UsageRecord": 2}),
        ("USAGE_DAY_MONTHS", {"LineUsageDay": 4}),
        ("USAGE_COUNTER_MONTHS", {"LineUsageMonth": 2, "BundleUsageDay": 2}),
        ("USAGE_REFUSAL_MONTHS", {"refusals": 2}),
        ("USAGE_IMPORT_MONTHS", {"UsageImport": 2, "refusals": 2}),
    ],
)
def test_each_kind_has_a_time_of_its_own(used, settings, setting, gone):
    for name in ("RECORD", "SET_ASIDE", "DAY", "COUNTER", "REFUSAL", "IMPORT", "ALERT"):
        setattr(settings, f"USAGE_{name}_MONTHS", 100)
    before = contents()
    # In July, with one month kept, May is over; imports of June with none are.
    setattr(settings, setting, 0 if setting in ("USAGE_REFUSAL_MONTHS", "USAGE_IMPORT_MONTHS") else 1)

    purge_at(datetime(2026, 7, 1, tzinfo=UTC))

    after = contents()
    assert {name: count - after[name] for name, count in before.items() if count != after[name]} == gone


def test_alerts_have_a_time_of_their_own(used, settings):
    line = factories.LineFactory(customer=used)
    for month in (5, 6):
        Alert.objects.create(
            customer=used, line=line, kind="out_of_bundle", threshold=25, period=date(2026, month, 1), value=30
        )
    settings.USAGE_ALERT_MONTHS = 2
    assert "alerts" not in purge_at(datetime(2026, 7, 1, tzinfo=UTC)).rows
    settings.USAGE_ALERT_MONTHS = 1
    assert purge_at(datetime(2026, 7, 1, tzinfo=UTC)).rows["alerts"] == {used.pk: 1}
    assert [alert.period for alert in Alert.objects.for_customer(used)] == [date(2026, 6, 1)]


def test_a_dry_run_says_the_same_and_changes_nothing(used):
    moment = datetime(2029, 1, 1, tzinfo=UTC)
    before, months = contents(), existing()

    said = purge_at(moment, dry_run=True)
    assert contents() == before
    assert existing() == months

    done = purge_at(moment)
    assert done.months == said.months
    # What goes with its month is not gone through once more.
    said.rows.pop("set_aside")
    assert done.rows == said.rows


def test_a_second_time_finds_nothing_left(used):
    moment = datetime(2029, 1, 1, tzinfo=UTC)
    assert purge_at(moment)
    before = contents()

    assert not purge_at(moment)

    assert contents() == before
    assert not any(count for name, count in before.items() if name != "purged")


def test_one_that_was_cut_off_is_finished_the_next_time(used, noordkaai, monkeypatch):
    november = datetime(2026, 11, 2, tzinfo=UTC)

    def die(period: date) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(purging.partitions, "drop", die)
        with pytest.raises(KeyboardInterrupt):
            purge_at(november)
    assert UsageRecord.objects.for_customer(noordkaai).count() == 4

    assert purge_at(november).months == [date(2026, 5, 1)]
    assert UsageRecord.objects.for_customer(noordkaai).count() == 1


def test_many_pages_are_gone_through_piece_by_piece(used, noordkaai, monkeypatch):
    line = factories.LineFactory(customer=noordkaai, number="+32468000009")
    LineUsageDay.objects.bulk_create(
        LineUsageDay(
            customer=noordkaai, line=line, day=day, kind="data", zone="BE", bundle="", quantity=1, records=1, charge=0
        )
        for day in (date(2020, 1, 1) + timedelta(days=n) for n in range(800))
    )
    monkeypatch.setattr(purging, "PAGES_AT_ONCE", 2)

    purged = purge_at(datetime(2026, 7, 1, tzinfo=UTC))

    assert purged.rows == {"line_days": {noordkaai.pk: 800}}


def test_the_nightly_task_does_it(used):
    with time_machine.travel(datetime(2026, 11, 2, tzinfo=UTC), tick=False):
        tasks.purge_old_usage()

    assert date(2026, 5, 1) not in existing()


def test_the_command_tells_per_company_and_can_be_read_by_a_program(used):
    with time_machine.travel(datetime(2026, 11, 2, tzinfo=UTC), tick=False):
        said = _call("--dry-run", "--json")
        assert json.loads(said) == {
            "months": ["2026-05"],
            "rows": {
                "records": {"noordkaai": 3, "zuidpark": 3},
                "set_aside": {"noordkaai": 1, "zuidpark": 1},
                "refusals": {"noordkaai": 1, "zuidpark": 1},
            },
            "files": 0,
            "dry_run": True,
        }
        text = _call()
        assert "2026-05: all records removed" in text
        assert "zuidpark: 3 records removed" in text
        assert _call() == "Nothing is past its time.\n"


def _call(*options: str) -> str:
    output = StringIO()
    call_command("purge_usage", *options, stdout=output)
    return output.getvalue()


def test_an_import_that_never_ended_goes_too(noordkaai):
    running = UsageImport.objects.create(
        customer=noordkaai, source=UsageSource.FILE, name="x", by_name="x", state=UsageImportState.RUNNING
    )
    UsageImport.objects.for_customer(noordkaai).update(started_at=SUMMER)

    purge_at(SUMMER + timedelta(days=800))

    assert not UsageImport.objects.for_customer(noordkaai).filter(pk=running.pk).exists()
