"""What to choose for many lines at once: one form per change, each with ``wish()`` and, mostly, from when."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import CostCentre, Customer
from sims.bulk.changes import CHANGES, Change
from sims.bulk.cost_centre import CostCentreWish
from sims.enums import OrderKind
from sims.forms.activation import Days
from sims.forms.barrings import BarringsOfManyForm
from sims.forms.block import BlockForm
from sims.forms.files import UploadForm
from sims.forms.line_billing import BillingAccountForm
from sims.forms.plan_change import OptionsForm, PlanForm
from sims.forms.when import WhenForm, offer
from sims.models import HIGHEST_ROAMING_LIMIT, HIGHEST_THIRD_PARTY_LIMIT, SplitBillProfile
from sims.orders.kinds.block import UnblockWish
from sims.orders.kinds.end import EndWish
from sims.orders.kinds.limits import RoamingLimitWish, ThirdPartyLimitWish
from sims.orders.kinds.split_bill import SplitBillWish
from sims.spreadsheets.bulk_change import COLUMNS

# The fields that say when are drawn by the template of their own.
WHEN_FIELDS = ("when", "date")


class BlockManyForm(BlockForm, WhenForm):
    """Why, until when, from when."""


class UnblockManyForm(WhenForm):
    """Only when."""

    def wish(self) -> UnblockWish:
        return UnblockWish()


class ThirdPartyLimitOfManyForm(WhenForm):
    """One amount for all."""

    amount = forms.DecimalField(
        label=gettext_lazy("Limit per month in euro"),
        help_text=gettext_lazy("0 switches paying through the invoice off, 300 is the highest the law allows."),
        min_value=0,
        max_value=HIGHEST_THIRD_PARTY_LIMIT,
        decimal_places=2,
        error_messages={
            "required": gettext_lazy("Fill in an amount."),
            "invalid": gettext_lazy("Enter an amount such as 50."),
            "max_value": gettext_lazy("Choose an amount from 0 to 300 euro."),
            "min_value": gettext_lazy("Choose an amount from 0 to 300 euro."),
        },
    )

    def wish(self) -> ThirdPartyLimitWish:
        return ThirdPartyLimitWish(amount=f"{self.cleaned_data['amount']:f}")


class RoamingLimitOfManyForm(forms.Form):
    """One amount for all, from now on; a limit abroad changes at once."""

    use_required_attribute = False

    amount = forms.DecimalField(
        label=gettext_lazy("Limit per billing month in euro, without VAT"),
        required=False,
        min_value=0,
        max_value=HIGHEST_ROAMING_LIMIT,
        decimal_places=2,
        error_messages={"invalid": gettext_lazy("Enter an amount such as 50.")},
    )
    no_limit = forms.BooleanField(label=gettext_lazy("No limit"), required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("no_limit") and data.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Fill in an amount, or choose no limit."))
        return data

    def wish(self) -> RoamingLimitWish:
        amount = "" if self.cleaned_data["no_limit"] else f"{self.cleaned_data['amount']:f}"
        return RoamingLimitWish(amount=amount)


class CostCentreOfManyForm(forms.Form):
    """One of the company's cost centres for all, or none."""

    use_required_attribute = False

    code = forms.ChoiceField(label=gettext_lazy("Cost centre"), required=False)

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        centres = [(centre.code, str(centre)) for centre in CostCentre.objects.for_customer(customer)]
        offer(self.fields["code"], [("", _("No cost centre")), *centres])

    def wish(self) -> CostCentreWish:
        return CostCentreWish(code=self.cleaned_data["code"])


