"""A split bill profile: its name, and what the company pays."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sims.enums import CostCategory, SplitBillKind
from sims.forms.amounts import decimal_field
from sims.services.split_bill import HIGHEST_AMOUNT, ProfileTerms
from sims.split_bill import ORDER, USAGE


class ProfileNameForm(forms.Form):
    """Only the name."""

    use_required_attribute = False

    name = forms.CharField(label=_("Name"), max_length=80, error_messages={"required": _("Give the profile a name.")})


class ProfileTermsForm(forms.Form):
    """``terms()`` once the form is valid; each kind reads its own fields only."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label=_("What does the company pay?"),
        choices=SplitBillKind.choices,
        initial=SplitBillKind.FIXED_AMOUNT,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the company pays.")},
    )
    amount = decimal_field(label=_("Amount per month in euro"), highest=HIGHEST_AMOUNT)
    percentage = decimal_field(label=_("Percentage"), highest=100)
    capped_percentage = decimal_field(label=_("Percentage"), highest=100)
    maximum = decimal_field(label=_("At most, in euro per month"), highest=HIGHEST_AMOUNT)
    employee_categories = forms.MultipleChoiceField(
        label=_("Paid by the employee"),
        choices=[(category.value, category.label) for category in USAGE],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choose from the list.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for category in ORDER:
            self.fields[f"share_{category}"] = decimal_field(label=category.label, highest=100, initial=0)

    @property
    def share_fields(self) -> list[Any]:
        return [self[f"share_{category}"] for category in ORDER]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        needed = _NEEDED.get(data.get("kind", ""), ())
        for name in set(self.errors) - {"kind", "name", *needed}:
            # Left in a part of the form that is closed.
            del self.errors[name]
        for name in needed:
            if name not in self.errors and data.get(name) in (None, "", []):
                self.add_error(name, str(_("Choose at least one.") if name == "employee_categories" else _MISSING))
        return data

    def terms(self) -> ProfileTerms:
        data, kind = self.cleaned_data, SplitBillKind(self.cleaned_data["kind"])
        capped = kind == SplitBillKind.PERCENTAGE_MAX
        return ProfileTerms(
            kind=kind,
            company_amount=data.get("maximum" if capped else "amount"),
            company_percentage=data.get("capped_percentage" if capped else "percentage"),
            category_percentages={str(c): f"{data.get(f'share_{c}') or 0:.2f}" for c in ORDER},
            employee_categories=tuple(data.get("employee_categories") or ()),
        )


class ProfileForm(ProfileNameForm, ProfileTermsForm):
    """A new profile."""


_MISSING = _("Fill in this field.")
_NEEDED: dict[str, tuple[str, ...]] = {
    SplitBillKind.FIXED_AMOUNT: ("amount",),
    SplitBillKind.PERCENTAGE: ("percentage",),
    SplitBillKind.PERCENTAGE_MAX: ("capped_percentage", "maximum"),
    SplitBillKind.PER_CATEGORY: tuple(f"share_{category}" for category in ORDER),
    SplitBillKind.EXCEPT_USAGE: ("employee_categories",),
}


def start_from(profile: Any) -> dict[str, Any]:
    """What the form for a new version shows at first: the terms of the present one."""
    capped = profile.kind == SplitBillKind.PERCENTAGE_MAX
    shares = {f"share_{c}": profile.category_percentages.get(c, "0") for c in CostCategory}
    return {
        "kind": profile.kind,
        "maximum" if capped else "amount": profile.company_amount,
        "capped_percentage" if capped else "percentage": profile.company_percentage,
        "employee_categories": profile.employee_categories,
        **shares,
    }
