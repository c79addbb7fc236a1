"""Staff page of who manages a company's fleet, and the billing accounts each person is limited to."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import BillingAccount, Membership
from accounts.permissions import Role
from accounts.services import limit_to_accounts
from fleetportal.audit.actors import Actor
from sims.admin_fleet import EveryCompanyAdmin


class LimitForm(forms.ModelForm):
    """Nothing of the membership itself is changed here."""

    accounts = forms.ModelMultipleChoiceField(
        queryset=BillingAccount.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Only these billing accounts"),
        help_text=_("Invoices, costs and payments of other accounts are hidden. Without a choice everything is seen."),
    )

    class Meta:
        model = Membership
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            accounts: Any = self.fields["accounts"]
            accounts.queryset = BillingAccount.objects.for_customer(self.instance.customer_id)
            accounts.initial = list(self.instance.account_limits.values_list("billing_account_id", flat=True))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("accounts") and self.instance.role == Role.OWNER:
            self.add_error("accounts", _("A main fleet manager sees everything. Give another role first."))
        return cleaned


@admin.register(Membership)
class MembershipAdmin(EveryCompanyAdmin):
    """People come and go by invitation; here only what they see of the invoices is decided."""

    form = LimitForm
    fields = ("user", "customer", "role", "accounts")
    readonly_fields = ("user", "customer", "role")
    raw_id_fields: ClassVar[Any] = ()
    list_display = ("user", "customer", "role", "limits")
    list_filter = ("role",)
    list_select_related: ClassVar[Any] = ("user", "customer")
    search_fields = ("user__email", "user__last_name", "customer__slug__exact")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return super().get_queryset(request).prefetch_related("account_limits__billing_account")

    @admin.display(description=_("only these billing accounts"))
    def limits(self, membership: Membership) -> str:
        return ", ".join(limit.billing_account.number for limit in membership.account_limits.all()) or "-"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        limit_to_accounts(membership=obj, accounts=form.cleaned_data["accounts"], by=Actor.user(request.user))
