"""Counted usage as an import leaves it: per day and per month in step, without the records behind it."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Customer
from groupbundles.enums import UsageImportState, UsageKind, UsageSource, UsageZone
from groupbundles.models import LineUsageDay, LineUsageMonth, UsageImport
from sims.models import Line

GB = 10**9


def use(
    line: Line,
    day: date,
    quantity: int = GB,
    *,
    kind: str = UsageKind.DATA,
    zone: str = UsageZone.BE,
    bundle: str = "own",
    charge: str = "0",
    records: int = 1,
) -> None:
    """``line`` used so much on ``day``, at noon."""
    amount = Decimal(charge)
    LineUsageDay.objects.create(
        customer=line.customer,
        line=line,
        day=day,
        kind=kind,
        zone=zone,
        bundle=bundle,
        quantity=quantity,
        records=records,
        charge=amount,
    )
    at = datetime.combine(day, time(12), UTC)
    month = _month(line, day.replace(day=1), at)
    column = {"data": "data_bytes", "voice": "voice_seconds", "sms": "sms", "service": "services"}[kind]
    _add(month, column, quantity)
    if kind == UsageKind.DATA and bundle == "own":
        _add(month, "own_data_bytes", quantity)
    _add(month, "out_of_bundle", amount)
    if zone in (UsageZone.EU, UsageZone.WORLD):
        _add(month, "roaming_charge", amount)
        if kind == UsageKind.DATA:
            _add(month, "data_roaming_charge", amount)
    if zone == UsageZone.PREMIUM:
        _add(month, "premium_charge", amount)
        _add(month, "premium_records", records)
    if zone == UsageZone.THIRD_PARTY:
        _add(month, "third_party_charge", amount)
    month.first_used_at, month.last_used_at = min(month.first_used_at, at), max(month.last_used_at, at)
    month.save()


def _month(line: Line, period: date, at: datetime) -> LineUsageMonth:
    found = LineUsageMonth.objects.for_customer(line.customer_id).filter(line=line, period=period).first()
    return found or LineUsageMonth(customer=line.customer, line=line, period=period, first_used_at=at, last_used_at=at)


def _add(month: LineUsageMonth, column: str, amount: int | Decimal) -> None:
    setattr(month, column, getattr(month, column) + amount)


def delivered(customer: Customer, at: datetime | None = None) -> UsageImport:
    """The operator's newest file was counted at ``at``, an hour ago unless given."""
    return UsageImport.objects.create(
        customer=customer,
        source=UsageSource.FILE,
        name="usage.csv.gz",
        state=UsageImportState.DONE,
        by_name="test",
        finished_at=at or timezone.now() - timedelta(hours=1),
    )
