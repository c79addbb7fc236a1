"""Taking over what the payment service says about a payment: compared first, then booked, under the payment's lock."""

from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.db import transaction
from django.utils import timezone

from billing import payment_announcements as announcements
from billing.enums import AuditKind, BookingKind, PaymentProblem, PaymentState
from billing.gateways.base import GatewayPayment
from billing.models import Payment
from billing.services.bookings import Posting, book, booked_per_invoice
from fleetportal.audit.actors import Actor
from fleetportal.audit.services import record

FIRST_CHECK, LONGEST_CHECK = timedelta(minutes=1), timedelta(hours=6)
SERVICE = Actor.system("payments")
AUDITED = {
    PaymentState.PAID: AuditKind.PAYMENT_PAID,
    PaymentState.FAILED: AuditKind.PAYMENT_FAILED,
    PaymentState.CANCELLED: AuditKind.PAYMENT_CANCELLED,
    PaymentState.EXPIRED: AuditKind.PAYMENT_EXPIRED,
}
logger = structlog.get_logger(__name__)


def locked_payment(payment_id: int) -> Payment:
    """The row, for this transaction alone; the caller found it for its company."""
    rows = Payment.objects.across_customers(reason="the caller found the payment for its company")
    payment: Payment = rows.select_for_update(of=("self",)).get(pk=payment_id)
    return payment


def take(*, payment_id: int, answer: GatewayPayment, seen: int, by: Actor = SERVICE) -> Payment | None:
    """The payment after this answer. None: another answer was taken since ``seen``, and this one may be the older.

    Nothing is booked of an answer that does not fit what was asked.
    """
    with transaction.atomic():
        payment = locked_payment(payment_id)
        problem = misfit(payment, answer)
        state = _next_state(payment, answer)
        if not _says_something_new(payment, answer, problem, state):
            return payment
        if payment.version != seen:
            return None
        payment.version += 1
        if problem:
            _note_problem(payment, problem)
        else:
            _take_over(payment, answer, state, by)
        return payment


def doubt(*, payment_id: int) -> Payment:
    """The service does not know a payment that it made: a person must look."""
    with transaction.atomic():
        payment = locked_payment(payment_id)
        if payment.problem != PaymentProblem.MISSING:
            payment.version += 1
            _note_problem(payment, PaymentProblem.MISSING)
        return payment


def plan_next_check(*, payment_id: int) -> None:
    """After a worker asked in vain: the next time in twice as long. Pages that look by themselves change no plan."""
    with transaction.atomic():
        payment = locked_payment(payment_id)
        _plan_check(payment)
        payment.save(update_fields=["check_at", "checks"])


def misfit(payment: Payment, answer: GatewayPayment) -> PaymentProblem | None:
    """What of the answer is not what was asked for."""
    if answer.payment_id != str(payment.public_id):
        return PaymentProblem.METADATA
    if payment.gateway_reference and answer.reference != payment.gateway_reference:
        return PaymentProblem.METADATA
    if answer.mode != payment.mode:
        return PaymentProblem.MODE
    if answer.currency != payment.currency:
        return PaymentProblem.CURRENCY
    return PaymentProblem.AMOUNT if answer.amount != payment.amount else None


def _next_state(payment: Payment, answer: GatewayPayment) -> PaymentState:
    """Paid is for good, and whatever ended becomes nothing but paid: money that came in counts."""
    now = PaymentState(payment.state)
    if answer.state == PaymentState.PAID or not now.is_final:
        return answer.state
    return now


def _says_something_new(
    payment: Payment, answer: GatewayPayment, problem: PaymentProblem | None, state: PaymentState
) -> bool:
    if problem:
        return payment.problem != problem
    now = (payment.gateway_reference, payment.state, payment.problem, payment.refunded, payment.charged_back)
    return now != (answer.reference, state, "", answer.refunded, answer.charged_back)


