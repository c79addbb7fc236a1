"""What grows old is removed: months of records as a whole, and row by row what has a time of its own.

Safe to run twice and to be cut off anywhere: what is left is found the next time. A month is closed first, so that
nothing of it is taken in any more; then its keys go, then its records.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.audit.services import record_many
from groupbundles.enums import AuditKind
from groupbundles.models import PurgedMonth
from groupbundles.periods import period_of, shifted
from groupbundles.services.usage import folder, partitions
from groupbundles.services.usage.counting import REMOVE_MONTHS

# Longer than a page may wait: for the imports that are at work, and for a statement that goes through many rows.
_PATIENCE = "SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '5min'"
# How much of a table one transaction goes through, in pages of 8 kB.
PAGES_AT_ONCE = 4096
RECORDS = "records"
_DAY_SECONDS = 24 * 3600
_MOMENT = "(%(before)s::date::timestamp AT TIME ZONE 'Europe/Brussels')"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data with a time of its own: which rows are old, by which setting, and what happens to them."""

    name: str
    table: str
    is_old: str
    setting: str
    change: str = "DELETE FROM {table}"

    def before(self, now: datetime) -> date:
        """The first day of the first month that is kept."""
        return shifted(period_of(now), -getattr(settings, self.setting))

    @property
    def tables(self) -> list[str]:
        """A table with a partition per month is gone through month by month."""
        if self.table != partitions.TABLE:
            return [self.table]
        return [partitions.name_of(month) for month in partitions.existing()]


KINDS = (
    Kind(
        "set_aside",
        partitions.TABLE,
        "line_id IS NULL AND period < %(before)s::date",
        "USAGE_SET_ASIDE_MONTHS",
    ),
    Kind("line_days", "groupbundles_lineusageday", "day < %(before)s::date", "USAGE_DAY_MONTHS"),
    Kind("line_months", "groupbundles_lineusagemonth", "period < %(before)s::date", "USAGE_COUNTER_MONTHS"),
    Kind("bundle_days", "groupbundles_bundleusageday", "day < %(before)s::date", "USAGE_COUNTER_MONTHS"),
    Kind(
        "refusals",
        "groupbundles_usageimport",
        f"finished_at < {_MOMENT} AND refusals <> '[]'::jsonb",
        "USAGE_REFUSAL_MONTHS",
        "UPDATE {table} SET refusals = '[]'::jsonb",
    ),
    Kind(
        "imports",
        "groupbundles_usageimport",
        f"coalesce(finished_at, started_at) < {_MOMENT}",
        "USAGE_IMPORT_MONTHS",
    ),
    Kind("alerts", "groupbundles_alert", "period < %(before)s::date", "USAGE_ALERT_MONTHS"),
)


@dataclass(slots=True)
class Purged:
    """What was removed, or would be: months of records; rows per kind of data and company; files in the folder."""

    months: list[date] = field(default_factory=list)
    rows: dict[str, Counter[int]] = field(default_factory=dict)
    files: int = 0

    def __bool__(self) -> bool:
        return bool(self.months or self.rows or self.files)

    def add(self, name: str, rows: Counter[int]) -> None:
        if rows:
            self.rows[name] = self.rows.get(name, Counter()) + rows


def purge_usage(*, now: datetime, by: Actor, dry_run: bool = False) -> Purged:
    """Remove what is past its time by the settings; each company's audit trail tells what of it was."""
    purged, seconds = Purged(), settings.USAGE_FILE_DAYS * _DAY_SECONDS
    for month in old_months(now):
        purged.months.append(month)
        purged.add(RECORDS, _count(partitions.name_of(month)) if dry_run else _remove_month(month, by))
    for kind in KINDS:
        purged.add(kind.name, _count_old(kind, now) if dry_run else _remove_old(kind, now, by))
    purged.files = folder.count_old(seconds=seconds) if dry_run else folder.remove_old(seconds=seconds)
    return purged


def old_months(now: datetime) -> list[date]:
    """Months that are past their time and whose records are still here, oldest first."""
    first_kept = shifted(period_of(now), -settings.USAGE_RECORD_MONTHS)
    return [month for month in partitions.existing() if month < first_kept]


def _remove_month(month: date, by: Actor) -> Counter[int]:
    """Close the month, forget its keys, drop its records. What of it another process has done is done."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        cursor.execute(REMOVE_MONTHS)
        PurgedMonth.objects.get_or_create(period=month)
    _go_through("groupbundles_usagekey", "DELETE FROM {table}", "period <= %(before)s::date", month)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        cursor.execute(REMOVE_MONTHS)
        if month not in partitions.existing():
            return Counter()
        rows = _count(partitions.name_of(month))
        _audit(RECORDS, rows, by, month=f"{month:%Y-%m}")
        partitions.drop(month)
    return rows


def _remove_old(kind: Kind, now: datetime, by: Actor) -> Counter[int]:
    rows: Counter[int] = Counter()
    before = kind.before(now)
    try:
        for table in kind.tables:
            if _is_any(table, kind.is_old, before):
                rows += _go_through(table, kind.change, kind.is_old, before)
    finally:
        _audit(kind.name, rows, by, before=before.isoformat())
    return rows


def _go_through(table: str, change: str, is_old: str, before: date) -> Counter[int]:
    """Do ``change`` to old rows, some pages of the table per transaction; how many of each company."""
    rows: Counter[int] = Counter()
    statement = f"""
        WITH gone AS ({change.format(table=table)}
                      WHERE ctid >= %(first)s::tid AND ctid < %(end)s::tid AND {is_old} RETURNING customer_id)
        SELECT customer_id, count(*) FROM gone GROUP BY customer_id
    """  # noqa: S608 - names of tables and conditions are ours
    for first in range(0, _pages(table), PAGES_AT_ONCE):
        values: dict[str, Any] = {"first": f"({first},0)", "end": f"({first + PAGES_AT_ONCE},0)", "before": before}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PATIENCE)
            cursor.execute(statement, values)
            rows += Counter(dict(cursor.fetchall()))
    return rows


def _pages(table: str) -> int:
    return int(_one("SELECT pg_relation_size(%(table)s::regclass) / current_setting('block_size')::int", table=table))


def _is_any(table: str, is_old: str, before: date) -> bool:
    return bool(_one(f"SELECT EXISTS (SELECT FROM {table} WHERE {is_old})", before=before))  # noqa: S608


def _count_old(kind: Kind, now: datetime) -> Counter[int]:
    counts = (_count(table, kind.is_old, kind.before(now)) for table in kind.tables)
    return sum(counts, Counter())


def _count(table: str, condition: str = "true", before: date | None = None) -> Counter[int]:
    statement = f"SELECT customer_id, count(*) FROM {table} WHERE {condition} GROUP BY 1"  # noqa: S608
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        cursor.execute(statement, {"before": before} if before else None)
        return Counter(dict(cursor.fetchall()))


def _one(statement: str, **values: Any) -> Any:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def _audit(name: str, rows: Counter[int], by: Actor, **about: str) -> None:
    for customer in _companies(rows):
        changes = [(customer, "", {name: rows[customer.pk], **about})]
        record_many(AuditKind.USAGE_PURGED, by=by, customer_id=customer.pk, changes=changes)


def _companies(ids: Iterable[int]) -> Iterable[Customer]:
    return Customer.objects.filter(pk__in=list(ids)).order_by("pk")