class SplitBillOfManyForm(forms.Form):
    """One profile for all, or none; it counts from the next billing period."""

    use_required_attribute = False

    profile = forms.ChoiceField(
        label=gettext_lazy("Split bill profile"),
        help_text=gettext_lazy("It counts from the next billing period."),
        error_messages={"required": gettext_lazy("Choose a split bill profile.")},
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        profiles = [(str(profile.pk), profile.name) for profile in SplitBillProfile.objects.for_customer(customer)]
        first = [("", _("Choose a profile")), ("0", _("Without split bill"))]
        offer(self.fields["profile"], [*first, *profiles])

    def wish(self) -> SplitBillWish:
        return SplitBillWish(profile=int(self.cleaned_data["profile"]))


class EndManyForm(WhenForm):
    """How many lines end is typed as proof of a look; ``count`` is how many were chosen."""

    lines = forms.IntegerField(
        label=gettext_lazy("How many SIM cards?"),
        help_text=gettext_lazy("Type the number of SIM cards to confirm."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Type the number of SIM cards."),
            "invalid": gettext_lazy("Type the number of SIM cards."),
        },
    )

    def __init__(self, *args: Any, count: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = count

    def clean_lines(self) -> int:
        typed: int = self.cleaned_data["lines"]
        if typed != self.count:
            raise forms.ValidationError(_("This is not the number of SIM cards you chose. Look at the selection."))
        return typed

    def wish(self) -> EndWish:
        return EndWish()


Make = Callable[[Customer, int, dict[str, Any]], forms.Form]


def _days(kind: OrderKind) -> dict[str, Any]:
    return {"days": Days(kind)}


_FORMS: dict[str, Make] = {
    "plan": lambda customer, _count, data: PlanForm(customer=customer, **_days(OrderKind.PLAN), **data),
    "options": lambda customer, _count, data: OptionsForm(customer=customer, **_days(OrderKind.PLAN), **data),
    "barrings": lambda customer, _count, data: BarringsOfManyForm(
        customer=customer, **_days(OrderKind.BARRINGS), **data
    ),
    "block": lambda _customer, _count, data: BlockManyForm(**_days(OrderKind.BLOCK), **data),
    "unblock": lambda _customer, _count, data: UnblockManyForm(**_days(OrderKind.UNBLOCK), **data),
    "third_party_limit": lambda _customer, _count, data: ThirdPartyLimitOfManyForm(
        **_days(OrderKind.THIRD_PARTY_LIMIT), **data
    ),
    "roaming_limit": lambda _customer, _count, data: RoamingLimitOfManyForm(**data),
    "billing_account": lambda customer, _count, data: BillingAccountForm(
        customer=customer, **_days(OrderKind.BILLING_ACCOUNT), **data
    ),
    "cost_centre": lambda customer, _count, data: CostCentreOfManyForm(customer=customer, **data),
    "split_bill": lambda customer, _count, data: SplitBillOfManyForm(customer=customer, **data),
    "end": lambda _customer, count, data: EndManyForm(count=count, **_days(OrderKind.END), **data),
}
# What is chosen less often stands folded below the rest.
FOLDED: dict[str, Sequence[str]] = {"options": ("remove",), "barrings": ("allow",)}


def form_of(change: Change, *, customer: Customer, count: int, data: Any = None) -> Any:
    """The form of this change for so many lines; ``cleaned_data["day"]`` and ``wish()`` are what is asked for."""
    return _FORMS[change.code](customer, count, {"data": data})


def offered_changes(can: Callable[[Any], bool]) -> list[Change]:
    """What this person may ask for many lines, in the order of the menu."""
    return [change for code, change in CHANGES.items() if code in _FORMS and can(change.permission)]


class BulkUploadForm(UploadForm, WhenForm):
    """A workbook with a number and what its line is to get per row, and from when."""

    field_order = ("file", "when", "date")


def upload_form(change: Change, *, data: Any = None, files: Any = None) -> Any:
    """The form for a workbook of this change; without a choice of day where the change has none."""
    if change.kind and change.code not in ("roaming_limit", "split_bill"):
        return BulkUploadForm(data, files, days=Days(change.kind))
    return UploadForm(data, files)


def uploadable_changes(can: Callable[[Any], bool]) -> list[Change]:
    """Changes whose values fit into the columns of a workbook."""
    return [change for change in offered_changes(can) if change.code in COLUMNS]
