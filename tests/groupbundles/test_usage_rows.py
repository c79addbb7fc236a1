"""What a row may say, and where its use is counted."""

import gzip
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from groupbundles.enums import AuditKind, UsageRefusal
from groupbundles.models import BundleUsageDay, LineUsageDay, LineUsageMonth, UsageRecord
from groupbundles.services.usage.files import BadFile
from groupbundles.services.usage.set_aside import claim_set_aside
from sims.enums import LineState
from tests.audit.expect import expect_audit
from tests.factories import LineFactory
from tests.groupbundles.usage import DELIVERED, Row, take, write

pytestmark = pytest.mark.django_db
NUMBER = "+32468000001"


@pytest.fixture(autouse=True)
def on_that_day(time_machine):
    time_machine.move_to(DELIVERED, tick=False)


@pytest.fixture
def line(noordkaai: Customer):
    return LineFactory(customer=noordkaai, number=NUMBER)


def taken(customer: Customer, folder: Path, *rows: Row | str):
    return take(customer, write(folder / "usage.csv", rows))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (Row(record_id=""), UsageRefusal.RECORD_ID),
        (Row(record_id="x" * 65), UsageRefusal.RECORD_ID),
        (Row(msisdn="0468"), UsageRefusal.NUMBER),
        (Row(msisdn="32468000001"), UsageRefusal.NUMBER),
        (Row(started_at="yesterday"), UsageRefusal.STARTED_AT),
        (Row(started_at="2026-11-31T10:00:00+01:00"), UsageRefusal.STARTED_AT),
        (Row(started_at="2026-11-05T10:00:00"), UsageRefusal.STARTED_AT),
        (Row(started_at="2026-02-29T10:00:00+01:00"), UsageRefusal.STARTED_AT),
        (Row(started_at="2026-11-05T25:00:00+01:00"), UsageRefusal.STARTED_AT),
        (Row(kind="fax"), UsageRefusal.KIND),
        (Row(zone="MOON"), UsageRefusal.ZONE),
        (Row(quantity=-5), UsageRefusal.QUANTITY),
        (Row(quantity="12,5"), UsageRefusal.QUANTITY),
        (Row(quantity="1e6"), UsageRefusal.QUANTITY),
        (Row(quantity=99999999999999999999), UsageRefusal.QUANTITY),
        (Row(quantity=10**13 + 1), UsageRefusal.QUANTITY),
        (Row(unit="s"), UsageRefusal.UNIT),
        (Row(charge="1e3€"), UsageRefusal.CHARGE),
        (Row(charge="-1.00"), UsageRefusal.CHARGE),
        (Row(charge=""), UsageRefusal.CHARGE),
        (Row(started_at="2026-11-25T10:00:00+01:00"), UsageRefusal.FUTURE),
        (Row(started_at="2025-11-05T10:00:00+01:00"), UsageRefusal.TOO_OLD),
        ("only;four;fields;here", UsageRefusal.FIELDS),
    ],
)
def test_a_wrong_row_is_refused_with_its_line_and_stops_nothing(noordkaai, line, tmp_path, row, reason):
    done = taken(noordkaai, tmp_path, Row(record_id="before"), row, Row(record_id="after"))
    assert [tuple(each) for each in done.refusals] == [(3, reason)]
    assert (done.rows, done.accepted, done.refused) == (3, 2, 1)
    assert LineUsageMonth.objects.for_customer(noordkaai).get().data_bytes == 2000


def test_the_same_moment_with_another_offset_is_the_same_record(noordkaai, line, tmp_path):
    here, utc = Row(started_at="2026-11-05T10:00:00+01:00"), Row(started_at="2026-11-05T09:00:00+00:00")
    done = taken(noordkaai, tmp_path, here, utc)
    assert (done.accepted, done.duplicates, done.conflicts) == (1, 1, 0)


def test_an_id_in_another_month_is_the_same_id(noordkaai, line, tmp_path):
    done = taken(noordkaai, tmp_path, Row(), Row(started_at="2026-10-05T10:00:00+02:00"), Row(quantity=7))
    assert (done.accepted, done.conflicts) == (1, 2)
    assert LineUsageMonth.objects.for_customer(noordkaai).get().data_bytes == 1000


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-10-31T23:59:59+01:00", date(2026, 10, 31)),
        ("2026-10-31T23:00:00+00:00", date(2026, 11, 1)),
        ("2026-10-24T22:30:00+00:00", date(2026, 10, 25)),
        ("2026-10-25T22:30:00+00:00", date(2026, 10, 25)),
        ("2026-10-25T23:00:00+00:00", date(2026, 10, 26)),
    ],
)
def test_days_and_months_are_those_of_belgium(noordkaai, line, tmp_path, moment, day):
    taken(noordkaai, tmp_path, Row(started_at=moment))
    assert LineUsageDay.objects.for_customer(noordkaai).get().day == day
    assert LineUsageMonth.objects.for_customer(noordkaai).get().period == day.replace(day=1)


