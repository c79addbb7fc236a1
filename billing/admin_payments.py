"""The operator's staff: payments to look at, to ask about again and to give back; the ledger."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.enums import PaymentState, RefundState
from billing.forms.staff import RefundForm
from billing.gateways.base import GatewayError
from billing.models import InvoiceBooking, Payment, PaymentRefund, PaymentShare
from billing.services.payments import settle_payment
from billing.services.refunds import clear_refund, refund_payment
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.admin_fleet import ReadOnlyAdmin

# A refund is asked for twice at most, and each call ends by itself long before.
DIED_AFTER = timedelta(minutes=5)


class ShareInline(admin.TabularInline):
    """The invoices of a payment."""

    model = PaymentShare
    fields = ("invoice", "amount", "is_open")
    raw_id_fields = ("invoice",)
    extra = 0


class ProblemFilter(admin.SimpleListFilter):
    """Payments whose answers were not believed."""

    title = gettext_lazy("attention")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("doubt", gettext_lazy("Does not fit what was asked"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Payment]") -> "QuerySet[Payment]":
        return queryset.exclude(problem="") if self.value() == "doubt" else queryset


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Nothing is changed by hand: the payment service is asked again, or money is given back."""

    list_display = (
        *("created_at", "customer", "amount", "state", "problem", "method", "mode", "gateway", "gateway_reference"),
        *("refunded", "charged_back", "created_by_name"),
    )
    list_filter = (ProblemFilter, "state", "gateway", "mode")
    search_fields = ("gateway_reference__exact", "shares__invoice__number__exact", "customer__slug__exact")
    ordering = ("-pk",)
    exclude = ("checkout_url", "version", "checks", "created_by")
    readonly_fields = ("public_id", "idempotency_key", "give_back")
    inlines = (ShareInline,)
    actions = ("ask_again",)

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.change_payment")

    @admin.action(description=gettext_lazy("Ask the payment service again"), permissions=["act"])
    def ask_again(self, request: HttpRequest, queryset: "QuerySet[Payment]") -> None:
        unanswered = 0
        for payment in queryset[:50]:
            try:
                settle_payment(payment=payment)
            except GatewayError:
                unanswered += 1
        if unanswered:
            text = _("%(n)s got no answer. They are asked again by themselves.") % {"n": unanswered}
            self.message_user(request, text, messages.WARNING)
        else:
            self.message_user(request, _("The payment service was asked."), messages.SUCCESS)

    @admin.display(description=gettext_lazy("give back"))
    def give_back(self, payment: Payment) -> str:
        if payment.state != PaymentState.PAID:
            return "-"
        url = reverse("admin:billing_payment_refund", args=[payment.pk])
        return format_html('<a href="{}">{}</a>', url, _("Give back (a part of) this payment"))

    def get_urls(self) -> list[URLPattern]:
        own = path("<int:pk>/refund/", self.admin_site.admin_view(self.refund), name="billing_payment_refund")
        return [own, *super().get_urls()]

    def refund(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """How much goes back and why, confirmed."""
        if not request.user.has_perm("billing.add_paymentrefund"):
            raise PermissionDenied
        payment = get_object_or_404(self.get_queryset(request), pk=pk)
        form = RefundForm(request.POST or None, initial={"amount": payment.amount - payment.given_back})
        if request.method == "POST" and form.is_valid() and (sent := self._refunded(request, payment, form)):
            return sent
        context = self.admin_site.each_context(request) | {
            "title": _("Give back"),
            "opts": self.opts,
            "form": form,
            "payment": payment,
        }
        return TemplateResponse(request, "admin/billing/payment/refund.html", context)

    def _refunded(self, request: HttpRequest, payment: Payment, form: RefundForm) -> HttpResponse | None:
        wish = {"amount": form.cleaned_data["amount"], "note": form.cleaned_data["note"]}
        try:
            refund = refund_payment(payment=payment, by=Actor.user(request.user), **wish)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            return None
        level = messages.SUCCESS if refund.gateway_reference else messages.WARNING
        self.message_user(request, refund.get_state_display(), level)
        return redirect("admin:billing_payment_change", payment.pk)


@admin.register(PaymentRefund)
class PaymentRefundAdmin(ReadOnlyAdmin):
    """What was asked to go back; one without an answer blocks the next until somebody looked it up."""

    list_display = (
        "created_at",
        "customer",
        "payment",
        "amount",
        "state",
        "gateway_reference",
        "note",
        "asked_by_name",
    )
    list_filter = ("state",)
    list_select_related = ("customer", "payment")
    search_fields = ("gateway_reference__exact", "payment__gateway_reference__exact")
    ordering = ("-pk",)
    actions = ("looked_up",)

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.change_paymentrefund")

    @admin.action(description=gettext_lazy("I looked it up at the payment service"), permissions=["act"])
    def looked_up(self, request: HttpRequest, queryset: "QuerySet[PaymentRefund]") -> None:
        """Also those of a process that died while it asked."""
        died = Q(state=RefundState.NEW, created_at__lt=timezone.now() - DIED_AFTER)
        for refund in queryset.filter(Q(state=RefundState.UNKNOWN) | died):
            try:
                clear_refund(refund=refund, by=Actor.user(request.user))
            except GatewayError as error:
                self.message_user(request, str(error), messages.ERROR)


@admin.register(InvoiceBooking)
class InvoiceBookingAdmin(ReadOnlyAdmin):
    list_display = ("booked_at", "customer", "invoice", "kind", "amount", "payment", "entry")
    list_filter = ("kind",)
    list_select_related = ("customer", "invoice", "payment", "entry__statement")
    search_fields = ("invoice__number__exact", "payment__gateway_reference__exact", "customer__slug__exact")
    ordering = ("-pk",)
