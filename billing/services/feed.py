"""The operator's invoices: asked for page by page, fetched and taken in one by one.

When a company is asked about stands in its ``BillCursor``: a worker that begins pushes the moment ahead, so no second
one asks at the same time, and one that dies is followed by another when that moment comes. The cursor moves once every
document of its page was dealt with; fetching one twice changes nothing. What is refused holds nothing up: it is kept
with the reason, for people to see, and tried again the next day.
"""

import time
from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone, translation

from accounts.models import Customer
from billing.enums import DocumentSource
from billing.models import BillCursor, RefusedBill
from billing.services.imports import import_document
from billing.services.simulated import tell_simulator
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import BillPage, Busy, ContractError, Operator, OperatorError, Rejected
from fleetportal.operators.registry import get_operator
from fleetportal.wakeup import wake
from fleetportal.web.errors import Refusal
from sims.orders.kinds.base import customer_reference

BY = Actor.operator("invoices")
TASK, QUEUE = "billing.pull_bills_of", "bulk"
# Longer than the fetching, checking and keeping of one large document.
LEASE = timedelta(minutes=3)
TRIED_AGAIN_AFTER = timedelta(days=1)
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 60, 3600
LONGEST_CURSOR, LONGEST_REFERENCE = 200, 100
SWEEP_SIZE, RETRIES = 500, 20

logger = structlog.get_logger(__name__)


def sweep() -> int:
    """Wake a worker for every company whose turn it is; a new one begins at once. Returns how many."""
    if settings.INVOICE_FEED_MINUTES <= 0 or not get_operator().capabilities().has_bills:
        return 0
    cursors = BillCursor.objects.across_customers(reason="the operator is asked about the invoices of every company")
    new = Customer.objects.exclude(pk__in=cursors.values("customer_id"))
    BillCursor.objects.bulk_create([BillCursor(customer=customer) for customer in new], ignore_conflicts=True)
    due = cursors.filter(due_at__lte=Now()).order_by("due_at").values_list("customer_id", flat=True)
    ids = list(due[:SWEEP_SIZE])
    for pk in ids:
        wake(TASK, pk, queue=QUEUE)
    return len(ids)


def ask_now(customer: Customer) -> None:
    """Make it this company's turn, and that of what was refused, whatever went wrong before."""
    RefusedBill.objects.for_customer(customer).update(refused_at=timezone.now() - TRIED_AGAIN_AFTER)
    if not BillCursor.objects.for_customer(customer).update(due_at=Now()):
        BillCursor.objects.bulk_create([BillCursor(customer=customer)], ignore_conflicts=True)
    wake(TASK, customer.pk, queue=QUEUE)


def pull(*, customer: Customer, operator: Operator, seconds: float) -> bool:
    """Take in what is new for about so long, if it is the company's turn; says whether there is more at once.

    Trouble with the operator ends it until a later turn; what was taken in before is kept.
    """
    until = time.monotonic() + seconds
    asked = _claim(customer)
    if asked is None:
        return False
    tell_simulator(customer, since=timezone.localdate())
    is_last = False
    try:
        _try_again(customer, operator, until)
        while not is_last and time.monotonic() < until:
            page = operator.bills(customer_reference(customer), asked)
            _check(page, asked)
            for bill in page.bills:
                _take(customer, operator, bill.reference, bill.number)
            asked, is_last = _keep(customer, asked, page), page.is_last
    except OperatorError as error:
        _postpone(customer, error)
        return False
    _next_turn(customer, timedelta(minutes=settings.INVOICE_FEED_MINUTES) if is_last else timedelta())
    return not is_last


def _claim(customer: Customer) -> str | None:
    """Where to go on, if it is the company's turn; from now on it is nobody else's."""
    mine = BillCursor.objects.for_customer(customer)
    if not mine.filter(due_at__lte=Now()).update(due_at=Now() + LEASE):
        return None
    cursor: str = mine.get().cursor
    return cursor


def _check(page: BillPage, asked: str) -> None:
    if not len(page.cursor) <= LONGEST_CURSOR:
        raise ContractError(f"a cursor has at most {LONGEST_CURSOR} characters, not {len(page.cursor)}")
    if not page.is_last and page.cursor == asked:
        raise ContractError(f"the page after {asked!r} leads to itself")
    if not all(0 < len(bill.reference) <= LONGEST_REFERENCE for bill in page.bills):
        raise ContractError(f"an invoice's reference has 1 to {LONGEST_REFERENCE} characters")


def _take(customer: Customer, operator: Operator, reference: str, number: str) -> None:
    """Fetch one document and take it in; a refusal is kept."""
    _next_turn(customer, LEASE)
    refused = RefusedBill.objects.for_customer(customer)
    try:
        xml = operator.bill_document(reference)
        with translation.override(settings.LANGUAGE_CODE):
            import_document(
                xml=xml, source=DocumentSource.FEED, file_name=f"{number}.xml", by=BY, expected_customer=customer
            )
    except (Refusal, Rejected) as refusal:
        values = {"reason": str(refusal), "refused_at": timezone.now(), "number": number[:60]}
        refused.update_or_create(customer=customer, reference=reference, defaults=values)
        logger.warning("bill_refused", customer=customer.slug, reference=reference)
    else:
        refused.filter(reference=reference).delete()


def _try_again(customer: Customer, operator: Operator, until: float) -> None:
    """What was refused a day ago: an account may have been added since."""
    due = RefusedBill.objects.for_customer(customer).filter(refused_at__lte=timezone.now() - TRIED_AGAIN_AFTER)
    for reference, number in list(due.order_by("refused_at").values_list("reference", "number")[:RETRIES]):
        if time.monotonic() < until:
            _take(customer, operator, reference, number)


def _keep(customer: Customer, asked: str, page: BillPage) -> str:
    """Remember how far we are, unless another worker went on from the same place; then it is his turn."""
    values: dict[str, object] = {"cursor": page.cursor, "failures": 0, "error": ""}
    if page.is_last:
        values["checked_at"] = timezone.now()
    BillCursor.objects.for_customer(customer).filter(cursor=asked).update(**values)
    return page.cursor


def _postpone(customer: Customer, error: OperatorError) -> None:
    """Ask again when a busy operator says so, else after a wait that grows; what does not fit the contract is told."""
    mine = BillCursor.objects.for_customer(customer)
    failures = mine.get().failures + 1
    wait = error.retry_after if isinstance(error, Busy) else FIRST_WAIT_SECONDS * 2.0 ** min(failures - 1, 10)
    mine.update(failures=min(failures, 30_000), error=str(error)[:500])
    _next_turn(customer, timedelta(seconds=min(max(wait, 1), LONGEST_WAIT_SECONDS)))
    tell = logger.error if isinstance(error, ContractError) else logger.warning
    tell("bills_not_pulled", customer=customer.slug, error=type(error).__name__, failures=failures)


def _next_turn(customer: Customer, after: timedelta) -> None:
    BillCursor.objects.for_customer(customer).update(due_at=Now() + after)
