"""The operator's feed: usage records asked for page by page, each page and its cursor kept in one transaction.

A page is kept only while the cursor is still the one it was asked with; fetching one twice changes nothing.
"""

import time
from datetime import UTC, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import Operator, OperatorError, UsagePage, UsageRecord
from fleetportal.operators.feeds import Turns, check_cursor
from fleetportal.operators.registry import get_operator
from groupbundles.enums import UsageImportState, UsageKind, UsageRefusal, UsageSource
from groupbundles.models import UsageCursor, UsageImport
from groupbundles.services.usage.files import Batch
from groupbundles.services.usage.imports import finish, take_batch
from groupbundles.services.usage.rows import packed
from groupbundles.services.usage.set_aside import claim_set_aside
from sims.orders.kinds.base import customer_reference

BY = Actor.operator("usage")
TASK = "groupbundles.pull_usage_of"
TURNS = Turns(UsageCursor, TASK, "usage", lease=timedelta(minutes=3), trouble="usage_not_pulled")

logger = structlog.get_logger(__name__)


def sweep() -> int:
    """Wake a worker for every company whose turn it is. Returns how many."""
    if settings.USAGE_FEED_MINUTES <= 0 or not get_operator().capabilities().has_usage:
        return 0
    return TURNS.wake_due(Customer.objects.all())


def ask_now(customer: Customer) -> None:
    """Make it this company's turn, whatever went wrong before."""
    TURNS.ask_now(customer)


def pull(*, customer: Customer, operator: Operator, seconds: float) -> bool:
    """Fetch what is new for about so long, if it is the company's turn; says whether there is more at once.

    Trouble with the operator ends it until a later turn; what was fetched before is kept.
    """
    until = time.monotonic() + seconds
    asked = TURNS.claim(customer)
    if asked is None:
        return False
    claim_set_aside(customer, by=BY)
    usage_import, is_last = _unfinished(customer), False
    try:
        while not is_last and time.monotonic() < until:
            page = operator.usage(customer_reference(customer), asked)
            check_cursor(page.cursor, asked=asked, is_last=page.is_last)
            usage_import = _keep(customer, asked, page, usage_import)
            asked, is_last = page.cursor, page.is_last
    except Overtaken:
        logger.warning("usage_feed_overtaken", customer=customer.slug)
        return False
    except OperatorError as error:
        TURNS.postpone(customer, error)
        is_last = True
    else:
        TURNS.next_after(customer, timedelta(minutes=settings.USAGE_FEED_MINUTES) if is_last else timedelta())
    if usage_import is not None:
        finish(usage_import, by=BY)
    return not is_last


class Overtaken(Exception):
    """This worker was too slow: another one has fetched on from the same place."""


@transaction.atomic
def _keep(customer: Customer, asked: str, page: UsagePage, usage_import: UsageImport | None) -> UsageImport | None:
    """The page's records and how far we are, together; an import exists from the first record on."""
    cursor: UsageCursor = UsageCursor.objects.for_customer(customer).select_for_update().get()
    if cursor.cursor != asked:
        raise Overtaken
    if page.records:
        usage_import = _take(usage_import or _begin(customer), page.records)
    cursor.cursor, cursor.failures, cursor.error = page.cursor, 0, ""
    if page.is_last:
        cursor.checked_at = timezone.now()
    cursor.save(update_fields=["cursor", "failures", "error", "checked_at"])
    TURNS.go_on(customer)
    return usage_import


def _begin(customer: Customer) -> UsageImport:
    name = f"{timezone.localtime():%Y-%m-%d %H:%M}"
    begun: UsageImport = UsageImport.objects.create(
        customer=customer, source=UsageSource.FEED, name=name, by_name=BY.name
    )
    return begun


def _take(usage_import: UsageImport, records: tuple[UsageRecord, ...]) -> UsageImport:
    """Places of a feed are counted from the first record of the import and mean nothing later: ids go to the log."""
    before, known = usage_import.position, len(usage_import.refusals)
    taken = take_batch(usage_import, _batch(records, before))
    if refused := taken.refusals[known:]:
        ids = {records[place - before - 1].record_id[:64]: reason for place, reason in refused[:20]}
        logger.warning("usage_feed_refused", import_id=taken.pk, count=len(refused), records=ids)
    return taken


def _batch(records: tuple[UsageRecord, ...], after: int) -> Batch:
    batch, right = Batch(position=after + len(records)), []
    for place, told in enumerate(records, after + 1):
        row = _row(told)
        if isinstance(row, bytes):
            right.append((place, row))
        else:
            batch.refuse(place, row)
    batch.take(right)
    return batch


def _row(told: UsageRecord) -> bytes | UsageRefusal:
    if told.kind not in UsageKind.values:
        return UsageRefusal.KIND
    if told.started_at.utcoffset() is None:
        return UsageRefusal.STARTED_AT
    moment, amount = told.started_at.astimezone(UTC).isoformat(), f"{told.charge:f}"
    values = (told.record_id, told.number, moment, told.kind, told.zone, told.quantity, told.unit, told.bundle, amount)
    return packed([str(value) for value in values])


def _unfinished(customer: Customer) -> UsageImport | None:
    """What a worker that died was at; its pages are complete."""
    mine = UsageImport.objects.for_customer(customer)
    found: UsageImport | None = mine.filter(state=UsageImportState.RUNNING, source=UsageSource.FEED).first()
    return found
