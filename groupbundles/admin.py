"""The operator's staff: bundles of a contract, and the group bundles of a company with their lines."""

from django.contrib import admin

from groupbundles.models import BundleMember, BundleOffer, GroupBundle
from sims.admin_fleet import EveryCompanyAdmin, ReadOnlyAdmin


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
