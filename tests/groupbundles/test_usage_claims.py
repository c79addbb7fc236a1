"""An import belongs to one process at a time: others keep out of it, and take over what was left behind."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection
from django.db.models.functions import Now

from accounts.models import Customer
from fleetportal.audit.models import AuditEvent
from groupbundles.enums import UsageImportState, UsageSource
from groupbundles.models import LineUsageMonth, UsageImport
from groupbundles.services.usage import claims, imports
from groupbundles.services.usage.claims import BeingImported, ImportLost
from groupbundles.services.usage.files import batches, examine
from groupbundles.services.usage.imports import end_given_up, end_vanished, import_file, take_batch
from tests import factories
from tests.groupbundles.usage import BY, DELIVERED, Row, take, write

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(DELIVERED, tick=True)]


@pytest.fixture
def path(noordkaai: Customer, tmp_path: Path) -> Path:
    factories.LineFactory(customer=noordkaai, number="+32468000001")
    return write(tmp_path / "november.csv", [Row(f"r-{n}") for n in range(30)])


def claimed_by_another(customer: Customer, path: Path, source: UsageSource = UsageSource.FILE) -> UsageImport:
    """An import of the file that somebody took on and that has not got anywhere."""
    with claims.claimed(customer, examine(path), source, BY, again=False, wait=0) as found:
        pass
    silent_for(found, -MINUTE)
    return found


def silent_for(usage_import: UsageImport, ago: timedelta) -> None:
    """Its claim ended so long ago."""
    claims.still_mine(usage_import).update(leased_until=Now() - ago)


def first_batch(usage_import: UsageImport, path: Path) -> UsageImport:
    return take_batch(usage_import, next(batches(examine(path), after=0, rows=1)))


def data_of(customer: Customer) -> int:
    return sum(LineUsageMonth.objects.for_customer(customer).values_list("data_bytes", flat=True))


def test_a_file_that_somebody_is_at_is_left_to_him(noordkaai, path):
    claimed_by_another(noordkaai, path)

    with pytest.raises(BeingImported):
        take(noordkaai, path)

    assert not data_of(noordkaai)


def test_another_company_may_take_in_the_same_content_meanwhile(noordkaai, zuidpark, path):
    claimed_by_another(noordkaai, path)

    assert take(zuidpark, path).state == UsageImportState.DONE


def test_one_that_was_left_is_taken_over_after_its_time_and_counts_once(noordkaai, path):
    left = first_batch(claimed_by_another(noordkaai, path), path)
    silent_for(left, timedelta())

    finished = take(noordkaai, path)

    assert (finished.pk, finished.attempts, finished.state) == (left.pk, left.attempts + 1, UsageImportState.DONE)
    assert data_of(noordkaai) == 30 * 1000


def test_a_batch_renews_the_claim(noordkaai, path):
    mine = claimed_by_another(noordkaai, path)
    silent_for(mine, timedelta())

    first_batch(mine, path)

    assert claims.still_mine(mine).filter(leased_until__gt=Now() + MINUTE).exists()


def test_one_that_was_overtaken_keeps_nothing_more(noordkaai, path):
    slow = claimed_by_another(noordkaai, path)
    silent_for(slow, timedelta())
    take(noordkaai, path)

    with pytest.raises(ImportLost):
        first_batch(slow, path)
    with pytest.raises(ImportLost):
        imports.finish(slow, by=BY)

    assert data_of(noordkaai) == 30 * 1000
    assert AuditEvent.objects.filter(customer_id=noordkaai.pk, kind="usage.imported").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_processes_that_begin_at_once_one_takes_it_in(noordkaai, path):
    start = Barrier(3)

    def one(_n: int) -> str:
        start.wait()
        try:
            taken = import_file(customer=noordkaai, path=path, source=UsageSource.FILE, by=BY)
        except BeingImported:
            return "kept out"
        else:
            return "done before" if taken.was_done else "taken in"
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(one, range(3)))

    assert answers.count("taken in") == 1
    assert UsageImport.objects.for_customer(noordkaai).count() == 1
    assert data_of(noordkaai) == 30 * 1000


@pytest.mark.django_db(transaction=True)
def test_nothing_is_held_in_the_session_between_batches(noordkaai, path):
    """A pool may hand the connection to somebody else there."""
    held: list[int] = []

    def look(_done: int, _lines: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            held.append(cursor.fetchone()[0])

    take(noordkaai, path, progress=look)

    assert held and not any(held)


def test_one_whose_file_left_the_folder_ends_as_failed_with_the_reason(noordkaai, zuidpark, path):
    left = claimed_by_another(noordkaai, path, UsageSource.FOLDER)
    first_batch(left, path)
    silent_for(left, 4 * MINUTE)
    assert not end_vanished(customer_ids={noordkaai.pk}, by=BY), "its file may just be on its way to another worker"

    silent_for(left, 6 * MINUTE)
    assert not end_vanished(customer_ids={zuidpark.pk}, by=BY)
    assert end_vanished(customer_ids={noordkaai.pk}, by=BY) == 1

    left.refresh_from_db()
    assert left.state == UsageImportState.FAILED
    assert left.message and left.finished_at
    assert AuditEvent.objects.get(customer_id=noordkaai.pk, kind="usage.import_failed").after["message"] == left.message


def test_delivered_again_after_that_the_rest_is_counted(noordkaai, path):
    left = claimed_by_another(noordkaai, path, UsageSource.FOLDER)
    first_batch(left, path)
    silent_for(left, 6 * MINUTE)
    end_vanished(customer_ids={noordkaai.pk}, by=BY)

    again = take(noordkaai, path)

    assert again.pk != left.pk
    assert again.state == UsageImportState.DONE
    assert data_of(noordkaai) == 30 * 1000


def test_a_file_that_vanishes_while_it_is_imported_by_hand_fails_the_import_at_once(noordkaai, path, monkeypatch):
    def gone(*_args: object, **_options: object):
        path.unlink()
        path.open()
        yield

    monkeypatch.setattr(imports, "batches", gone)

    with pytest.raises(FileNotFoundError):
        take(noordkaai, path)

    failed = UsageImport.objects.for_customer(noordkaai).get()
    assert (failed.state, bool(failed.message)) == (UsageImportState.FAILED, True)


def test_one_by_hand_that_nobody_goes_on_with_is_given_up_after_a_day(noordkaai, path):
    left = claimed_by_another(noordkaai, path)
    silent_for(left, DAY - MINUTE)
    assert not end_given_up(by=BY)

    silent_for(left, DAY + MINUTE)
    assert end_given_up(by=BY) == 1

    left.refresh_from_db()
    assert left.state == UsageImportState.FAILED
