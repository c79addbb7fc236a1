"""Giving money back: asked by the operator's staff, booked only from what the payment service then says."""

from decimal import Decimal

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from billing.enums import AuditKind, PaymentState, RefundState
from billing.gateways.base import ContractError, GatewayError, Rejected
from billing.gateways.registry import gateway_named
from billing.models import Payment, PaymentRefund
from billing.services.payments import settle_payment
from billing.services.taking import locked_payment
from fleetportal.audit.actors import Actor
from fleetportal.audit.services import record
from fleetportal.web.errors import Refusal

# One call, and one more with the same key when the first got no answer.
TRIES = 2
logger = structlog.get_logger(__name__)


def refund_payment(*, payment: Payment, amount: Decimal, note: str, by: Actor) -> PaymentRefund:
    """Ask the payment service to give back ``amount``; raises ``Refusal``.

    The row is there before the call. Without an answer the same refund is asked with the same key, and after that a
    person looks at the payment service: the state says so.
    """
    refund = _opened(payment, amount, note, by)
    try:
        reference = _ask(refund)
    except Rejected as refused:
        _close(refund, RefundState.REFUSED, message=refused.message)
        raise Refusal(_("The payment service refuses: %(why)s") % {"why": refused.message}, field="amount") from refused
    except GatewayError as error:
        logger.warning("refund_without_answer", refund=refund.pk, error=str(error))
        return _close(refund, RefundState.UNKNOWN, message=str(error))
    _close(refund, RefundState.ASKED, reference=reference)
    try:
        settle_payment(payment=payment)
    except GatewayError as error:
        # The webhook or the nightly comparison books it.
        logger.warning("refund_not_booked_yet", refund=refund.pk, error=str(error))
    return refund


def _opened(payment: Payment, amount: Decimal, note: str, by: Actor) -> PaymentRefund:
    with transaction.atomic():
        row = locked_payment(payment.pk)
        if row.state != PaymentState.PAID:
            raise Refusal(_("Only a payment that was received can be given back."))
        if amount <= 0 or amount > row.amount - row.given_back:
            raise Refusal(_("No more than what is left of the payment can be given back."), field="amount")
        refunds = PaymentRefund.objects.for_customer(row.customer_id).filter(payment=row)
        if refunds.filter(state__in=[RefundState.NEW, RefundState.UNKNOWN]).exists():
            raise Refusal(_("An earlier refund got no answer. Look at the payment service first."))
        refund: PaymentRefund = PaymentRefund.objects.create(
            customer_id=row.customer_id, payment=row, amount=amount, note=note[:200], asked_by_name=by.name
        )
        after = {"amount": str(amount), "note": refund.note}
        record(AuditKind.REFUND_ASKED, by=by, customer_id=row.customer_id, subject=row, after=after)
    return refund


def _ask(refund: PaymentRefund) -> str:
    payment = refund.payment
    service = gateway_named(payment.gateway)
    for attempt in range(TRIES):
        try:
            return service.refund(
                payment.gateway_reference,
                key=refund.public_id,
                amount=refund.amount,
                currency=payment.currency,
                description=refund.note or str(payment),
            )
        except (Rejected, ContractError):
            raise
        except GatewayError:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("every try returns or raises")


def _close(refund: PaymentRefund, state: RefundState, *, reference: str = "", message: str = "") -> PaymentRefund:
    refund.state, refund.gateway_reference, refund.message = state, reference, message[:200]
    refund.save(update_fields=["state", "gateway_reference", "message"])
    return refund


def clear_refund(*, refund: PaymentRefund, by: Actor) -> None:
    """Somebody looked at the payment service: what it says is taken over, and another refund may be asked."""
    settle_payment(payment=refund.payment)
    _close(refund, RefundState.CHECKED, message=_("Looked up by %(name)s") % {"name": by.name})
