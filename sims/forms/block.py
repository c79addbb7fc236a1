"""Blocking a line: why, and until when."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fleetportal.web.widgets import DateInput
from sims.enums import SuspensionReason
from sims.orders import calendar
from sims.orders.kinds.block import BlockWish

LONGEST = timedelta(days=365)
REASONS = (SuspensionReason.LOST, SuspensionReason.STOLEN, SuspensionReason.SEASONAL, SuspensionReason.OTHER)


class BlockForm(forms.Form):
    """``wish()`` is what to ask once the form is valid."""

    use_required_attribute = False

    reason = forms.ChoiceField(
        label=_("Why?"),
        choices=[(reason.value, reason.label) for reason in REASONS],
        initial=SuspensionReason.LOST,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason.")},
    )
    until = forms.DateField(
        label=_("Lift the block by itself on"),
        help_text=_("Leave empty to lift it yourself."),
        required=False,
        widget=DateInput(),
        error_messages={"invalid": _("Enter a date such as 23/11/2026.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first = calendar.local_day(timezone.now()) + timedelta(days=1)
        self.last = self.first + LONGEST
        self.fields["until"].widget.attrs.update(min=self.first.isoformat(), max=self.last.isoformat())

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until and not self.first <= until <= self.last:
            raise forms.ValidationError(_("Choose a day after today and within a year."))
        return until

    def wish(self) -> BlockWish:
        until = self.cleaned_data["until"]
        return BlockWish(reason=self.cleaned_data["reason"], until=until.isoformat() if until else "")
