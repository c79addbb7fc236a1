"""Imports in processes of their own: side by side, and killed half-way. What comes of it is what the sample expects."""

import gzip
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from accounts.models import Customer, User
from fleetportal.notifications.models import Notification
from groupbundles.enums import UsageImportState
from groupbundles.models import UsageImport
from groupbundles.services.usage.imports import counts_of
from tests.groupbundles.alerts import assert_all_fired_once, company_wants, wanted
from tests.groupbundles.usage import DELIVERED, SAMPLE, assert_sample_counters, expected, sample_lines, take
from tests.workers import ROOT, eventually, own_environment

ALERTS = {"out_of_bundle": wanted(0, 1, 5), "third_party": wanted(0), "first_premium": wanted(0)}
FILES = 10
PROCESSES = 3
# For how long one that was killed keeps others out.
LEASE_SECONDS = 5
# The command as an installation runs it, on the day the sample was delivered.
COMMAND = f"""
import sys
import django
import time_machine
with time_machine.travel("{DELIVERED.isoformat()}", tick=True):
    django.setup()
    from django.core.management import call_command
    call_command("import_usage", *sys.argv[1:], "--customer", "noordkaai")
"""

Start = Callable[..., subprocess.Popen]


@pytest.fixture
def start(transactional_db: None, tmp_path: Path) -> Iterator[Start]:
    """Starts the command in a process of its own; all are gone before the tables are emptied."""
    running: list[subprocess.Popen] = []

    def begin(*files: Path, rows: int) -> subprocess.Popen:
        with (tmp_path / f"import-{len(running)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", COMMAND, *map(str, files)],
                cwd=ROOT,
                env=own_environment({"USAGE_BATCH_ROWS": str(rows), "USAGE_LEASE_SECONDS": str(LEASE_SECONDS)}),
                stdout=log,
                stderr=log,
            )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()


def assert_told_once(owner: User) -> None:
    """Each message is of an alert of its own."""
    told = Notification.objects.across_customers(reason="all of the test").filter(user=owner)
    keys = list(told.values_list("once_key", flat=True))
    assert keys and len(keys) == len(set(keys))


def in_pieces(folder: Path) -> list[Path]:
    """The sample in ten files, in any order. Rows with one id stay together: which came first decides what counts."""
    header, *rows = gzip.decompress(SAMPLE.read_bytes()).decode().splitlines()
    pieces: list[list[str]] = [[] for _ in range(FILES)]
    for row in rows:
        pieces[sum(row.split(";", 1)[0].encode()) % FILES].append(row)
    paths = []
    for number, piece in enumerate(pieces):
        path = folder / f"piece-{number}.csv"
        path.write_text("\n".join([header, *piece, ""]), encoding="utf-8")
        paths.append(path)
    random.Random(4).shuffle(paths)
    return paths


def test_ten_files_taken_in_side_by_side_in_any_order_give_the_same(
    noordkaai: Customer, owner: User, start: Start, tmp_path: Path
):
    sample_lines(noordkaai)
    company_wants(noordkaai, **ALERTS)
    paths = in_pieces(tmp_path)
    processes = [start(*paths[number::PROCESSES], rows=1500) for number in range(PROCESSES)]
    assert [process.wait(timeout=240) for process in processes] == [0] * PROCESSES
    assert_sample_counters(noordkaai)
    assert_all_fired_once(noordkaai)
    assert_told_once(owner)
    imports = UsageImport.objects.for_customer(noordkaai)
    assert {each.state for each in imports} == {UsageImportState.DONE}
    together = [counts_of(each) for each in imports]
    assert len(together) == FILES
    assert {name: sum(counts[name] for counts in together) for name in together[0]} == expected()["counts"]


def test_killed_half_way_and_run_again_it_comes_to_the_same(
    noordkaai: Customer, owner: User, start: Start, tmp_path: Path, time_machine
):
    sample_lines(noordkaai)
    company_wants(noordkaai, **ALERTS)
    imports = UsageImport.objects.for_customer(noordkaai)
    process = start(SAMPLE, rows=2000)

    def is_half_way() -> bool:
        assert process.poll() is None, "ended before it could be killed"
        return imports.filter(position__gt=4000).exists()

    eventually(is_half_way, seconds=120, what="some batches were taken in")
    process.send_signal(signal.SIGKILL)
    process.wait()
    cut_off = imports.get()
    assert cut_off.state == UsageImportState.RUNNING
    assert cut_off.rows < expected()["rows"]

    time_machine.move_to(DELIVERED, tick=True)
    finished = take(noordkaai, SAMPLE, wait=10 * LEASE_SECONDS)
    assert (finished.pk, finished.attempts) == (cut_off.pk, cut_off.attempts + 1)
    assert counts_of(finished) == expected()["counts"]
    assert [line for line, _reason in finished.refusals] == expected()["refused_lines"]
    assert_sample_counters(noordkaai)
    assert_all_fired_once(noordkaai)
    assert_told_once(owner)
