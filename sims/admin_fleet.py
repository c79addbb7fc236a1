"""Staff pages of catalogue, cards, employees and lines of every company; quick however many there are.

Only the catalogue is edited here. Cards, employees and lines change through their services, which audit it.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from sims.models import Line, LineOption, PlanOption, Sim, SplitBillProfile, Subscriber, TariffPlan
from sims.search import matching

COUNTED = 10_000


class NearPaginator(Paginator):
    """Counts only so far: whoever looks for something further down searches for it."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[:COUNTED].count()  # type: ignore[attr-defined]


class EveryCompanyAdmin(admin.ModelAdmin):
    """Rows of all companies, for the operator's staff."""

    paginator = NearPaginator
    show_full_result_count = False
    list_per_page = 50
    list_select_related: ClassVar[Any] = ("customer",)
    raw_id_fields: ClassVar[Any] = ("customer",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = self.model.objects.across_customers(reason="the operator's staff serve every company")
        return rows.order_by(*self.get_ordering(request))


class LookedAtAdmin(admin.ModelAdmin):
    """To look at; what can be done is done through services."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(LookedAtAdmin, EveryCompanyAdmin):
    """Rows of all companies, to look at."""


@admin.register(TariffPlan)
class TariffPlanAdmin(EveryCompanyAdmin):
    list_display = ("code", "name_nl", "customer", "category", "price_month", "is_available")
    list_filter = ("is_available",)
    search_fields = ("code", "name_nl", "customer__slug__exact")
    ordering = ("customer", "code")


@admin.register(PlanOption)
class PlanOptionAdmin(EveryCompanyAdmin):
    list_display = ("code", "name_nl", "customer", "price_month", "is_available")
    list_filter = ("is_available",)
    search_fields = ("code", "name_nl", "customer__slug__exact")
    ordering = ("customer", "code")
    raw_id_fields = ("customer", "plans", "excludes")


@admin.register(SplitBillProfile)
class SplitBillProfileAdmin(ReadOnlyAdmin):
    list_display = ("name", "customer", "kind", "retired_at")
    search_fields = ("name", "customer__slug__exact")
    ordering = ("customer", "name")


@admin.register(Sim)
class SimAdmin(ReadOnlyAdmin):
    list_display = ("iccid", "customer", "state", "is_esim", "batch")
    list_filter = ("state",)
    search_fields = ("iccid_core__startswith", "batch__exact", "customer__slug__exact")
    search_help_text = _("Beginning of the SIM number, batch or short name of the company")
    ordering = ("-pk",)


@admin.register(Subscriber)
class SubscriberAdmin(ReadOnlyAdmin):
    list_display = ("last_name", "first_name", "customer", "employee_number", "department")
    search_fields = ("last_name__istartswith", "employee_number__exact", "customer__slug__exact")
    ordering = ("-pk",)


class LineOptionInline(admin.TabularInline):
    model = LineOption
    raw_id_fields = ("option",)
    extra = 0


@admin.register(Line)
class LineAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "customer", "subscriber", "plan", "state", "open_request", "activated_on")
    list_filter = ("state", "open_request")
    list_select_related = ("customer", "subscriber", "plan", "sim")
    search_fields = ("search_text",)
    search_help_text = _("Number, SIM number, name or employee number, in any notation")
    ordering = ("-pk",)
    inlines = (LineOptionInline,)

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Line]", search_term: str
    ) -> tuple["QuerySet[Line]", bool]:
        return queryset.filter(matching(search_term)), False