def test_what_a_month_is_made_of(noordkaai, line, tmp_path):
    taken(
        noordkaai,
        tmp_path,
        Row("a", bundle="GB-1", quantity=5),
        Row("b", zone="WORLD", bundle="", charge="2.5000", quantity=3),
        Row("c", kind="voice", zone="PREMIUM", bundle="", charge="1.2500", quantity=60),
        Row("d", kind="service", zone="THIRD_PARTY", bundle="", charge="4.0000", quantity=1),
        Row("e", kind="sms", quantity=1),
    )
    month = LineUsageMonth.objects.for_customer(noordkaai).get()
    assert (month.data_bytes, month.own_data_bytes, month.voice_seconds) == (8, 0, 60)
    assert (month.sms, month.services, month.premium_records) == (1, 1, 1)
    assert (month.out_of_bundle, month.roaming_charge) == (Decimal("7.75"), Decimal("2.5"))
    assert (month.third_party_charge, month.premium_charge) == (Decimal("4"), Decimal("1.25"))
    bundle = BundleUsageDay.objects.for_customer(noordkaai).get()
    assert (bundle.code, bundle.quantity, bundle.records) == ("GB-1", 5, 1)


def test_an_unknown_number_is_set_aside_and_counted_once_when_its_line_appears(noordkaai, tmp_path):
    done = taken(noordkaai, tmp_path, Row(), Row("r-2", quantity=500))
    assert (done.accepted, done.unmatched) == (0, 2)
    assert not LineUsageMonth.objects.for_customer(noordkaai).exists()
    line = LineFactory(customer=noordkaai, number=NUMBER)
    by = Actor.system("usage")
    assert [claim_set_aside(noordkaai, by=by), claim_set_aside(noordkaai, by=by)] == [2, 0]
    assert LineUsageMonth.objects.for_customer(noordkaai).get(line=line).data_bytes == 1500


def test_a_number_of_another_company_is_unknown_here(noordkaai, zuidpark, tmp_path):
    done = taken(noordkaai, tmp_path, Row(msisdn="+32499999999"))
    assert done.unmatched == 1
    claim_set_aside(zuidpark, by=Actor.system("usage"))
    assert not LineUsageDay.objects.for_customer(zuidpark).exists()
    assert UsageRecord.objects.for_customer(noordkaai).get().line_id is None


def test_the_use_of_a_number_stays_with_the_line_that_had_it(noordkaai, tmp_path):
    ended = LineFactory(
        customer=noordkaai,
        number=NUMBER,
        state=LineState.TERMINATED,
        activated_on=date(2026, 1, 1),
        ended_on=date(2026, 11, 9),
    )
    living = LineFactory(customer=noordkaai, number=NUMBER, activated_on=date(2026, 11, 12))
    taken(
        noordkaai,
        tmp_path,
        Row("a", started_at="2026-11-08T10:00:00+01:00", quantity=1),
        Row("b", started_at="2026-11-13T10:00:00+01:00", quantity=2),
    )
    found = LineUsageMonth.objects.for_customer(noordkaai).values_list("line", "data_bytes")
    assert sorted(found) == sorted([(ended.pk, 1), (living.pk, 2)])


def test_a_record_that_comes_late_counts_in_its_own_month(noordkaai, line, tmp_path):
    taken(noordkaai, tmp_path, Row("a"))
    taken(noordkaai, tmp_path, Row("late", started_at="2026-10-05T10:00:00+02:00", quantity=9))
    months = LineUsageMonth.objects.for_customer(noordkaai).order_by("period")
    assert [month.data_bytes for month in months] == [9, 1000]


@pytest.mark.parametrize(
    "content",
    [b"", b"a;b;c\n", gzip.compress(b"record_id;msisdn")[:-9], gzip.compress(b"\0" * (40 << 20))],
    ids=["empty", "other header", "cut off", "bomb"],
)
def test_a_file_that_is_none_changes_nothing(noordkaai, line, tmp_path, content):
    path = tmp_path / "usage.csv.gz"
    path.write_bytes(content)
    with pytest.raises(BadFile):
        take(noordkaai, path)
    expect_audit(AuditKind.USAGE_IMPORT_FAILED, customer=noordkaai)
    assert not UsageRecord.objects.for_customer(noordkaai).exists()


def test_a_bomb_behind_a_right_header_is_not_unpacked_to_its_end(noordkaai, line, tmp_path):
    path = tmp_path / "usage.csv.gz"
    header = b"record_id;msisdn;started_at;kind;zone;quantity;unit;bundle;charge_eur\n"
    path.write_bytes(gzip.compress(header + b"\n" * (40 << 20)))
    with pytest.raises(BadFile):
        take(noordkaai, path)


def test_a_moment_of_today_is_believed(noordkaai, line, tmp_path):
    moment = datetime.now(UTC).isoformat()
    assert taken(noordkaai, tmp_path, Row(started_at=moment)).accepted == 1