def _note_problem(payment: Payment, problem: PaymentProblem) -> None:
    payment.problem = problem
    _plan_check(payment)
    payment.save()
    after = {"problem": problem.value, "reference": payment.gateway_reference}
    record(AuditKind.PAYMENT_DOUBTED, by=SERVICE, customer_id=payment.customer_id, subject=payment, after=after)
    logger.error("payment_does_not_fit", payment=payment.pk, problem=problem.value)


def _take_over(payment: Payment, answer: GatewayPayment, state: PaymentState, by: Actor) -> None:
    before = PaymentState(payment.state)
    now = timezone.now()
    payment.gateway_reference = answer.reference
    payment.checkout_url = answer.checkout_url or payment.checkout_url
    payment.expires_at = answer.expires_at or payment.expires_at
    payment.state, payment.problem, payment.reason = state, "", answer.reason
    payment.refunded, payment.charged_back = answer.refunded, answer.charged_back
    if state == PaymentState.PAID and before != PaymentState.PAID:
        payment.paid_at = answer.paid_at or now
    if state.is_final:
        payment.ended_at = payment.ended_at or now
    if state != before:
        payment.checks = 0
    _plan_check(payment)
    payment.save()
    if state != before and state.is_final:
        _ended(payment, before, state, by)
    if state == PaymentState.PAID:
        _book_what_came_back(payment)


def _ended(payment: Payment, before: PaymentState, state: PaymentState, by: Actor) -> None:
    """What the end of a payment means for its invoices and for people."""
    payment.shares.update(is_open=False)
    if state == PaymentState.PAID:
        postings = [Posting(share.invoice_id, share.amount) for share in payment.shares.all()]
        book(kind=BookingKind.PAYMENT, postings=postings, payment=payment)
    record(
        AUDITED[state],
        by=by,
        customer_id=payment.customer_id,
        subject=payment,
        before={"state": before.value},
        after={"state": state.value, "amount": str(payment.amount), "reason": payment.reason},
    )
    announcements.tell_how_it_ended(payment)


def _book_what_came_back(payment: Payment) -> None:
    """Bring the ledger in line with what the payer got back in all, or got back and lost again."""
    standing = booked_per_invoice(payment=payment)
    difference = (payment.amount - payment.given_back) - sum(standing.values(), Decimal(0))
    if not difference:
        return
    kind = BookingKind.GIVEN_BACK if difference < 0 else BookingKind.RESTORED
    book(kind=kind, postings=_spread(payment, standing, difference), payment=payment)
    after = {"given_back": str(payment.given_back), "booked": str(difference)}
    record(AuditKind.PAYMENT_GIVEN_BACK, by=SERVICE, customer_id=payment.customer_id, subject=payment, after=after)
    if difference < 0:
        announcements.tell_given_back(payment, -difference)


def _spread(payment: Payment, standing: dict[int, Decimal], difference: Decimal) -> list[Posting]:
    """The last invoice is the first to lose what goes back, and the last to get what is restored."""
    shares = list(payment.shares.all())
    postings, left = [], abs(difference)
    for share in reversed(shares) if difference < 0 else shares:
        stands = standing.get(share.invoice_id, Decimal(0))
        part = min(left, stands if difference < 0 else share.amount - stands)
        if part > 0:
            postings.append(Posting(share.invoice_id, -part if difference < 0 else part))
            left -= part
    return postings


def _plan_check(payment: Payment) -> None:
    """Open payments are asked about after one minute, then two, four and so on, up to six hours."""
    if not payment.is_open:
        payment.check_at = None
        return
    wait = min(FIRST_CHECK * 2 ** min(payment.checks, 10), LONGEST_CHECK)
    payment.checks += 1
    now = timezone.now()
    payment.check_at = _just_after(payment.expires_at, now, now + wait)


def _just_after(expires_at: datetime | None, now: datetime, planned: datetime) -> datetime:
    """When it expires is known: it is looked at right then."""
    if expires_at is not None and now < expires_at < planned:
        return expires_at + timedelta(seconds=5)
    return planned
