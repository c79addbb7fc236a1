"""What grows old is removed: months of records as a whole, records nobody claimed, counters, imports, used files."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from groupbundles.enums import AuditKind
from groupbundles.models import (
    BundleUsageDay,
    LineUsageDay,
    LineUsageMonth,
    PurgedMonth,
    UsageImport,
    UsageKey,
    UsageRecord,
)
from groupbundles.services.usage import partitions
from groupbundles.services.usage.counting import REMOVE_MONTHS
from groupbundles.services.usage.folder import remove_done
from groupbundles.services.usage.months import period_of, shifted

# Longer than a page may wait: for the imports that are at work, and for a statement that goes through a whole table.
_PATIENCE = "SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '15min'"
_DAY_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Purged:
    """What was removed, or would be: months of records, and rows of other things by what they are."""

    months: list[date]
    rows: dict[str, int]

    def __bool__(self) -> bool:
        return bool(self.months) or bool(self.rows)


def purge_usage(*, now: datetime, by: Actor, dry_run: bool = False) -> Purged:
    """Remove what is past its time by the settings. Safe to run twice and to be cut off."""
    first_kept = shifted(period_of(now), -settings.USAGE_RECORD_MONTHS)
    months = [month for month in partitions.existing() if month < first_kept]
    if not dry_run:
        for month in months:
            _remove_month(month)
    rows = {name: _remove(found, dry_run) for name, found in _old(period_of(now), first_kept).items()}
    if not dry_run:
        rows["files"] = remove_done(older_than=settings.USAGE_FILE_DAYS * _DAY_SECONDS)
    purged = Purged(months, {name: count for name, count in rows.items() if count})
    if purged and not dry_run:
        after = {"months": [f"{month:%Y-%m}" for month in months], **purged.rows}
        audit.record(
            AuditKind.USAGE_PURGED, by=by, customer_id=None, subject=PurgedMonth(period=first_kept), after=after
        )
    return purged


@transaction.atomic
def _remove_month(month: date) -> None:
    """That it is gone is written down with it: nothing of it is ever taken in again."""
    with connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        cursor.execute(REMOVE_MONTHS)
    PurgedMonth.objects.get_or_create(period=month)
    partitions.drop(month)


@transaction.atomic
def _remove(found: "models.QuerySet[Any]", dry_run: bool) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
    return found.count() if dry_run else found.delete()[0]


def _old(period: date, first_kept: date) -> dict[str, "models.QuerySet[Any]"]:
    """Rows past their time. A key goes when its month is gone: from then on the month itself is refused."""
    set_aside, days, counters, imports = (
        shifted(period, -months)
        for months in (
            settings.USAGE_SET_ASIDE_MONTHS,
            settings.USAGE_DAY_MONTHS,
            settings.USAGE_COUNTER_MONTHS,
            settings.USAGE_IMPORT_MONTHS,
        )
    )

    def of(model: Any) -> Any:
        return model.objects.across_customers(reason="the nightly removal of what is old serves every company")

    return {
        "keys": of(UsageKey).filter(period__lt=first_kept),
        "set_aside": of(UsageRecord).filter(line=None, period__lt=set_aside),
        "line_days": of(LineUsageDay).filter(day__lt=days),
        "line_months": of(LineUsageMonth).filter(period__lt=counters),
        "bundle_days": of(BundleUsageDay).filter(day__lt=counters),
        "imports": of(UsageImport).filter(finished_at__lt=_start_of(imports)),
    }


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))
