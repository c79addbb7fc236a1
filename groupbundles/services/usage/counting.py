"""From rows to records and counters: what one batch does to the database, in the transaction of whoever calls.

Counters only ever grow by what was added in the same transaction, and one company's usage is added by one transaction
at a time, so nothing is counted twice or lost, in whatever order and by however many workers files are taken in.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from groupbundles.enums import UsageRefusal
from groupbundles.services.after_import import Counted, after_counting
from groupbundles.services.usage import partitions, statements
from groupbundles.services.usage.files import Batch
from groupbundles.services.usage.months import latest_moment, oldest_period

# More than this in one record is a mistake: ten terabytes, a call of a month, a million messages.
MOST = {"most_data": 10**13, "most_voice": 31 * 24 * 3600, "most_pieces": 10**6}
# Held while records are taken in, and alone while a month is removed: neither sees half of the other.
_KEEP_MONTHS = "SELECT pg_advisory_xact_lock_shared(hashtextextended('removal of usage', 0))"
REMOVE_MONTHS = "SELECT pg_advisory_xact_lock(hashtextextended('removal of usage', 0))"


@dataclass(slots=True)
class Verdicts:
    """What became of rows; ``refused`` are their places with the reason, ``periods`` the months of new records."""

    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    unmatched: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    periods: set[date] = field(default_factory=set)


def count_batch(customer_id: int, batch: Batch) -> Verdicts:
    """Judge every row of the batch, keep and count what is new. The caller holds the transaction."""
    with connection.cursor() as cursor:
        _make_room(cursor)
        cursor.execute(statements.STAGE)
        with cursor.copy(statements.COPY) as copy:
            for block in batch.blocks:
                copy.write(block)
        _lock(cursor, customer_id)
        _judge(cursor, customer_id, batch)
        verdicts = _verdicts(cursor)
        if verdicts.periods:
            partitions.require(verdicts.periods)
            cursor.execute(statements.KEYS, {"customer": customer_id})
            cursor.execute(statements.RECORDS, {"customer": customer_id})
        if verdicts.accepted:
            cursor.execute(statements.COUNT)
            _count(cursor, customer_id)
    verdicts.refused = sorted([*batch.refused, *verdicts.refused])
    return verdicts


def count_claimed(customer_id: int, numbers: list[str]) -> int:
    """Give records that were set aside to the lines that have their numbers now, and count them; says how many."""
    with connection.cursor() as cursor:
        _make_room(cursor)
        cursor.execute(statements.CLAIM_STAGE)
        _lock(cursor, customer_id)
        cursor.execute(statements.CLAIM, {"customer": customer_id, "numbers": numbers})
        cursor.execute("SELECT coalesce(sum(records), 0) FROM usage_counted")
        records = int(cursor.fetchone()[0])
        if records:
            _count(cursor, customer_id)
    return records


def _make_room(cursor: Any) -> None:
    cursor.execute(statements.PATIENCE)
    try:
        with transaction.atomic():
            cursor.execute(statements.TEMPORARY_MEMORY)
    except DatabaseError:
        pass


def _lock(cursor: Any, customer_id: int) -> None:
    cursor.execute(_KEEP_MONTHS)
    cursor.execute(statements.LOCK, {"customer": customer_id})


def _judge(cursor: Any, customer_id: int, batch: Batch) -> None:
    now = timezone.now()
    borders = {"oldest": oldest_period(now), "latest": latest_moment(now)}
    cursor.execute(statements.JUDGE, {"customer": customer_id, **borders, **MOST})
    if batch.repeated:
        cursor.execute(statements.AGAIN, {"ids": sorted(record_id.decode() for record_id in batch.repeated)})


def _verdicts(cursor: Any) -> Verdicts:
    verdicts, refused = Verdicts(), 0
    cursor.execute(statements.VERDICTS)
    for verdict, period, has_no_line, rows in cursor.fetchall():
        if verdict == "fresh":
            verdicts.periods.add(period)
            verdicts.unmatched += rows if has_no_line else 0
            verdicts.accepted += 0 if has_no_line else rows
        elif verdict == "duplicate":
            verdicts.duplicates += rows
        elif verdict == "conflict":
            verdicts.conflicts += rows
        else:
            refused += rows
    if refused:
        cursor.execute(statements.REFUSED)
        verdicts.refused = [(place, UsageRefusal(reason).value) for place, reason in cursor.fetchall()]
    return verdicts


def _count(cursor: Any, customer_id: int) -> None:
    of_company = {"customer": customer_id}
    cursor.execute(statements.BY_KEY)
    cursor.execute(statements.DAYS, of_company)
    cursor.execute(statements.BY_COST)
    cursor.execute(statements.MONTHLY, of_company)
    months = cursor.fetchall()
    cursor.execute(statements.BUNDLES, of_company)
    codes = cursor.fetchall()
    after_counting(
        Counted(
            customer_id=customer_id,
            lines=sorted({line for line, _period in months}),
            periods=sorted({period for _line, period in months}),
            bundle_codes=sorted({code for (code,) in codes}),
        )
    )
