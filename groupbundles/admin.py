"""The operator's staff: bundles of a contract, group bundles with their lines, imports of usage and the feed."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groupbundles.enums import UsageImportState, UsageRefusal
from groupbundles.models import BundleMember, BundleOffer, GroupBundle, UsageCursor, UsageImport
from groupbundles.services.usage.feed import ask_now
from sims.admin_fleet import EveryCompanyAdmin, ReadOnlyAdmin

# An import that is still running after so long has been left by its worker.
HALTED_AFTER = timedelta(hours=1)
LATELY = timedelta(days=30)
REFUSALS_SHOWN = 200


@admin.register(BundleOffer)
class BundleOfferAdmin(EveryCompanyAdmin):
    """What the contract of a company allows; a lower price counts for who asks from now on."""

    list_display = ("code", "name_nl", "customer", "kind", "size", "price_month", "term_months", "is_available")
    list_filter = ("kind", "is_available")
    search_fields = ("code", "name_nl", "customer__slug__exact")


@admin.register(GroupBundle)
class GroupBundleAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "customer", "kind", "size", "price_month", "state", "starts_on", "ends_on")
    list_filter = ("state", "kind")
    search_fields = ("code", "name", "customer__slug__exact")


@admin.register(BundleMember)
class BundleMemberAdmin(ReadOnlyAdmin):
    list_display = ("line", "bundle", "customer", "since", "until")
    list_filter = ("kind",)
    list_select_related = ("customer", "bundle", "line__sim")
    search_fields = ("line__number__exact", "bundle__code")


class AttentionFilter(SimpleListFilter):
    """Opens on what needs attention, everything else is one click away."""

    title = _("attention")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", pgettext_lazy("imports and feeds", "All"))]

    def choices(self, changelist: Any) -> Any:
        """Django calls the first choice "All"; here it is what needs attention."""
        first, *others = super().choices(changelist)
        yield {**first, "display": _("Needs attention")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() == "all" or set(request.GET) - {self.parameter_name, "o", "p"}:
            return queryset
        return needing_attention(queryset)


def needing_attention(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Imports that failed, came to a halt, or lately had rows that were not taken in; feeds that get no answer."""
    if rows.model is UsageCursor:
        return rows.filter(failures__gt=0)
    now = timezone.now()
    halted = Q(state=UsageImportState.RUNNING, started_at__lt=now - HALTED_AFTER)
    unclean = Q(refused__gt=0) | Q(conflicts__gt=0)
    return rows.filter(Q(started_at__gte=now - LATELY) & (Q(state=UsageImportState.FAILED) | unclean) | halted)


@admin.register(UsageImport)
class UsageImportAdmin(ReadOnlyAdmin):
    """What was delivered and what became of it; which rows were refused, and why, stands in the import."""

    list_display = (
        "started_at",
        "customer",
        "source",
        "name",
        "state",
        "rows",
        "accepted",
        "duplicates",
        "conflicts",
        "unmatched",
        "refused",
        "message",
    )
    list_filter = (AttentionFilter, "state", "source")
    search_fields = ("name", "customer__slug__exact")
    ordering = ("-started_at", "-id")
    fields = (
        *("customer", "source", "name", "state", "message", "by_name", "started_at", "finished_at"),
        *("size", "position", "attempts", "leased_until"),
        *("rows", "accepted", "duplicates", "conflicts", "unmatched", "refused", "refused_rows"),
    )
    readonly_fields = ("started_at", "refused_rows")

    @admin.display(description=_("refused rows"))
    def refused_rows(self, usage_import: UsageImport) -> str:
        lines = usage_import.refusals[:REFUSALS_SHOWN]
        shown = format_html_join(mark_safe("<br>"), "{}: {}", ((n, UsageRefusal(why).label) for n, why in lines))
        return shown or "-"


@admin.register(UsageCursor)
class UsageCursorAdmin(ReadOnlyAdmin):
    """How far the operator's feed was fetched, per company."""

    list_display = ("customer", "checked_at", "due_at", "failures", "error")
    list_filter = (AttentionFilter,)
    search_fields = ("customer__slug__exact",)
    ordering = ("-failures", "customer")
    actions = ("ask_again",)

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("groupbundles.change_usagecursor")

    @admin.action(description=_("Ask the operator now"), permissions=["act"])
    def ask_again(self, request: HttpRequest, queryset: "QuerySet[UsageCursor]") -> None:
        for cursor in queryset.select_related("customer"):
            ask_now(cursor.customer)
        self.message_user(request, _("The operator is asked for what is new."), messages.SUCCESS)
