"""Where a line's cost is billed and booked, and who pays it."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import BillingAccount, CostCentre, Customer
from sims.forms.when import NEXT_PERIOD, WhenForm, offer
from sims.models import SplitBillProfile
from sims.orders import calendar
from sims.orders.kinds.billing_account import BillingAccountWish
from sims.orders.kinds.split_bill import SplitBillWish
from sims.queries.adding import cost_centre_choices
from sims.queries.costs import usable_profiles

PERIODS_AHEAD = 6


class BillingAccountForm(WhenForm):
    """``wish()`` is what to ask once the form is valid."""

    number = forms.ChoiceField(
        label=_("Billing account"),
        error_messages={
            "required": _("Choose a billing account."),
            "invalid_choice": _("Choose a billing account from the list."),
        },
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("when", NEXT_PERIOD)
        accounts = [(account.number, str(account)) for account in BillingAccount.objects.for_customer(customer)]
        offer(self.fields["number"], [("", _("Choose a billing account")), *accounts])

    def wish(self) -> BillingAccountWish:
        return BillingAccountWish(number=self.cleaned_data["number"])


class CostCentreForm(forms.Form):
    """``cleaned_data["cost_centre"]`` is one of the company's cost centres, or None."""

    use_required_attribute = False

    cost_centre = forms.TypedChoiceField(
        label=_("Cost centre"),
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": _("Choose a cost centre from the list.")},
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        centres = [(str(key), name) for key, name in cost_centre_choices(customer)]
        offer(self.fields["cost_centre"], [("", _("No cost centre")), *centres])

    def clean_cost_centre(self) -> CostCentre | None:
        key = self.cleaned_data["cost_centre"]
        return CostCentre.objects.for_customer(self.customer).get(pk=key) if key else None


class SplitBillForm(forms.Form):
    """``wish()`` and ``cleaned_data["day"]``, the first day of a billing period. ``profiles`` are those to choose."""

    use_required_attribute = False

    profile = forms.TypedChoiceField(
        label=_("Who pays?"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a split bill profile."),
            "invalid_choice": _("Choose a split bill profile from the list."),
        },
    )
    day = forms.TypedChoiceField(
        label=_("From which billing period?"),
        coerce=date.fromisoformat,
        error_messages={
            "required": _("Choose a billing period."),
            "invalid_choice": _("Choose a billing period from the list."),
        },
    )

    def __init__(self, *args: Any, customer: Customer, days: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.profiles: list[SplitBillProfile] = usable_profiles(customer)
        named = [(str(profile.pk), profile.name) for profile in self.profiles]
        offer(self.fields["profile"], [("0", _("No split bill")), *named])
        first = calendar.next_period(calendar.local_day(timezone.now()))
        periods = [first]
        while len(periods) < PERIODS_AHEAD:
            periods.append(calendar.next_period(periods[-1]))
        months = [(period.isoformat(), date_format(period, "F Y")) for period in periods]
        offer(self.fields["day"], months)
        self.initial.setdefault("day", first.isoformat())

    @property
    def chosen(self) -> SplitBillProfile | None:
        """The profile that is marked right now, None for none."""
        value = str(self["profile"].value())
        return next((profile for profile in self.profiles if str(profile.pk) == value), None)

    def wish(self) -> SplitBillWish:
        return SplitBillWish(profile=self.cleaned_data["profile"])
