"""When a change takes effect: now, at the next billing period, or on a date. Mixed into the forms of changes."""

from collections.abc import Iterable
from typing import Any, cast
from zlib import crc32

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sims.forms.activation import Days, checked_day, date_field, limit
from sims.orders import calendar

NOW, NEXT_PERIOD, ON_DATE = "now", "period", "date"


class WhenForm(forms.Form):
    """``cleaned_data["day"]`` is None for as soon as possible. The template is ``sims/dialogs/_when.html``."""

    use_required_attribute = False

    when = forms.ChoiceField(
        label=_("When"),
        choices=[(NOW, _("Now")), (NEXT_PERIOD, _("At the next billing period")), (ON_DATE, _("On a date"))],
        initial=NOW,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose when.")},
    )
    date = date_field()

    def __init__(self, *args: Any, days: Days, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days = days
        self.next_period = calendar.next_period(calendar.local_day(timezone.now()))
        limit(self.fields["date"], days)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        data["day"] = self.next_period if data.get("when") == NEXT_PERIOD else checked_day(self, data)
        return data


def offer(field: forms.Field, choices: Iterable[tuple[str, Any]]) -> None:
    """What a field lets choose when only the company knows it."""
    cast(forms.ChoiceField, field).choices = list(choices)


def revision(shown: str) -> str:
    """Eight characters that change with what a page took for the present state of a line."""
    return f"{crc32(shown.encode()):08x}"
