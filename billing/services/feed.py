"""The operator's invoices: asked for page by page, fetched and taken in one by one.

The cursor moves once every document of its page was dealt with; fetching one twice changes nothing. What is refused
holds nothing up: it is kept with the reason, for people to see, and tried again the next day.
"""

import time
from datetime import timedelta

import structlog
from django.conf import settings
from django.utils import timezone, translation

from accounts.models import Customer
from billing.enums import DocumentSource
from billing.models import BillCursor, RefusedBill
from billing.services.imports import import_document
from billing.services.simulated import tell_simulator
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import BillPage, ContractError, Operator, OperatorError, Rejected
from fleetportal.operators.feeds import Turns, check_cursor
from fleetportal.operators.registry import get_operator
from fleetportal.web.errors import Refusal
from sims.orders.kinds.base import customer_reference

BY = Actor.operator("invoices")
TASK, QUEUE = "billing.pull_bills_of", "bulk"
# The lease is longer than the fetching, checking and keeping of one large document.
TURNS = Turns(BillCursor, TASK, QUEUE, lease=timedelta(minutes=3), trouble="bills_not_pulled")
TRIED_AGAIN_AFTER = timedelta(days=1)
LONGEST_REFERENCE, RETRIES = 100, 20

logger = structlog.get_logger(__name__)


def sweep() -> int:
    """Wake a worker for every company whose turn it is. Returns how many."""
    if settings.INVOICE_FEED_MINUTES <= 0 or not get_operator().capabilities().has_bills:
        return 0
    return TURNS.wake_due(Customer.objects.all())


def ask_now(customer: Customer) -> None:
    """Make it this company's turn, and that of what was refused, whatever went wrong before."""
    RefusedBill.objects.for_customer(customer).update(refused_at=timezone.now() - TRIED_AGAIN_AFTER)
    TURNS.ask_now(customer)


def pull(*, customer: Customer, operator: Operator, seconds: float) -> bool:
    """Take in what is new for about so long, if it is the company's turn; says whether there is more at once.

    Trouble with the operator ends it until a later turn; what was taken in before is kept.
    """
    until = time.monotonic() + seconds
    asked = TURNS.claim(customer)
    if asked is None:
        return False
    tell_simulator(customer, since=timezone.localdate())
    is_last = False
    try:
        _try_again(customer, operator, until)
        while not is_last and time.monotonic() < until:
            page = operator.bills(customer_reference(customer), asked)
            _check(page, asked)
            if not _take_page(customer, operator, page, until):
                break
            asked, is_last = _keep(customer, asked, page), page.is_last
    except OperatorError as error:
        TURNS.postpone(customer, error)
        return False
    TURNS.next_after(customer, timedelta(minutes=settings.INVOICE_FEED_MINUTES) if is_last else timedelta())
    return not is_last


def _check(page: BillPage, asked: str) -> None:
    check_cursor(page.cursor, asked=asked, is_last=page.is_last)
    if not all(0 < len(bill.reference) <= LONGEST_REFERENCE for bill in page.bills):
        raise ContractError(f"an invoice's reference has 1 to {LONGEST_REFERENCE} characters")


def _take_page(customer: Customer, operator: Operator, page: BillPage, until: float) -> bool:
    """Whether its documents were all dealt with in the time; the next worker meets those that were as known ones."""
    for n, bill in enumerate(page.bills, 1):
        _take(customer, operator, bill.reference, bill.number)
        if time.monotonic() >= until and n < len(page.bills):
            return False
    return True


def _take(customer: Customer, operator: Operator, reference: str, number: str) -> None:
    """Fetch one document and take it in; a refusal is kept."""
    TURNS.go_on(customer)
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
