"""The operator's feed: usage records asked for page by page, each page and its cursor kept in one transaction."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import Operator, UsagePage, UsageRecord
from groupbundles.enums import UsageImportState, UsageKind, UsageRefusal, UsageSource
from groupbundles.models import UsageCursor, UsageImport
from groupbundles.services.usage.files import Batch
from groupbundles.services.usage.imports import finish, take_batch
from groupbundles.services.usage.rows import packed
from groupbundles.services.usage.set_aside import claim_set_aside
from sims.orders.kinds.base import customer_reference

BY = Actor.operator("usage")


def pull(*, customer: Customer, operator: Operator, seconds: float) -> bool:
    """Fetch what is new for about so long; says whether there may be more. Two workers never do so for one company.

    Errors of the operator pass through; what was fetched until then is kept.
    """
    until = time.monotonic() + seconds
    with _alone(customer) as is_ours:
        if not is_ours:
            return False
        claim_set_aside(customer, by=BY)
        usage_import, is_last = _unfinished(customer), False
        try:
            while not is_last and time.monotonic() < until:
                cursor = _cursor(customer)
                page = operator.usage(customer_reference(customer), cursor.cursor)
                usage_import = _keep(customer, page, cursor, usage_import)
                is_last = page.is_last
        finally:
            if usage_import is not None:
                finish(usage_import, by=BY)
    return not is_last


@transaction.atomic
def _keep(
    customer: Customer, page: UsagePage, cursor: UsageCursor, usage_import: UsageImport | None
) -> UsageImport | None:
    """The page's records and how far we are, together; an import exists from the first record on."""
    if page.records:
        if usage_import is None:
            usage_import = UsageImport.objects.create(
                customer=customer, source=UsageSource.FEED, name=cursor.cursor or "…", by_name=BY.name
            )
        usage_import = take_batch(usage_import, _batch(page, usage_import.position))
    cursor.cursor, cursor.checked_at = page.cursor, timezone.now()
    cursor.save()
    return usage_import


def _batch(page: UsagePage, after: int) -> Batch:
    """Places in a feed are counted from the first record of the import."""
    batch, rows = Batch(position=after + len(page.records), rows=len(page.records)), []
    for place, told in enumerate(page.records, after + 1):
        row = _row(told)
        if isinstance(row, bytes):
            rows.append(b"%d;%s\n" % (place, row))
        else:
            batch.refused.append((place, row.value))
    batch.blocks.append(b"".join(rows))
    return batch


def _row(told: UsageRecord) -> bytes | UsageRefusal:
    if told.kind not in UsageKind.values:
        return UsageRefusal.KIND
    if told.started_at.utcoffset() is None:
        return UsageRefusal.STARTED_AT
    started_at = told.started_at.astimezone(UTC).isoformat()
    unit = UsageKind(told.kind).unit
    amount = f"{told.charge:f}"
    return packed(
        [told.record_id, told.number, started_at, told.kind, told.zone, str(told.quantity), unit, told.bundle, amount]
    )


def _cursor(customer: Customer) -> UsageCursor:
    cursor: UsageCursor = UsageCursor.objects.for_customer(customer).first() or UsageCursor(customer=customer)
    return cursor


def _unfinished(customer: Customer) -> UsageImport | None:
    """What a worker that died was at; its pages are complete."""
    running = UsageImport.objects.for_customer(customer).filter(state=UsageImportState.RUNNING, source=UsageSource.FEED)
    found: UsageImport | None = running.first()
    return found


@contextmanager
def _alone(customer: Customer) -> Iterator[bool]:
    """Whether nobody else fetches for this company now."""
    key = [f"usage feed {customer.pk}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key)
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)
