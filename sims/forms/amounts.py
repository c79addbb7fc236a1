"""An amount in euro: one of a few usual ones or one that is typed, with a comma or a point."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fleetportal.web.formatting import eur
from sims.forms.when import offer

OTHER = "other"


def decimal_field(*, label: Any, highest: int, required: bool = False, **options: Any) -> forms.DecimalField:
    """Two decimals from 0 to ``highest``, written as the language of the page writes them."""
    return forms.DecimalField(
        label=label,
        required=required,
        min_value=0,
        max_value=highest,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "required": _("Enter an amount."),
            "invalid": _("Enter a number such as 12,50."),
            "min_value": _("Enter a number from 0 on."),
            "max_value": _("Enter a number up to %(limit_value)s."),
            "max_decimal_places": _("Two decimals are the most."),
        },
        **options,
    )


class AmountForm(forms.Form):
    """``chosen()`` is the amount as text. The template is ``sims/dialogs/_amount.html``."""

    use_required_attribute = False
    STEPS: Sequence[int] = ()
    HIGHEST = 0

    step = forms.ChoiceField(
        label=_("Amount per month"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose an amount."),
            "invalid_choice": _("Choose an amount."),
        },
    )

    def __init__(self, *args: Any, present: Decimal | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = decimal_field(label=_("Amount in euro"), highest=self.HIGHEST)
        steps = [(str(step), self.words(step)) for step in self.STEPS]
        offer(self.fields["step"], [*steps, (OTHER, _("Another amount"))])
        if present is not None:
            usual = present == int(present) and int(present) in self.STEPS
            self.initial.setdefault("step", str(int(present)) if usual else OTHER)
            self.initial.setdefault("amount", None if usual else present)

    def words(self, step: int) -> str:
        return eur(step)

    @property
    def is_other(self) -> bool:
        return bool(self["step"].value() == OTHER)

    def check_amount(self, data: dict[str, Any]) -> None:
        if data.get("step") == OTHER and data.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", str(_("Enter an amount.")))
        elif data.get("step") != OTHER and "amount" in self.errors:
            # Typed before another amount was chosen.
            del self.errors["amount"]

    def chosen(self) -> str:
        step = self.cleaned_data["step"]
        return str(self.cleaned_data["amount"]) if step == OTHER else str(step)
