"""A million usage records through the whole import, against a bare COPY of the same rows in the same run.

Run with ``python -m benchmarks.usage [rows]``. Works in a database of its own, made beside the configured one and
removed again. The import runs in a process of its own, whose memory is measured. Between its batches all rows are
copied into an unlogged table of the same columns without an index, so that both meet the same load of the machine. A
replay reads every row again and finds that it is there. All of it happens for a company that is told of everything it
can be told of, and again for one without alerts.
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
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.lists import own_database
from fleetportal.local.joining import join_what_is_missing

ROWS = 1_000_000
LINES, MEMBERS = 5_000, 2_000
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


def company(*, with_alerts: bool) -> tuple[Any, list[str]]:
    """A company and the numbers of its lines."""
    from django.db import connection

    from sims.enums import LineState
    from sims.models import Line
    from tests import factories

    customer = factories.CustomerFactory()
    plan = factories.TariffPlanFactory(customer=customer)
    numbers = [f"+3247{n:07d}" for n in range(LINES)]
    lines = (
        Line(customer=customer, number=number, state=LineState.ACTIVE, plan=plan, roaming_limit=50)
        for number in numbers
    )
    Line.objects.bulk_create(lines, batch_size=1000)
    if with_alerts:
        share(customer)
        watch(customer)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return customer, numbers


def share(customer: Any) -> None:
    """Some of the lines share the bundle of the records, which becomes nearly full."""
    from groupbundles.models import BundleMember
    from sims.models import Line
    from tests import factories

    since = date(2020, 1, 1)
    bundle = factories.GroupBundleFactory(customer=customer, code="GB-DATA-1", size=10**13, starts_on=since)
    members = Line.objects.for_customer(customer).order_by("pk")[:MEMBERS]
    BundleMember.objects.bulk_create(
        BundleMember(customer=customer, bundle=bundle, line=line, kind=bundle.kind, since=since) for line in members
    )


def watch(customer: Any) -> None:
    """As many alerts as a line may have, and those of bundles, with somebody who is told."""
    from accounts.permissions import Role
    from groupbundles.models import AlertRule
    from tests import factories

    factories.MembershipFactory(customer=customer, role=Role.OWNER)
    about_lines = (
        ("out_of_bundle", 25), ("allowance", 80), ("allowance", 100), ("roaming", 80), ("first_premium", 0)
    )  # fmt: skip
    about_bundles = (("bundle_percent", 50), ("bundle_percent", 80), ("bundle_amount", 1000))
    AlertRule.objects.bulk_create(
        AlertRule(customer=customer, kind=kind, threshold=Decimal(threshold), slot=slot)
        for rules, slots in ((about_lines, range(1, 6)), (about_bundles, (None,) * 3))
        for (kind, threshold), slot in zip(rules, slots, strict=True)
    )


def measure(rows: int, folder: Path, *, with_alerts: bool) -> list[str]:
    from django.db import connection
    from django.utils import timezone

    from groupbundles.models import Alert

    customer, numbers = company(with_alerts=with_alerts)
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
    alerts = Alert.objects.for_customer(customer).count()
    assert bool(alerts) == with_alerts
    print(f"{rows:,} rows, {alerts:,} alerts: {counts}")
    print(f"whole import  {rows / first:10,.0f} rows/s  1/{first / copy:.1f} of a bare COPY")
    print(f"replay        {rows / again:10,.0f} rows/s  1/{again / copy_again:.1f} of a bare COPY")
    print(f"bare COPY     {rows / copy:10,.0f} rows/s during the import, {rows / copy_again:,.0f} during the replay")
    print(f"memory        {megabytes:10,.0f} MB", flush=True)
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
    join_what_is_missing()
    prepare()
    rows, below = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS, []
    for with_alerts in (True, False):
        with own_database(), tempfile.TemporaryDirectory() as folder:
            below += measure(rows, Path(folder), with_alerts=with_alerts)
    print("\n".join(below) or "every goal reached")


if __name__ == "__main__":
    main()
