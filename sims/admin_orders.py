"""The staff page for orders: what needs attention, why, every step so far, and the two ways on."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import OrderState
from sims.models import Order, OrderTransition
from sims.orders import placing
from sims.orders.attention import stuck_orders

# Who searches or filters wants to find among all orders.
_LOOKS_FOR = frozenset({"q", "state__exact", "kind__exact"})


class AttentionFilter(SimpleListFilter):
    """Opens on what needs attention; everything else is one click away."""

    title = _("attention")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("All requests")), ("stuck", _("Late or not taken up"))]

    def choices(self, changelist: Any) -> Any:
        """Django calls the first choice "All"; here it is what needs attention."""
        first, *others = super().choices(changelist)
        yield {**first, "display": _("Needs attention")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Order]") -> "QuerySet[Order]":
        if self.value() == "stuck":
            return queryset.filter(pk__in=stuck_orders().values("pk"))
        if self.value() == "all" or _LOOKS_FOR.intersection(request.GET):
            return queryset
        return queryset.filter(state=OrderState.NEEDS_ATTENTION)


class TransitionInline(admin.TabularInline):
    model = OrderTransition
    fields = ("at", "before", "after", "by_name", "note")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """Read only: an order changes through its services alone."""

    list_display = ("id", "customer", "about", "kind", "state", "error_message", "not_before", "attempts", "created_at")
    list_filter = (AttentionFilter, "state", "kind")
    list_select_related = ("customer", "line__sim")
    search_fields = ("id__exact", "operator_reference__exact", "line__number__exact", "subject_label__icontains")
    search_help_text = _("Request id, operator's reference, number in the form +32… or name of a bundle")
    show_full_result_count = False
    ordering = ("-created_at",)
    inlines = (TransitionInline,)
    actions = ("send_again", "mark_as_failed")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Sending again and giving up need Django's change permission although the form itself is read only."""
        return request.user.has_perm("sims.change_order")

    @admin.action(description=_("Send again (asks the operator first)"), permissions=["act"])
    def send_again(self, request: HttpRequest, queryset: "QuerySet[Order]") -> None:
        by = Actor.user(request.user)
        done = self._each(request, queryset, lambda order: placing.retry(order=order, by=by))
        if done:
            text = ngettext(
                "%(count)d request is on its way again.", "%(count)d requests are on their way again.", done
            )
            self.message_user(request, text % {"count": done}, messages.SUCCESS)

    @admin.action(description=_("Mark as failed (the operator did not do it)"), permissions=["act"])
    def mark_as_failed(self, request: HttpRequest, queryset: "QuerySet[Order]") -> None:
        by = Actor.user(request.user)
        reason = "marked as failed by staff"
        done = self._each(request, queryset, lambda order: placing.give_up(order=order, by=by, reason=reason))
        if done:
            text = ngettext(
                "%(count)d request was marked as failed.", "%(count)d requests were marked as failed.", done
            )
            self.message_user(request, text % {"count": done}, messages.SUCCESS)

    def _each(self, request: HttpRequest, queryset: "QuerySet[Order]", act: Callable[[Order], None]) -> int:
        """How many went well; a refusal is shown and does not stop the others."""
        done = 0
        for order in queryset:
            try:
                act(order)
            except Refusal as refusal:
                self.message_user(request, f"{order.pk}: {refusal}", messages.WARNING)
            else:
                done += 1
        return done
