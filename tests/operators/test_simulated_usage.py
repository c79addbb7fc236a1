"""What the simulated operator tells of its lines' use: by its own clock, the same when asked again, and believable."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine

from fleetportal.operators.contract import (
    Busy,
    ContractError,
    OperatorBundle,
    OperatorLine,
    ServiceStatus,
    Uncertain,
    UsageKind,
    UsageZone,
)
from fleetportal.operators.registry import get_operator
from fleetportal.operators.simulator import usage
from fleetportal.operators.simulator.faults import set_faults
from fleetportal.operators.simulator.inventory import adopt_bundles, adopt_lines
from tests.operators.contract_cases import card, usage_of

pytestmark = pytest.mark.django_db

BRUSSELS = ZoneInfo("Europe/Brussels")
REFERENCE = "0403019261"
# A Friday evening.
NOW = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def short_memory(monkeypatch):
    """It begins with the present month, which is enough for most rules."""
    monkeypatch.setattr(usage, "FIRST_MONTHS_BACK", 0)


@pytest.fixture
def operator():
    with time_machine.travel(NOW, tick=False):
        yield get_operator()


def fleet(count: int, reference: str = REFERENCE, first: int = 470_000_000, **fields: object) -> list[str]:
    """So many living lines, and their numbers."""
    numbers = [f"+32{first + n}" for n in range(count)]
    values = {"status": ServiceStatus.ACTIVE, "plan_code": "MOB-PRO"} | fields
    adopt_lines(reference, [OperatorLine(number=number, iccid=card(), **values) for number in numbers])
    return numbers


def test_a_company_without_lines_has_nothing_to_tell_and_never_will_again_about_the_past(operator):
    records, cursor = usage_of(operator, REFERENCE)
    assert not records

    fleet(20)
    assert not usage_of(operator, REFERENCE, cursor)[0]


def test_it_tells_of_the_companys_living_lines_from_the_month_before_last_until_the_last_full_hour(
    operator, monkeypatch
):
    monkeypatch.setattr(usage, "FIRST_MONTHS_BACK", 2)
    ours = fleet(15)
    fleet(5, first=471_000_000, status=ServiceStatus.SUSPENDED)
    fleet(5, first=472_000_000, status=ServiceStatus.TERMINATED)
    fleet(5, "another", first=473_000_000)

    records, _cursor = usage_of(operator, REFERENCE)

    assert {record.number for record in records} < set(ours)
    moments = sorted(record.started_at for record in records)
    assert moments[0].astimezone(BRUSSELS).date() == date(2026, 9, 1)
    assert NOW - timedelta(hours=24) < moments[-1] < NOW


def test_the_same_question_gets_the_same_answer(operator):
    fleet(30)

    assert operator.usage(REFERENCE, "") == operator.usage(REFERENCE, "")


def test_what_comes_later_goes_on_where_it_was(operator):
    fleet(30)
    records, cursor = usage_of(operator, REFERENCE)
    assert not usage_of(operator, REFERENCE, cursor)[0]

    set_faults(clock_offset_seconds=24 * 3600)
    more, _cursor = usage_of(operator, REFERENCE, cursor)

    assert more
    assert min(record.started_at for record in more) >= NOW
    everything, _cursor = usage_of(operator, REFERENCE)
    assert {record.record_id for record in everything} == {record.record_id for record in [*records, *more]}


def test_pages_are_bounded_and_leave_nothing_out(monkeypatch):
    fleet(9)
    with time_machine.travel(NOW.replace(day=5), tick=False):
        operator = get_operator()
        whole, _cursor = usage_of(operator, REFERENCE)
        monkeypatch.setattr(usage, "PAGE", 20)
        monkeypatch.setattr(usage, "LINES_AT_ONCE", 4)

        first = operator.usage(REFERENCE, "")
        in_pages, _cursor = usage_of(operator, REFERENCE)

    assert 20 <= len(first.records) <= 24
    assert {record.record_id for record in in_pages} == {record.record_id for record in whole}


def test_now_and_then_a_record_is_told_twice_with_the_same_content(operator):
    fleet(60)

    records, _cursor = usage_of(operator, REFERENCE)

    once = set(records)
    assert len({record.record_id for record in records}) == len(once)
    assert 0 < len(records) - len(once) < len(once) / 20


def test_a_working_day_is_busier_than_a_weekend_and_the_day_than_the_night(operator):
    fleet(60)

    records, _cursor = usage_of(operator, REFERENCE)

    moments = [record.started_at.astimezone(BRUSSELS) for record in records]
    per_day = Counter(moment.isoweekday() for moment in moments)
    assert min(per_day[day] for day in range(1, 6)) > 1.5 * max(per_day[6], per_day[7])
    per_hour = Counter(moment.hour for moment in moments)
    assert per_hour[10] > 10 * per_hour[3]


def test_it_has_something_of_everything(operator):
    fleet(150)

    records, _cursor = usage_of(operator, REFERENCE)

    kinds = Counter((record.kind, record.zone) for record in records)
    for kind in (UsageKind.DATA, UsageKind.VOICE, UsageKind.SMS):
        assert kinds[kind, UsageZone.BE] > kinds[kind, UsageZone.EU] > kinds[kind, UsageZone.WORLD] > 0
    assert kinds[UsageKind.SERVICE, UsageZone.THIRD_PARTY] > 0
    assert kinds[UsageKind.VOICE, UsageZone.PREMIUM] > 0
    dear = [record for record in records if record.charge]
    assert {record.bundle for record in dear} == {""}
    assert {record.zone for record in dear} == set(UsageZone) - {UsageZone.EU}
    assert {record.bundle for record in records} == {"", "own"}


@pytest.mark.parametrize(
    ("fields", "never"),
    [
        ({"plan_code": "DATA-10"}, lambda r: r.kind != UsageKind.DATA),
        ({"barrings": ("DATA_ALL",)}, lambda r: r.kind in (UsageKind.DATA, UsageKind.SERVICE)),
        ({"barrings": ("ROAM_ALL",)}, lambda r: r.zone in (UsageZone.EU, UsageZone.WORLD)),
        ({"barrings": ("ROAM_DATA_NON_EU",)}, lambda r: (r.kind, r.zone) == (UsageKind.DATA, UsageZone.WORLD)),
        ({"barrings": ("PREMIUM_ALL",)}, lambda r: r.zone == UsageZone.PREMIUM),
        ({"third_party_limit": Decimal(0)}, lambda r: r.zone == UsageZone.THIRD_PARTY),
        ({"activated_on": date(2026, 11, 9)}, lambda r: r.started_at.astimezone(BRUSSELS).date() < date(2026, 11, 9)),
    ],
    ids=["data plan", "no data", "no roaming", "no data far away", "no premium", "no third parties", "since"],
)
def test_a_line_does_only_what_it_can(operator, fields, never):
    fleet(60, **fields)

    records, _cursor = usage_of(operator, REFERENCE)

    assert records
    assert not [record for record in records if never(record)]


def test_members_of_a_group_bundle_use_that_at_home_and_in_the_union(operator):
    numbers = fleet(60)
    since = date(2026, 11, 10)
    adopt_bundles(REFERENCE, "data", [OperatorBundle("GB-1", "GB-DATA-2TB", since, tuple(numbers[:30]))])
    adopt_bundles(REFERENCE, "voice", [OperatorBundle("GB-2", "GB-VOICE", since, tuple(numbers[30:40]))])
    adopt_bundles("another", "data", [OperatorBundle("GB-3", "GB-DATA-2TB", since, tuple(numbers[40:]))])

    records, _cursor = usage_of(operator, REFERENCE)

    shared = [record for record in records if record.bundle not in ("", "own")]
    assert {(record.bundle, record.kind) for record in shared} == {("GB-1", "data"), ("GB-2", "voice")}
    assert {record.number for record in shared} <= set(numbers[:40])
    assert {record.zone for record in shared} <= {"BE", "EU"}
    assert min(record.started_at.astimezone(BRUSSELS).date() for record in shared) == since


@pytest.mark.parametrize("cursor", ["nonsense", "12", "-3/4", "99999999999/1", "1/2/3"])
def test_a_cursor_that_is_not_its_own_is_against_the_contract(operator, cursor):
    with pytest.raises(ContractError):
        operator.usage(REFERENCE, cursor)


@pytest.mark.parametrize(("switch", "error"), [("busy_times", Busy), ("lose_requests", Uncertain)])
def test_it_can_be_busy_or_silent(operator, switch, error):
    set_faults(**{switch: 1}, only_submit=False)

    with pytest.raises(error):
        operator.usage(REFERENCE, "")
    assert operator.usage(REFERENCE, "").cursor


def test_it_says_that_it_hands_out_usage(operator):
    assert operator.capabilities().has_usage
