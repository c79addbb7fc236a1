"""Days on which something is asked to happen: the form of "activate", of "change date", and what both share."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fleetportal.web.formatting import short_date
from fleetportal.web.widgets import DateInput
from sims.enums import OrderKind
from sims.orders import calendar
from sims.orders.kinds import kind_of
from sims.orders.placing import earliest_activation

FURTHEST = timedelta(days=365)


def weekday_date(day: date) -> str:
    """``dinsdag 1 december``, in the active language."""
    return date_format(day, "l j F")


class Days:
    """The days on which an order of this kind can take effect when it is asked now."""

    def __init__(self, kind: OrderKind) -> None:
        self.kind = kind
        self.today = calendar.local_day(timezone.now())
        self.earliest = earliest_activation(kind, timezone.now())
        self.latest = self.today + FURTHEST

    @property
    def is_today_possible(self) -> bool:
        return self.earliest == self.today

    @property
    def is_transfer(self) -> bool:
        return self.kind == OrderKind.PORT_IN

    @property
    def earliest_text(self) -> str:
        return weekday_date(self.earliest)

    def check(self, day: date) -> None:
        """Raises ``ValidationError`` for a day that is too early, too far or not worked on."""
        if day < self.earliest:
            message = _("The earliest possible date is %(date)s. Choose that date or a later one.")
            raise ValidationError(message % {"date": short_date(self.earliest)})
        if day > self.latest:
            raise ValidationError(_("Choose a date within a year, until %(date)s.") % {"date": short_date(self.latest)})
        if not kind_of(self.kind).is_possible_on(day):
            following = short_date(calendar.working_day_after(day))
            message = _("Numbers are transferred on working days only. The next one is %(date)s.")
            raise ValidationError(message % {"date": following})


def date_field() -> forms.DateField:
    return forms.DateField(
        label=_("Date"),
        required=False,
        widget=DateInput(),
        error_messages={"invalid": _("Enter a date such as 23/11/2026.")},
    )


def limit(field: forms.Field, days: Days) -> None:
    """What the browser's date picker offers; the server checks again."""
    field.widget.attrs.update(min=days.earliest.isoformat(), max=days.latest.isoformat())


class ActivationForm(forms.Form):
    """``day`` is the day that was chosen, None for as soon as possible."""

    use_required_attribute = False

    when = forms.ChoiceField(
        label=_("When"),
        choices=[("first", _("As soon as possible")), ("date", _("On a date"))],
        initial="first",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose when.")},
    )
    date = date_field()

    def __init__(self, *args: Any, days: Days, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days = days
        limit(self.fields["date"], days)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        data["day"] = checked_day(self, data)
        return data

    @property
    def button(self) -> str:
        """Names the day that is chosen right now."""
        day = self.cleaned_data.get("day") if self.is_bound and self.is_valid() else None
        if day is None and self["when"].value() == "date":
            return gettext("Activate on this date")
        if day is None and self.days.is_today_possible:
            return gettext("Activate today")
        return gettext("Activate on %(date)s") % {"date": date_format(day or self.days.earliest, "j F")}


def checked_day(form: Any, data: dict[str, Any]) -> date | None:
    """The chosen day of a form with ``when`` and ``date``; a day that is missing or not possible becomes an error."""
    if data.get("when") != "date" or "date" in form.errors:
        return None
    day: date | None = data.get("date")
    try:
        if day is None:
            raise ValidationError(_("Choose a date."))
        form.days.check(day)
    except ValidationError as error:
        form.add_error("date", error)
        return None
    return day


class RescheduleForm(forms.Form):
    """Another day for something that is planned."""

    use_required_attribute = False

    date = date_field()

    def __init__(self, *args: Any, days: Days, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days = days
        self.fields["date"].required = True
        self.fields["date"].error_messages["required"] = _("Choose a date.")
        self.fields["date"].label = _("New date")
        limit(self.fields["date"], days)

    def clean_date(self) -> Any:
        day = self.cleaned_data["date"]
        self.days.check(day)
        return day
