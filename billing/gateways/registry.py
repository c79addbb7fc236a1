"""Which payment service this installation uses, and which one a payment was made at."""

from django.conf import settings

from billing.gateways.base import PaymentGateway, Rejected
from billing.gateways.mollie import MollieGateway
from billing.gateways.simulated import SimulatedGateway


def gateway() -> PaymentGateway | None:
    """The one new payments go to; None where invoices are paid by bank transfer only."""
    return None if settings.PAYMENT_GATEWAY == "none" else gateway_named(settings.PAYMENT_GATEWAY)


def gateway_named(name: str) -> PaymentGateway:
    """The one a payment was made at, which may no longer be the one in use."""
    if name == SimulatedGateway.name:
        return SimulatedGateway()
    if name == MollieGateway.name and settings.MOLLIE_API_KEY:
        return MollieGateway()
    raise Rejected("unauthorized", "This payment service is not set up any more.")
