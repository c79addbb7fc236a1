"""The operator's staff: contracts of the companies."""

from django.contrib import admin

from billing.models import Contract
from sims.admin_fleet import EveryCompanyAdmin


@admin.register(Contract)
class ContractAdmin(EveryCompanyAdmin):
    list_display = ("number", "customer", "starts_on", "ends_on", "notice_months", "contact_name")
    search_fields = ("number", "customer__slug__exact")
