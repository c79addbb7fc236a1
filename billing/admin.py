"""Staff pages of billing, gathered where Django looks for them: contracts here, each larger topic in its own module."""

from django.contrib import admin

from billing import admin_access, admin_invoices, admin_payments, admin_statements
from billing.models import Contract
from sims.admin_fleet import EveryCompanyAdmin

__all__ = ["admin_access", "admin_invoices", "admin_payments", "admin_statements"]


@admin.register(Contract)
class ContractAdmin(EveryCompanyAdmin):
    list_display = ("number", "customer", "starts_on", "ends_on", "notice_months", "contact_name")
    search_fields = ("number", "customer__slug__exact")
