"""Step 4 of "add SIM card": what the line is billed on, and when it is activated."""

from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import BillingAccount
from sims.enums import OrderKind
from sims.forms.activation import Days, checked_day, date_field, limit
from sims.forms.steps import StepForm
from sims.models import SplitBillProfile
from sims.queries.adding import cost_centre_choices, last_added_line


class BillingForm(StepForm):
    """``cleaned_data`` holds keys; ``day`` is None for as soon as possible. Every list is this company's own."""

    billing_account = forms.TypedChoiceField(
        label=_("Billing account"),
        coerce=int,
        error_messages={
            "required": _("Choose a billing account."),
            "invalid_choice": _("Choose a billing account from the list."),
        },
    )
    cost_centre = forms.TypedChoiceField(
        label=_("Cost centre"),
        coerce=int,
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": _("Choose a cost centre from the list.")},
    )
    split_bill = forms.ChoiceField(
        label=_("Split bill"),
        choices=[("no", _("No, the company pays everything")), ("yes", _("Yes, the employee pays a part"))],
        initial="no",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether the bill is split.")},
    )
    split_bill_profile = forms.TypedChoiceField(
        label=_("Split bill profile"),
        coerce=int,
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": _("Choose a split bill profile from the list.")},
    )
    when = forms.ChoiceField(
        label=_("Activation"),
        choices=[("first", _("As soon as possible")), ("date", _("On a date")), ("later", _("Not yet"))],
        initial="first",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose when the line is activated.")},
    )
    date = date_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customer = self.scene.customer
        accounts = [(a.pk, str(a)) for a in BillingAccount.objects.for_customer(customer)]
        self._offer("billing_account", accounts, _("Choose a billing account"))
        self._offer("cost_centre", cost_centre_choices(customer), _("No cost centre"))
        profiles = [(p.pk, p.name) for p in SplitBillProfile.objects.for_customer(customer).filter(retired_at=None)]
        self._offer("split_bill_profile", profiles, _("Choose a profile"))
        self.has_accounts, self.has_profiles = bool(accounts), bool(profiles)
        self._start_from_last_line(accounts)
        limit(self.fields["date"], self.days)

    @cached_property
    def days(self) -> Days:
        return Days(OrderKind.PORT_IN if self.scene.is_transfer else OrderKind.ACTIVATE)

    def full_clean(self) -> None:
        """The profile is asked for in one case only, by clean(); it is never shown as optional."""
        profile = self.fields["split_bill_profile"]
        profile.required = False
        super().full_clean()
        profile.required = True

    def _offer(self, name: str, rows: list[tuple[int, str]], empty: Any) -> None:
        self.fields[name].choices = [("", empty), *rows]  # type: ignore[attr-defined]

    def _start_from_last_line(self, accounts: list[tuple[int, str]]) -> None:
        last = last_added_line(self.scene.customer, self.scene.user)
        if last and last.billing_account_id:
            self.initial.setdefault("billing_account", last.billing_account_id)
        elif len(accounts) == 1:
            self.initial.setdefault("billing_account", accounts[0][0])
        if last and last.cost_centre_id:
            self.initial.setdefault("cost_centre", last.cost_centre_id)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("split_bill") != "yes":
            data["split_bill_profile"] = None
        elif self.has_profiles and not data.get("split_bill_profile") and "split_bill_profile" not in self.errors:
            self.add_error("split_bill_profile", _("Choose a split bill profile."))
        data["day"] = checked_day(self, data)
        return data
