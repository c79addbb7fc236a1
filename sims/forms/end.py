"""Ending a line: when, the last digits of its number as proof of a look, and why when the number is held."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fleetportal.web.widgets import DateInput
from sims.enums import OrderKind
from sims.forms.activation import Days, limit
from sims.models import Line
from sims.orders.holds import is_held
from sims.orders.kinds.end import EndWish

DIGITS = 4


class EndForm(forms.Form):
    """``cleaned_data["day"]`` is None for now. A number that is held on the chosen day needs a reason."""

    use_required_attribute = False

    date = forms.DateField(
        label=_("The line ends on"),
        help_text=_("It stops at the start of that day. Today is now."),
        widget=DateInput(),
        error_messages={
            "required": _("Choose a date."),
            "invalid": _("Enter a date such as 23/11/2026."),
        },
    )
    override = forms.CharField(
        label=_("Why does the number end all the same?"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    digits = forms.CharField(
        label=_("Last 4 digits of the number"),
        help_text=_("Type them to confirm that this is the right line."),
        max_length=10,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("Type the last 4 digits of the number.")},
    )

    def __init__(self, *args: Any, line: Line, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line
        self.days = Days(OrderKind.END)
        self.is_held = is_held(line, self.days.today)
        self.fields["date"].initial = self.days.today
        limit(self.fields["date"], self.days)
        if not self.is_held:
            del self.fields["override"]

    def clean_date(self) -> Any:
        day = self.cleaned_data["date"]
        self.days.check(day)
        return day

    def clean_digits(self) -> str:
        typed = "".join(c for c in self.cleaned_data["digits"] if c.isdigit())
        if typed != (self.line.number or "")[-DIGITS:]:
            raise forms.ValidationError(
                _("These are not the last 4 digits of this number. Check the line and try again.")
            )
        return typed

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        day = data.get("date")
        data["day"] = None if day == self.days.today else day
        if day and is_held(self.line, day) and not data.get("override", "").strip():
            self.add_error(
                "override", _("The employee may still ask this number back. Choose a later date, or say why.")
            )
        return data

    def wish(self) -> EndWish:
        return EndWish(override=self.cleaned_data.get("override", ""))
