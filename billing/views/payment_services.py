"""Addresses of payment services: the one that a machine calls, and the page of the simulated one."""

from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.decorators import rate_limit
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from billing.gateways import simulated
from billing.gateways.base import GatewayError
from billing.gateways.mollie import REFERENCE
from billing.models import Payment, SimulatedPayment
from billing.queries.payments import visible_payments
from billing.services.payments import settle_payment
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest

MOST_BYTES = 1024
logger = structlog.get_logger(__name__)


@csrf_exempt
@require_POST
@rate_limit(action="payment_webhook")
def payment_webhook(request: HttpRequest) -> HttpResponse:
    """Mollie tells that something happened to a payment. Nothing but the id is read, and that only makes us ask.

    200 also for an id of nobody, so that nothing can be learnt here; 503 only when it could not be asked, so that
    it is sent again.
    """
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return HttpResponse(status=413)
    reference = request.POST.get("id", "")
    payments = Payment.objects.across_customers(reason="the payment service names payments of every company")
    payment = payments.filter(gateway="mollie", gateway_reference=reference).first() if _is_one(reference) else None
    if payment is None:
        logger.info("payment_webhook_of_nobody")
        return HttpResponse(status=200)
    try:
        settle_payment(payment=payment)
    except GatewayError as error:
        logger.warning("payment_webhook_not_checked", payment=payment.pk, error=str(error))
        return HttpResponse(status=503, headers={"Retry-After": "60"})
    return HttpResponse(status=200)


def _is_one(text: str) -> bool:
    return REFERENCE.match(text) is not None


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.PAY_INVOICES)
def payment_simulated(request: PortalRequest, reference: str) -> HttpResponse:
    """The page of the simulated payment service: the person who pays says what the bank answers."""
    if not simulated.REFERENCE.match(reference):
        raise Http404
    payments = visible_payments(request.customer, request.membership)
    payment = get_object_or_404(payments, gateway="simulated", gateway_reference=reference)
    row = get_object_or_404(SimulatedPayment, reference=reference)
    if request.method == "POST":
        result = request.POST.get("result", "")
        if result not in simulated.RESULTS:
            raise Http404
        simulated.decide(reference, result)
        # A real service would call the webhook; this one is next door.
        settle_payment(payment=payment)
        # Without its host: the portal may be open under another name, and a form is not redirected to another host.
        return HttpResponseRedirect(urlsplit(row.return_url).path, status=303)
    context: dict[str, Any] = {"row": row, "payment": payment, "is_over": row.expires_at <= timezone.now()}
    return render(request, "billing/payments/simulated.html", context)
