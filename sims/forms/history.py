"""Which day, and which number, the history is asked for."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fleetportal.web.widgets import DateInput
from sims.orders.calendar import local_day
from sims.queries.history import asked_number

# Before this nobody had a mobile number in Belgium, and dates this old are typing mistakes.
FIRST_DAY = date(1990, 1, 1)


class DayForm(forms.Form):
    """``cleaned_data["on"]`` is a day up to today, today when none was chosen."""

    use_required_attribute = False

    on = forms.DateField(
        label=_("On which day"),
        required=False,
        widget=DateInput(),
        error_messages={"invalid": _("Enter a date such as 23/11/2026.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = local_day(timezone.now())
        self.fields["on"].initial = self.today
        self.fields["on"].widget.attrs |= {"min": FIRST_DAY.isoformat(), "max": self.today.isoformat()}

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"] or self.today
        if day > self.today:
            raise ValidationError(_("This day has not come yet. Choose today or an earlier day."))
        if day < FIRST_DAY:
            raise ValidationError(_("Choose a day from 1990 on."))
        return day


class NumberDayForm(DayForm):
    """``cleaned_data["number"]`` is E.164, whatever the notation it was typed in."""

    number = forms.CharField(
        label=_("Phone number"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        error_messages={"required": _("Type the number you look for.")},
    )
    field_order = ("number", "on")

    def clean_number(self) -> str:
        number = asked_number(self.cleaned_data["number"])
        if not number:
            raise ValidationError(_("This is not a phone number. Type all of it, such as 0468 12 34 56."))
        return number
