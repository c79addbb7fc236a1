"""Moving several planned changes to another day."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sims.enums import OrderKind
from sims.forms.activation import Days, date_field, limit


def order_ids(values: Sequence[str]) -> list[uuid.UUID]:
    """The ids among ``values``; anything else is left out."""
    found = []
    for value in values[:500]:
        try:
            found.append(uuid.UUID(value))
        except ValueError:
            continue
    return found


class MoveForm(forms.Form):
    """``selected`` are the ids of the ticked requests."""

    use_required_attribute = False

    date = date_field()

    def __init__(self, *args: Any, selected: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.selected = order_ids(selected)
        self.days = Days(OrderKind.ACTIVATE)
        self.fields["date"].required = True
        self.fields["date"].error_messages["required"] = _("Choose a date.")
        self.fields["date"].label = _("New date")
        limit(self.fields["date"], self.days)

    def clean_date(self) -> Any:
        day = self.cleaned_data["date"]
        self.days.check(day)
        return day
