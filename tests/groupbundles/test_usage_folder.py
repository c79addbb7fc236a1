"""The watched folder: complete files are taken once, nothing is lost with a worker, and nobody leads it elsewhere."""

import gzip
import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
import time_machine
from django.core.cache import cache
from django.db import OperationalError

from groupbundles import tasks
from groupbundles.enums import UsageImportState, UsageSource
from groupbundles.models import LineUsageMonth, UsageImport
from groupbundles.services.usage import folder, inboxes
from groupbundles.services.usage.inboxes import LEASE_SECONDS, Inbox
from tests import factories
from tests.groupbundles.usage import Row, write

# The clock of the file system cannot be moved, so here it is today.
USED_AT = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"

pytestmark = pytest.mark.django_db


class Robot:
    """Sweeps, and does what workers were woken for."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple]] = []

    def wake(self, task: str, *args: str | int, queue: str) -> None:
        assert queue == "usage"
        self.calls.append((task, args))

    def sweep(self) -> int:
        return folder.sweep()

    def work(self) -> None:
        """Everything that was woken, and what that wakes, one after the other."""
        while self.calls:
            task, args = self.calls.pop(0)
            getattr(tasks, task.split(".")[1])(*args)

    def settle(self) -> None:
        """Two looks, and then all the work."""
        self.sweep()
        self.sweep()
        self.work()


@pytest.fixture(autouse=True)
def watched(tmp_path, settings) -> Path:
    settings.USAGE_FOLDER = str(tmp_path / "usage")
    settings.USAGE_FOLDER_QUIET_SECONDS = 0
    Path(settings.USAGE_FOLDER).mkdir()
    cache.clear()
    return Path(settings.USAGE_FOLDER)


@pytest.fixture(autouse=True)
def robot(monkeypatch) -> Robot:
    robot = Robot()
    monkeypatch.setattr(folder, "wake", robot.wake)
    monkeypatch.setattr(tasks, "wake", robot.wake)
    return robot


@pytest.fixture
def box(watched, noordkaai) -> Path:
    factories.LineFactory(customer=noordkaai, number="+32468000001")
    (watched / "noordkaai").mkdir()
    return watched / "noordkaai"


def rows(*names: str, **fields: str) -> list[Row]:
    return [Row(name, started_at=USED_AT, **fields) for name in names]


def names(path: Path) -> list[str]:
    return sorted(each.name for each in path.iterdir()) if path.exists() else []


def age(path: Path, seconds: float) -> None:
    then = path.lstat().st_mtime - seconds
    os.utime(path, (then, then), follow_symlinks=False)


def working(box: Path) -> list[Path]:
    return list((box / "working").iterdir())


def counted(monkeypatch) -> list[str]:
    """Grows by a name with every time that a file is gone on with."""
    turns: list[str] = []
    imported = folder.import_file

    def import_file(**options):
        turns.append(options["path"].name)
        return imported(**options)

    monkeypatch.setattr(folder, "import_file", import_file)
    return turns


def data_of(customer) -> int:
    return sum(LineUsageMonth.objects.for_customer(customer).values_list("data_bytes", flat=True))


def test_a_file_is_imported_and_put_away_with_a_report(box, robot, noordkaai):
    write(box / "november.csv", [*rows("a", "b"), Row("c", quantity="-1")])

    robot.settle()

    taken = UsageImport.objects.for_customer(noordkaai).get()
    assert (taken.source, taken.state, taken.name) == (UsageSource.FOLDER, UsageImportState.DONE, "november.csv")
    assert data_of(noordkaai) == 2000
    assert names(box) == ["done", "working"]
    assert names(box / "done") == ["november.csv", "november.csv.report.json"]
    assert not names(box / "working")
    report = json.loads((box / "done" / "november.csv.report.json").read_text())
    assert report["counts"] == {"accepted": 2, "duplicates": 0, "conflicts": 0, "unmatched": 0, "refused": 1}
    assert report["refusals"] == [{"line": 4, "reason": "quantity"}]


def test_a_file_that_cannot_be_read_as_usage_fails_with_the_reason_beside_it(box, robot, noordkaai):
    (box / "notes.txt").write_text("hello")
    (box / "cut.csv.gz").write_bytes(gzip.compress(b"record_id;" * 100)[:-4])

    robot.settle()
    robot.settle()

    assert names(box / "failed") == ["cut.csv.gz", "cut.csv.gz.report.json", "notes.txt", "notes.txt.report.json"]
    assert json.loads((box / "failed" / "notes.txt.report.json").read_text())["error"]
    assert UsageImport.objects.for_customer(noordkaai).filter(state=UsageImportState.FAILED).count() == 2


def test_a_file_that_still_grows_waits_until_it_was_seen_twice_the_same(box, robot, settings):
    settings.USAGE_FOLDER_QUIET_SECONDS = 15
    path = write(box / "november.csv", rows("a"))
    with time_machine.travel(datetime(2026, 11, 23, 6, tzinfo=UTC), tick=False) as clock:
        assert not robot.sweep()
        clock.shift(30)
        with path.open("a") as file:
            file.write(f"{rows('b')[0]}\n")
        assert not robot.sweep()
        clock.shift(10)
        assert not robot.sweep()
        clock.shift(10)
        assert robot.sweep() == 1


@pytest.mark.parametrize("name", ["x.csv.part", ".x.csv.swp", "x.csv.filepart", "x.TMP", "x.csv~"])
def test_a_name_of_something_unfinished_is_left_alone(box, robot, name):
    write(box / name, rows("a"))

    robot.settle()

    assert name in names(box)


def test_what_was_written_to_a_file_while_it_was_read_is_taken_in_as_well(box, robot, noordkaai, monkeypatch):
    write(box / "november.csv", rows("a"))
    imported = folder.import_file

    def and_then_it_grows(**options):
        answer = imported(**options)
        if len(options["path"].read_text().splitlines()) == 2:
            with options["path"].open("a") as file:
                file.write(f"{rows('b')[0]}\n")
        return answer

    monkeypatch.setattr(folder, "import_file", and_then_it_grows)

    robot.settle()

    assert data_of(noordkaai) == 2000
    assert "november.csv" in names(box / "done")


def test_the_same_name_again_replaces_nothing(box, robot, noordkaai):
    for name in ("a", "b", "a"):
        write(box / "november.csv", rows(name))
        robot.settle()

    done = ["2-november.csv", "3-november.csv", "november.csv"]
    assert names(box / "done") == sorted([*done, *(f"{name}.report.json" for name in done)])
    assert json.loads((box / "done" / "3-november.csv.report.json").read_text())["was_imported_before"]
    assert data_of(noordkaai) == 2000


def test_a_large_file_is_taken_in_turns(box, robot, noordkaai, monkeypatch):
    write(box / "november.csv", rows(*(f"r-{n}" for n in range(30))))
    monkeypatch.setattr(tasks, "SECONDS", 0)
    monkeypatch.setattr(folder, "ROWS", 10)
    monkeypatch.setattr("groupbundles.services.usage.files.BLOCK", 300)
    robot.sweep()
    robot.sweep()
    turns = counted(monkeypatch)

    robot.work()

    assert len(turns) > 2
    taken = UsageImport.objects.for_customer(noordkaai).get()
    assert (taken.state, taken.rows, taken.accepted) == (UsageImportState.DONE, 30, 30)
    assert "november.csv" in names(box / "done")


def test_a_file_whose_worker_died_is_taken_up_again_and_counts_once(box, robot, noordkaai, monkeypatch):
    write(box / "november.csv", rows("a", "b"))
    robot.sweep()
    robot.sweep()
    imported = folder.import_file

    def die(**options):
        imported(**options)
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(folder, "import_file", die)
        with pytest.raises(KeyboardInterrupt):
            robot.work()
    assert not robot.sweep(), "somebody is at it, as far as one can see"

    age(working(box)[0], LEASE_SECONDS + 1)
    assert robot.sweep() == 1
    robot.work()

    assert "november.csv" in names(box / "done")
    assert data_of(noordkaai) == 2000


def test_a_lost_message_only_delays(box, robot, noordkaai):
    write(box / "november.csv", rows("a"))
    robot.sweep()
    robot.sweep()
    robot.calls.clear()

    age(working(box)[0], LEASE_SECONDS + 1)
    robot.sweep()
    robot.work()

    assert data_of(noordkaai) == 1000


def test_a_file_that_kills_its_worker_again_and_again_ends_as_failed(box, robot, noordkaai, monkeypatch):
    write(box / "november.csv", rows("a"))
    robot.sweep()
    robot.sweep()

    def die(**options):
        raise MemoryError

    monkeypatch.setattr(folder, "import_file", die)
    for _n in range(folder.MOST_ATTEMPTS):
        with pytest.raises(MemoryError):
            robot.work()
        age(working(box)[0], LEASE_SECONDS + 1)
        robot.sweep()
    robot.work()

    assert names(box / "failed") == ["november.csv", "november.csv.report.json"]
    assert not robot.sweep()


def test_a_database_that_is_gone_is_not_the_files_fault(box, robot, monkeypatch):
    write(box / "november.csv", rows("a"))
    robot.sweep()
    robot.sweep()

    def gone(**options):
        raise OperationalError

    with monkeypatch.context() as without:
        without.setattr(folder, "import_file", gone)
        for _n in range(2 * folder.MOST_ATTEMPTS):
            with pytest.raises(OperationalError):
                robot.work()
            age(working(box)[0], LEASE_SECONDS + 1)
            robot.sweep()

    robot.work()
    assert "november.csv" in names(box / "done")


def test_a_message_that_comes_twice_does_it_once(box, robot, monkeypatch):
    write(box / "november.csv", rows("a"))
    robot.sweep()
    robot.sweep()
    (call,) = robot.calls
    turns = counted(monkeypatch)

    robot.calls = [call, call]
    robot.work()

    assert turns == ["november.csv"]


def test_of_workers_at_once_one_claims(box):
    write(box / "november.csv", rows("a"))
    gate = Barrier(4)

    def claim(_n: int) -> bool:
        gate.wait(timeout=20)
        return Inbox(box).claim("november.csv") is not None

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(claim, range(4))) == 1
    assert len(working(box)) == 1


def test_one_file_at_a_time_and_companies_take_turns(box, robot, zuidpark, watched):
    (watched / "zuidpark").mkdir()
    for number in range(3):
        write(box / f"{number}.csv", rows(f"n-{number}"))
        write(watched / "zuidpark" / f"{number}.csv", rows(f"z-{number}", msisdn="+32499999999"))
    robot.sweep()

    assert robot.sweep() == 1
    assert not robot.sweep()
    robot.work()

    order = UsageImport.objects.across_customers(reason="whose turn it was").order_by("pk")
    assert [taken.customer.slug for taken in order] == ["noordkaai", "zuidpark"] * 3


def test_links_lead_nowhere(box, robot, watched, tmp_path, zuidpark):
    secret = write(tmp_path / "secret.csv", rows("a"))
    (box / "link.csv").symlink_to(secret)
    outside = tmp_path / "outside"
    outside.mkdir()
    write(outside / "x.csv", rows("b"))
    (watched / "zuidpark").symlink_to(outside)

    robot.settle()

    assert not UsageImport.objects.across_customers(reason="nothing was taken").exists()
    assert names(outside) == ["x.csv"]
    assert secret.exists()


@pytest.mark.parametrize("where", ["working", "done", "failed"])
def test_nothing_is_written_through_a_link_in_the_place_of_our_folders(box, robot, tmp_path, noordkaai, where):
    outside = tmp_path / "outside"
    outside.mkdir()
    (box / where).symlink_to(outside)
    write(box / ("wrong.txt" if where == "failed" else "november.csv"), [] if where == "failed" else rows("a"))
    if where == "failed":
        (box / "wrong.txt").write_text("hello")
    robot.sweep()
    robot.sweep()
    try:
        robot.work()
    except inboxes.UnsafeFolder:
        pass

    assert not names(outside)


def test_a_link_that_takes_the_place_of_a_file_is_thrown_away(box, tmp_path):
    secret = write(tmp_path / "secret.csv", rows("a"))
    (box / "november.csv").symlink_to(secret)

    assert Inbox(box).claim("november.csv") is None

    assert secret.exists()
    assert not working(box)


@pytest.mark.parametrize("token", ["../../etc", "..", "", "000000000000.0.0/../x", "x" * 300])
def test_a_message_cannot_name_a_place_outside(box, noordkaai, token):
    assert folder.take(customer=noordkaai, token=token, seconds=1) is None


def test_strange_names_are_taken_under_plain_ones(box, robot, noordkaai):
    write(box / "list\nwith\x07bell.csv", rows("a"))
    (box / os.fsdecode(b"caf\xe9.csv")).write_bytes(write(box / "y.part", rows("b")).read_bytes())
    write(box / ("x" * 200 + ".csv"), rows("c"))

    for _n in range(3):
        robot.settle()

    assert data_of(noordkaai) == 3000
    done = [name for name in names(box / "done") if not name.endswith(".json")]
    assert len(done) == 3
    assert all(name.isprintable() and name.endswith(".csv") and len(name) <= 120 for name in done)


def test_a_folder_nobody_knows_and_one_that_cannot_be_used_hold_up_no_other(box, robot, watched, noordkaai, zuidpark):
    (watched / "unknown").mkdir()
    write(watched / "unknown" / "x.csv", rows("x"))
    (watched / "zuidpark").mkdir()
    (watched / "zuidpark" / "working").write_text("not a folder")
    (watched / "README").write_text("not a folder either")
    write(box / "november.csv", rows("a"))

    robot.settle()

    assert data_of(noordkaai) == 1000
    assert names(watched / "unknown") == ["x.csv"]


def test_without_a_folder_nothing_is_watched(robot, settings, watched):
    settings.USAGE_FOLDER = ""
    assert not robot.sweep()

    settings.USAGE_FOLDER = str(watched / "gone")
    assert not robot.sweep()


def test_a_worker_that_was_taken_for_dead_leaves_the_file_to_the_other(box, robot, noordkaai, monkeypatch):
    write(box / "november.csv", rows("a"))
    robot.sweep()
    robot.sweep()
    imported = folder.import_file

    def overtaken(**options):
        monkeypatch.setattr(folder, "import_file", imported)
        age(working(box)[0], LEASE_SECONDS + 1)
        robot.sweep()
        robot.work()
        return imported(**options)

    monkeypatch.setattr(folder, "import_file", overtaken)
    robot.work()

    assert names(box / "done") == ["november.csv", "november.csv.report.json"]
    assert data_of(noordkaai) == 1000


def test_a_file_that_is_taken_out_of_the_folder_half_way_fails_its_import(box, robot, noordkaai, monkeypatch):
    write(box / "november.csv", rows(*(f"r-{n}" for n in range(30))))
    monkeypatch.setattr(tasks, "SECONDS", 0)
    monkeypatch.setattr(folder, "ROWS", 10)
    monkeypatch.setattr("groupbundles.services.usage.files.BLOCK", 300)
    robot.sweep()
    robot.sweep()
    task, args = robot.calls.pop(0)
    getattr(tasks, task.split(".")[1])(*args)
    cut_off = UsageImport.objects.for_customer(noordkaai).get()
    silent = UsageImport.objects.for_customer(noordkaai).filter(state=UsageImportState.RUNNING)
    silent.update(leased_until=datetime.now(UTC) - timedelta(hours=1))
    robot.sweep()
    assert silent.exists(), "its file is still there"

    (left,) = working(box)
    next(left.iterdir()).unlink()
    age(left, LEASE_SECONDS + 1)
    robot.sweep()

    cut_off.refresh_from_db()
    assert cut_off.state == UsageImportState.FAILED
    assert cut_off.message
    assert cut_off.rows == data_of(noordkaai) // 1000 > 0


def test_what_was_put_away_is_deleted_after_its_time(box, robot, noordkaai):
    write(box / "november.csv", rows("a"))
    (box / "notes.txt").write_text("hello")
    robot.settle()
    write(box / "fresh.csv", rows("b"))
    robot.settle()
    for path in (
        box / "done" / "november.csv",
        box / "done" / "november.csv.report.json",
        box / "failed" / "notes.txt",
    ):
        age(path, 8 * 24 * 3600)
    week = 7 * 24 * 3600

    assert folder.count_old(seconds=week) == 3
    assert folder.remove_old(seconds=week) == 3

    assert names(box / "done") == ["fresh.csv", "fresh.csv.report.json"]
    assert names(box / "failed") == ["notes.txt.report.json"]


def test_a_report_that_cannot_be_written_leaves_the_file_to_be_put_away_later(box, robot, noordkaai, monkeypatch):
    write(box / "november.csv", rows("a"))
    robot.sweep()
    robot.sweep()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(inboxes.os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            robot.work()
    assert not names(box / "done")

    age(working(box)[0], LEASE_SECONDS + 1)
    robot.sweep()
    robot.work()
    assert names(box / "done") == ["november.csv", "november.csv.report.json"]
    assert data_of(noordkaai) == 1000


def test_the_lease_outlasts_the_longest_turn():
    assert tasks.take_usage_file.time_limit < LEASE_SECONDS
