"""The operator's feed: what is handed out twice counts once, nothing is left out, and trouble only delays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Event

import pytest
import time_machine
from django.db import connection
from django.db.models.functions import Now

from fleetportal.operators.contract import (
    Busy,
    ContractError,
    Uncertain,
    UsageKind,
    UsagePage,
    UsageRecord,
    UsageZone,
)
from fleetportal.operators.registry import get_operator
from fleetportal.operators.simulator import usage as simulated_usage
from groupbundles import tasks
from groupbundles.enums import AuditKind, UsageImportState, UsageRefusal, UsageSource
from groupbundles.models import LineUsageDay, LineUsageMonth, UsageCursor, UsageImport
from groupbundles.models import UsageRecord as KeptRecord
from groupbundles.queries.freshness import updated_at
from groupbundles.services.usage import feed
from tests import factories
from tests.audit.expect import expect_audit

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
NUMBER = "+32468000001"

pytestmark = pytest.mark.django_db


def used(name: str, *, quantity: int = 1000, **fields: object) -> UsageRecord:
    values = {
        "record_id": name,
        "number": NUMBER,
        "started_at": datetime(2026, 11, 5, 10, tzinfo=UTC),
        "kind": UsageKind.DATA,
        "zone": UsageZone.BE,
        "quantity": quantity,
        "unit": "B",
        "bundle": "own",
    }
    return UsageRecord(**(values | fields))


class Handing:
    """An operator that hands out these pages; the cursor is the number of the next one."""

    def __init__(self, *pages: list[UsageRecord]) -> None:
        self.pages = [tuple(page) for page in pages]
        self.asked: list[tuple[str, str]] = []
        self.before: Callable[[str], None] = lambda cursor: None

    def usage(self, customer_reference: str, cursor: str) -> UsagePage:
        self.asked.append((customer_reference, cursor))
        self.before(cursor)
        nth = int(cursor or 0)
        records = self.pages[nth] if nth < len(self.pages) else ()
        following = min(nth + 1, len(self.pages))
        return UsagePage(records, str(following), is_last=following == len(self.pages))


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def line(noordkaai):
    UsageCursor.objects.create(customer=noordkaai)
    return factories.LineFactory(customer=noordkaai, number=NUMBER)


def pull(customer, operator, *, seconds: float = 60) -> bool:
    """One turn, which it is."""
    UsageCursor.objects.for_customer(customer).update(due_at=Now())
    return feed.pull(customer=customer, operator=operator, seconds=seconds)


def cursor_of(customer) -> UsageCursor:
    return UsageCursor.objects.for_customer(customer).get()


def data_of(customer) -> int:
    return sum(LineUsageMonth.objects.for_customer(customer).values_list("data_bytes", flat=True))


def due_in(customer) -> timedelta:
    row = UsageCursor.objects.for_customer(customer).annotate(now=Now()).get()
    return row.due_at - row.now


def test_every_page_is_fetched_counted_and_remembered(noordkaai, line):
    operator = Handing([used("a"), used("b")], [used("c", quantity=500)])

    assert not pull(noordkaai, operator)

    assert operator.asked == [("0403019261", ""), ("0403019261", "1")]
    assert data_of(noordkaai) == 2500
    taken = UsageImport.objects.for_customer(noordkaai).get()
    assert (taken.source, taken.state, taken.rows, taken.accepted) == (UsageSource.FEED, UsageImportState.DONE, 3, 3)
    assert cursor_of(noordkaai).cursor == "2"
    assert updated_at(noordkaai) == NOW
    assert timedelta(minutes=14) < due_in(noordkaai) <= timedelta(minutes=15)
    expect_audit(AuditKind.USAGE_IMPORTED, customer=noordkaai, subject=taken)


def test_what_is_handed_out_twice_counts_once(noordkaai, line):
    pull(noordkaai, Handing([used("a"), used("a")], [used("a")]))

    taken = UsageImport.objects.for_customer(noordkaai).get()
    assert (taken.accepted, taken.duplicates) == (1, 2)
    assert data_of(noordkaai) == 1000


def test_nothing_new_is_no_import_but_keeps_the_figures_fresh(noordkaai, line):
    pull(noordkaai, Handing([]))

    assert not UsageImport.objects.for_customer(noordkaai).exists()
    assert updated_at(noordkaai) == NOW


def test_a_record_that_cannot_be_is_refused_and_stops_nothing(noordkaai, line):
    wrong = [
        (used("a", quantity=-1), UsageRefusal.QUANTITY),
        (used("b", kind="fax"), UsageRefusal.KIND),
        (used("c", unit="s"), UsageRefusal.UNIT),
        (used("d", started_at=datetime(2026, 11, 5, 10)), UsageRefusal.STARTED_AT),  # noqa: DTZ001
        (used("e;e"), UsageRefusal.RECORD_ID),
        (used("f", number="0468 00 00 01"), UsageRefusal.NUMBER),
        (used("g", charge=Decimal("1.00001")), UsageRefusal.CHARGE),
        (used("h", started_at=NOW + timedelta(days=40)), UsageRefusal.FUTURE),
        (used("i", started_at=NOW - timedelta(days=900)), UsageRefusal.TOO_OLD),
    ]

    pull(noordkaai, Handing([record for record, _reason in wrong], [used("z")]))

    taken = UsageImport.objects.for_customer(noordkaai).get()
    assert (taken.refused, taken.accepted) == (len(wrong), 1)
    assert [reason for _place, reason in taken.refusals] == [reason for _record, reason in wrong]
    assert data_of(noordkaai) == 1000


def test_a_busy_operator_is_asked_when_it_says_so(noordkaai, line):
    operator = Handing([used("a")])

    def busy(cursor: str) -> None:
        raise Busy(90)

    operator.before = busy
    assert not pull(noordkaai, operator)

    assert timedelta(seconds=80) < due_in(noordkaai) <= timedelta(seconds=90)
    assert cursor_of(noordkaai).cursor == ""
    assert not UsageImport.objects.for_customer(noordkaai).exists()


@pytest.mark.parametrize("error", [Uncertain("no answer"), ContractError("no such field")])
def test_trouble_in_the_middle_keeps_what_was_fetched_and_goes_on_there(noordkaai, line, error):
    operator = Handing([used("a")], [used("b")])

    def trouble(cursor: str) -> None:
        if cursor:
            raise error

    operator.before = trouble
    pull(noordkaai, operator)
    row = cursor_of(noordkaai)
    assert (row.cursor, row.failures, row.error) == ("1", 1, str(error))
    assert row.checked_at is None
    assert data_of(noordkaai) == 1000
    assert UsageImport.objects.for_customer(noordkaai).get().state == UsageImportState.DONE

    operator.before = lambda cursor: None
    pull(noordkaai, operator)
    row = cursor_of(noordkaai)
    assert (row.cursor, row.failures, row.error) == ("2", 0, "")
    assert data_of(noordkaai) == 2000


def test_the_wait_grows_with_every_failure_up_to_an_hour(noordkaai, line):
    operator = Handing([used("a")])

    def silent(cursor: str) -> None:
        raise Uncertain("no answer")

    operator.before = silent
    waits = []
    for _n in range(9):
        pull(noordkaai, operator)
        waits.append(round(due_in(noordkaai).total_seconds(), -1))

    assert waits[:3] == [60, 120, 240]
    assert waits[-1] == 3600


@pytest.mark.parametrize(
    "page",
    [UsagePage((), "", is_last=True), UsagePage((), "x" * 201, is_last=True)],
    ids=["no cursor", "too long"],
)
def test_a_cursor_that_cannot_be_kept_is_against_the_contract(noordkaai, line, page):
    operator = Handing()
    operator.usage = lambda reference, cursor: page

    pull(noordkaai, operator)

    assert "cursor" in cursor_of(noordkaai).error


def test_a_page_that_leads_to_itself_is_not_fetched_for_ever(noordkaai, line):
    operator = Handing()
    operator.usage = lambda reference, cursor: UsagePage((used("a"),), "7", is_last=False)

    pull(noordkaai, operator)

    row = cursor_of(noordkaai)
    assert (row.cursor, row.failures) == ("7", 1)
    assert data_of(noordkaai) == 1000


def test_a_turn_ends_after_its_time_and_the_next_one_follows_at_once(noordkaai, line):
    operator = Handing([used("a")], [used("b")])

    assert pull(noordkaai, operator, seconds=0)
    assert not operator.asked

    assert due_in(noordkaai) <= timedelta()
    assert not pull(noordkaai, operator)
    assert data_of(noordkaai) == 2000


def test_before_its_turn_nobody_is_asked(noordkaai, line):
    operator = Handing([used("a")])
    pull(noordkaai, operator)
    operator.asked.clear()

    assert not feed.pull(customer=noordkaai, operator=operator, seconds=60)
    assert not operator.asked


def test_a_worker_that_was_taken_for_dead_keeps_nothing_of_a_page_that_another_one_kept(noordkaai, line):
    slow, quick = Handing([used("a")], [used("b")]), Handing([used("a")], [used("b")])

    def overtaken(cursor: str) -> None:
        slow.before = lambda cursor: None
        pull(noordkaai, quick)

    slow.before = overtaken
    assert not pull(noordkaai, slow)

    taken = UsageImport.objects.for_customer(noordkaai).get()
    assert (taken.rows, taken.accepted) == (2, 2)
    assert cursor_of(noordkaai).cursor == "2"


def test_a_worker_that_dies_after_a_page_leaves_it_kept_and_the_next_one_finishes_the_import(noordkaai, line):
    operator = Handing([used("a")], [used("b")])

    def die(cursor: str) -> None:
        if cursor:
            raise KeyboardInterrupt

    operator.before = die
    with pytest.raises(KeyboardInterrupt):
        pull(noordkaai, operator)
    assert UsageImport.objects.for_customer(noordkaai).get().state == UsageImportState.RUNNING

    operator.before = lambda cursor: None
    pull(noordkaai, operator)

    taken = UsageImport.objects.for_customer(noordkaai).get()
    assert (taken.state, taken.accepted, taken.duplicates) == (UsageImportState.DONE, 2, 0)
    assert data_of(noordkaai) == 2000


@pytest.mark.django_db(transaction=True)
def test_of_workers_at_once_one_asks(noordkaai, line):
    gate, asked = Barrier(3), Event()
    operator = Handing([used("a")])
    operator.before = lambda cursor: asked.set()

    def turn(_n: int) -> None:
        gate.wait(timeout=20)
        try:
            feed.pull(customer=noordkaai, operator=operator, seconds=60)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(turn, range(3)))

    assert len(operator.asked) == 1
    assert data_of(noordkaai) == 1000


def test_a_number_without_a_line_is_set_aside_and_counted_when_it_has_one(noordkaai):
    UsageCursor.objects.create(customer=noordkaai)
    operator = Handing([used("a")], [])
    pull(noordkaai, operator)
    assert UsageImport.objects.for_customer(noordkaai).get().unmatched == 1
    assert not data_of(noordkaai)

    factories.LineFactory(customer=noordkaai, number=NUMBER)
    pull(noordkaai, operator)

    assert data_of(noordkaai) == 1000
    expect_audit(AuditKind.USAGE_CLAIMED, customer=noordkaai)


def test_one_companys_records_are_never_another_ones(noordkaai, zuidpark, line):
    theirs = factories.LineFactory(customer=zuidpark, number="+32468000002")
    pull(noordkaai, Handing([used("a", number=theirs.number)]))

    assert not LineUsageDay.objects.for_customer(zuidpark).exists()
    assert KeptRecord.objects.for_customer(noordkaai).get().line_id is None


@pytest.fixture
def woken(monkeypatch):
    calls: list[tuple] = []
    monkeypatch.setattr("fleetportal.operators.feeds.wake", lambda task, *ids, queue: calls.append((task, *ids, queue)))
    monkeypatch.setattr(tasks, "wake", lambda task, *ids, queue: calls.append((task, *ids, queue)))
    return calls


def test_the_sweep_calls_for_new_companies_and_for_those_whose_turn_it_is(noordkaai, zuidpark, woken):
    UsageCursor.objects.create(customer=zuidpark, due_at=Now() + timedelta(minutes=5))

    tasks.pull_usage()
    assert woken == [("groupbundles.pull_usage_of", noordkaai.pk, "usage")]

    UsageCursor.objects.for_customer(zuidpark).update(due_at=Now())
    tasks.pull_usage()
    assert {call[1] for call in woken[1:]} == {noordkaai.pk, zuidpark.pk}


def test_nobody_is_asked_where_the_feed_is_off_or_the_operator_has_none(noordkaai, woken, settings, monkeypatch):
    settings.USAGE_FEED_MINUTES = 0
    tasks.pull_usage()
    settings.USAGE_FEED_MINUTES = 15
    can = get_operator().capabilities()
    monkeypatch.setattr(type(get_operator()), "capabilities", lambda self: replace(can, has_usage=False))
    tasks.pull_usage()

    assert not woken
    assert not UsageCursor.objects.for_customer(noordkaai).exists()


def test_staff_can_make_it_a_companys_turn(noordkaai, woken):
    feed.ask_now(noordkaai)
    pull(noordkaai, Handing([]))
    assert due_in(noordkaai) > timedelta()

    feed.ask_now(noordkaai)

    assert due_in(noordkaai) <= timedelta()
    assert woken == [("groupbundles.pull_usage_of", noordkaai.pk, "usage")] * 2


@pytest.mark.django_db(transaction=True)
def test_the_simulated_operators_usage_ends_up_in_the_counters(noordkaai, woken, monkeypatch):
    monkeypatch.setattr(simulated_usage, "FIRST_MONTHS_BACK", 0)
    lines = [factories.at_the_operator(line) for line in factories.LineFactory.create_batch(5, customer=noordkaai)]
    feed.sweep()
    monkeypatch.setattr(tasks, "SECONDS", 60)

    tasks.pull_usage_of(noordkaai.pk)

    taken = UsageImport.objects.for_customer(noordkaai).get()
    assert taken.accepted > 50
    assert taken.rows == taken.accepted + taken.duplicates
    counted = LineUsageMonth.objects.for_customer(noordkaai)
    assert {row.line_id for row in counted} <= {line.pk for line in lines}
