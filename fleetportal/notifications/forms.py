"""What a person wants to hear of, as a form with one row per event."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from fleetportal.notifications.enums import MailTiming
from fleetportal.notifications.queries import Wish
from fleetportal.shell.registry import NotificationEvent
from fleetportal.web.widgets import Switch


@dataclass(frozen=True, slots=True)
class Row:
    """One event with its two controls."""

    event: NotificationEvent
    in_portal: BoundField
    mail: BoundField


class PreferencesForm(forms.Form):
    """Two fields per event: shown in the portal, and when it is mailed."""

    def __init__(self, *args: Any, events: list[NotificationEvent], wishes: Mapping[str, Wish], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.events = events
        for event in events:
            wish, described = wishes[event.code], {"aria-describedby": f"about-{event.code}"}
            self.fields[f"portal-{event.code}"] = forms.BooleanField(
                label=_("In the portal"), required=False, initial=wish.in_portal, widget=Switch(described)
            )
            self.fields[f"mail-{event.code}"] = forms.ChoiceField(
                label=_("By mail"), choices=MailTiming.choices, initial=wish.mail, widget=forms.Select(described)
            )

    def rows(self) -> Iterator[Row]:
        for event in self.events:
            yield Row(event, self[f"portal-{event.code}"], self[f"mail-{event.code}"])

    def wishes(self) -> dict[str, Wish]:
        """What was chosen, by event."""
        data = self.cleaned_data
        return {
            event.code: Wish(data[f"portal-{event.code}"], MailTiming(data[f"mail-{event.code}"]))
            for event in self.events
        }
