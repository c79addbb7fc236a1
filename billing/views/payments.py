"""Paying invoices: choosing how, going to the payment service, coming back to what became of it."""

import uuid
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from billing.enums import PaymentState
from billing.forms.payments import TEXTS, TRANSFER, PaymentForm, choices_of
from billing.gateways.base import GatewayError
from billing.models import Invoice, Payment
from billing.queries import payments as queries
from billing.services.payments import AlreadyUnderWay, PaymentWish, cancel_payment, settle_payment, start_payment
from billing.transfers import transfer_of
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import hx_redirect, is_htmx, toast
from fleetportal.web.parameters import whole_number
from fleetportal.web.step_up import step_up

# The codes of more transfers than these would make the page heavy.
MOST_CODES = 8
# The page looks by itself so often, first every other second, then every five.
QUICK_LOOKS, MOST_LOOKS = 15, 60


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.PAY_INVOICES)
def payment_new(request: PortalRequest) -> HttpResponse:
    """GET shows what is due and how it can be paid, POST starts a payment and leads on to it."""
    due = queries.due(request.customer, request.membership, _asked_invoices(request))
    service = queries.current_gateway()
    methods = queries.offered_methods(service)
    form = PaymentForm(
        request.POST or None,
        choices=choices_of(methods or [], due.total),
        needs_consent=bool(due.by_debit),
        initial={"key": uuid.uuid4(), "total": due.total},
    )
    context = {"due": due, "form": form, "service": service, "is_silent": methods is None}
    if request.method != "POST" or not due.invoices or not form.is_valid():
        return render(request, "billing/payments/new.html", context, status=422 if form.errors else 200)
    if form.cleaned_data["method"] == TRANSFER:
        return HttpResponseRedirect(f"{reverse('payment_transfer')}?{due.addresses}", status=303)
    if due.total >= settings.PAYMENT_STEP_UP_AMOUNT and (password_first := step_up(request)) is not None:
        return password_first
    return _start(request, due, form, context)


def _asked_invoices(request: PortalRequest) -> list[UUID]:
    """The invoices named in the address or the form; an empty list for all that is due."""
    named = request.POST.getlist("invoice") or request.GET.getlist("invoice")
    try:
        return [UUID(text) for text in named]
    except ValueError:
        raise Http404 from None


def _start(request: PortalRequest, due: queries.Due, form: PaymentForm, context: dict[str, Any]) -> HttpResponse:
    wish = PaymentWish(
        invoices=due.invoices,
        method=form.cleaned_data["method"],
        key=form.cleaned_data["key"],
        total=form.cleaned_data["total"],
        language=(get_language() or "nl")[:2],
    )
    try:
        payment = start_payment(customer=request.customer, wish=wish, by=request.actor)
    except AlreadyUnderWay as other:
        toast(request, _("A payment of this invoice is under way. Finish or cancel it first."), tone="info")
        return HttpResponseRedirect(reverse("payment_return", args=[other.payment.public_id]), status=303)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return render(request, "billing/payments/new.html", context, status=422)
    return _onwards(payment)


def _onwards(payment: Payment) -> HttpResponse:
    """To the payment page when there is one, by way of a page of ours: a policy on forms follows every redirect."""
    goes_on = payment.state == PaymentState.OPEN and payment.checkout_url
    name = "payment_continue" if goes_on else "payment_return"
    return HttpResponseRedirect(reverse(name, args=[payment.public_id]), status=303)


@require_safe
@customer_required(Permission.PAY_INVOICES)
def payment_continue(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Leads on to the payment page by itself, and by a link."""
    payment = _own(request, public_id)
    if payment.state != PaymentState.OPEN or not payment.checkout_url:
        return redirect("payment_return", public_id)
    if payment.checkout_url.startswith("/"):
        return redirect(payment.checkout_url)
    return render(request, "billing/payments/continue.html", {"payment": payment, "place": place_of(payment)})


@require_safe
@customer_required(Permission.PAY_INVOICES)
def payment_return(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """What became of a payment; while that is open the page asks by itself."""
    return render(request, "billing/payments/return.html", _context(request, _own(request, public_id), looks=0))


@require_POST
@customer_required(Permission.PAY_INVOICES)
def payment_check(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Ask the payment service how it stands: by the page itself, or by its button."""
    payment = _own(request, public_id)
    was_begun = bool(payment.checkout_url)
    try:
        payment = settle_payment(payment=payment) if payment.is_open else payment
    except GatewayError:
        pass  # The page says that it is still waited for, and looks again.
    address = reverse("payment_return", args=[public_id])
    if not is_htmx(request):
        return HttpResponseRedirect(address, status=303)
    if not payment.is_open:
        return hx_redirect(address)
    if payment.checkout_url and not was_begun:
        return hx_redirect(reverse("payment_continue", args=[public_id]))
    looks = whole_number(request.POST.get("looks"), digits=3) or 0
    return render(request, "billing/payments/_waiting.html", _context(request, payment, looks=looks + 1))


@require_POST
@customer_required(Permission.PAY_INVOICES)
def payment_cancel(request: PortalRequest, public_id: UUID) -> HttpResponse:
    payment = _own(request, public_id)
    try:
        cancel_payment(payment=payment, by=request.actor)
    except Refusal as refusal:
        toast(request, str(refusal), tone="bad")
    return HttpResponseRedirect(reverse("payment_return", args=[public_id]), status=303)


@require_safe
@customer_required(Permission.PAY_INVOICES)
def payment_transfer(request: PortalRequest) -> HttpResponse:
    """What to fill in at the bank, one transfer per invoice: each has its own communication."""
    due = queries.due(request.customer, request.membership, _asked_invoices(request))
    with_code = len(due.invoices) <= MOST_CODES
    transfers = [transfer_of(invoice, with_code=with_code) for invoice in due.invoices]
    return render(request, "billing/payments/transfer.html", {"due": due, "transfers": transfers})


def _own(request: PortalRequest, public_id: UUID) -> Payment:
    return queries.own_payment(request.customer, request.membership, public_id)


def _context(request: PortalRequest, payment: Payment, *, looks: int) -> dict[str, Any]:
    shares = queries.shares_of(payment)
    context: dict[str, Any] = {
        "payment": payment,
        "shares": shares,
        "place": place_of(payment),
        "overpaid": [share.invoice for share in shares if is_overpaid(share.invoice)],
        "again": "&".join(f"invoice={share.invoice.public_id}" for share in shares),
        "looks": looks,
    }
    if payment.is_open and looks < MOST_LOOKS:
        context["poll_after"] = "2s" if looks < QUICK_LOOKS else "5s"
    return context


def is_overpaid(invoice: Invoice) -> bool:
    """More came in than it asks for."""
    return invoice.paid + invoice.credited > invoice.payable


def place_of(payment: Payment) -> str:
    """Where the payment goes on, in words."""
    texts = TEXTS.get(payment.method)
    return str(texts[2]) if texts else payment.method
