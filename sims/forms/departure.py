"""What can still be said about a leave that is planned: another last day, and that the number was asked back."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fleetportal.web.widgets import DateInput
from sims.models import DepartureLine
from sims.orders import calendar

MOST_BYTES = 5 * 1024 * 1024
# What a scanned letter is, told by its first bytes and not by its name.
_BEGINNINGS = (b"%PDF-", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


class AskedBackForm(forms.Form):
    """The date of the employee's letter, and the letter itself where there is a file of it."""

    use_required_attribute = False

    asked_on = forms.DateField(
        label=_("Date of the letter"),
        widget=DateInput(),
        error_messages={"required": _("Choose a date."), "invalid": _("Enter a date such as 23/11/2026.")},
    )
    letter = forms.FileField(
        label=_("The letter"),
        help_text=_("A PDF or a picture, at most 5 MB."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def __init__(self, *args: Any, row: DepartureLine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = calendar.local_day(timezone.now())
        self.fields["asked_on"].initial = today
        latest = min(today, row.reclaim_until) if row.reclaim_until else today
        self.fields["asked_on"].widget.attrs["max"] = latest.isoformat()

    def clean_letter(self) -> Any:
        letter = self.cleaned_data["letter"]
        if not letter:
            return None
        if letter.size > MOST_BYTES:
            raise forms.ValidationError(_("This file is larger than 5 MB. Choose a smaller one."))
        start = letter.read(8)
        letter.seek(0)
        if not start.startswith(_BEGINNINGS):
            raise forms.ValidationError(_("Choose a PDF, a JPEG or a PNG file."))
        return letter
