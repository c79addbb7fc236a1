"""A million usage records through the whole import, against a bare COPY of the same rows in the same run.

Run with ``python -m benchmarks.usage [rows]``. Works in a database of its own, made beside the configured one and
removed again. The import runs in a process of its own, whose memory is measured. Between its batches all rows are
copied into an unlogged table of the same columns without an index, so that both meet the same load of the machine. A
replay reads every row again and finds that it is there.
"""

import multiprocessing
import os
import random
import resource
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.lists import own_database

ROWS = 1_000_000
LINES = 5_000
DAYS = 28
# Of all rows: days late, delivered twice, delivered again with other content, of a number without a line, wrong.
LATE, TWICE, OTHER, UNKNOWN, WRONG = 0.02, 0.015, 0.001, 0.003, 0.002
# The part of the bare COPY's speed that the import and the replay have to reach, and the memory of the process.
GOAL, REPLAY_GOAL, MOST_MEGABYTES = 10.0, 5.0, 300.0

BARE = """
DROP TABLE IF EXISTS bare;
CREATE UNLOGGED TABLE bare (
    record_id varchar, msisdn varchar, started_at timestamptz, kind varchar, zone varchar, quantity bigint,
    unit varchar, bundle varchar, charge numeric(14, 4))
"""
BARE_COPY = "COPY bare FROM STDIN (FORMAT csv, DELIMITER ';')"


def records(rows: int, numbers: list[str], start: datetime) -> Iterator[str]:
    """Believable records in the order of time, as an operator delivers them; the same ones in every run."""
    chance = random.Random(7)
    for n in range(rows):
        kind, unit, most = chance.choices(
            (("data", "B", 80_000_000), ("voice", "s", 2400), ("sms", "1", 1)), (6, 3, 1)
        )[0]
        zone = chance.choices(("BE", "EU", "WORLD", "PREMIUM"), (86, 9, 4, 1))[0]
        bundle = "" if zone in ("WORLD", "PREMIUM") else "own"
        if kind == "data" and bundle and chance.random() < 0.4:
            bundle = "GB-DATA-1"
        charge = "0.0000" if bundle else f"{chance.random() * 4:.4f}"
        number = "+32499000000" if chance.random() < UNKNOWN else chance.choice(numbers)
        second = n * DAYS * 86400 // rows
        if chance.random() < LATE:
            second = chance.randrange(second + 1)
        moment = (start + timedelta(seconds=second)).isoformat()
        record_id = uuid.UUID(int=chance.getrandbits(128), version=4)
        yield f"{record_id};{number};{moment};{kind};{zone};{chance.randint(1, most)};{unit};{bundle};{charge}\n"


def write(path: Path, rows: int, numbers: list[str], start: datetime) -> None:
    """A file of exactly ``rows`` rows, with what goes wrong in real ones."""
    from groupbundles.services.usage.rows import HEADER

    chance, written = random.Random(8), 0
    with path.open("w", encoding="ascii") as file:
        file.write(f"{HEADER}\n")
        for record in records(rows, numbers, start):
            luck, lines = chance.random(), [record]
            if luck < TWICE:
                lines.append(record)
            elif luck < TWICE + OTHER:
                lines.append(record.replace(";BE;", ";EU;"))
            elif luck < TWICE + OTHER + WRONG:
                lines = [record.replace(";+32", ";0032")]
            file.writelines(lines[: rows - written])
            written += len(lines)
            if written >= rows:
                return


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bare_copy(path: Path) -> None:
    """What nobody can do without: the rows read from the file and written to a table."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(BARE)
        with path.open("rb") as file, cursor.copy(BARE_COPY) as copy:
            file.readline()
            while block := file.read(1 << 20):
                copy.write(block)


def import_twice(path: Path, customer_id: int, database: str, answer: Any) -> None:
    """In a process of its own: seconds of the import and of a COPY meanwhile, counts; twice; then its memory in MB."""
    prepare()
    from django.db import connection

    from accounts.models import Customer
    from fleetportal.audit.actors import Actor
    from groupbundles.enums import UsageSource
    from groupbundles.services.usage.imports import counts_of, import_file

    connection.settings_dict["NAME"] = database
    customer, by = Customer.objects.get(pk=customer_id), Actor.ops("benchmark")
    for again in (False, True):
        bare = [seconds(lambda: bare_copy(path))]

        def between_batches(_done: int, _lines: int, bare: list[float] = bare) -> None:
            bare.append(seconds(lambda: bare_copy(path)))

        start = time.perf_counter()
        taken = import_file(
            customer=customer, path=path, source=UsageSource.FILE, by=by, again=again, progress=between_batches
        )
        spent = time.perf_counter() - start - sum(bare[1:])
        answer.put((spent, statistics.mean(bare), counts_of(taken.usage_import)))
    answer.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def company() -> tuple[Any, list[str]]:
    """A company and the numbers of its lines."""
    from django.db import connection

    from sims.enums import LineState
    from sims.models import Line
    from tests import factories

    customer = factories.CustomerFactory()
    numbers = [f"+3247{n:07d}" for n in range(LINES)]
    lines = (Line(customer=customer, number=number, state=LineState.ACTIVE) for number in numbers)
    Line.objects.bulk_create(lines, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return customer, numbers


def measure(rows: int, folder: Path) -> list[str]:
    from django.db import connection
    from django.utils import timezone

    customer, numbers = company()
    path = folder / "usage.csv"
    write(path, rows, numbers, timezone.now().replace(microsecond=0) - timedelta(days=DAYS))
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    arguments = (path, customer.pk, connection.settings_dict["NAME"], answer)
    process = context.Process(target=import_twice, args=arguments)
    process.start()
    (first, copy, counts), (again, copy_again, counts_again), megabytes = (answer.get(timeout=1800) for _n in range(3))
    process.join()
    assert sum(counts.values()) == sum(counts_again.values()) == rows, (counts, counts_again)
    assert not counts_again["accepted"], counts_again
    print(f"{rows:,} rows: {counts}")
    print(f"whole import  {rows / first:10,.0f} rows/s  1/{first / copy:.1f} of a bare COPY")
    print(f"replay        {rows / again:10,.0f} rows/s  1/{again / copy_again:.1f} of a bare COPY")
    print(f"bare COPY     {rows / copy:10,.0f} rows/s during the import, {rows / copy_again:,.0f} during the replay")
    print(f"memory        {megabytes:10,.0f} MB")
    goals = (
        ("the import takes {:.1f} times as long as the COPY, the goal is {:.0f}", first / copy, GOAL),
        ("the replay takes {:.1f} times as long as the COPY, the goal is {:.0f}", again / copy_again, REPLAY_GOAL),
        ("the import takes {:.0f} MB, the goal is {:.0f}", megabytes, MOST_MEGABYTES),
    )
    return [text.format(found, goal) for text, found, goal in goals if found > goal]


def prepare() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleetportal.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    django.setup()
    from django.conf import settings

    settings.DEBUG = False


def main() -> None:
    prepare()
    with own_database(), tempfile.TemporaryDirectory() as folder:
        below = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS, Path(folder))
    print("\n".join(below) or "every goal reached")


if __name__ == "__main__":
    main()
