"""Details of an employee: as the company writes or proposes them, and as he confirms them himself."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sims.forms.employee import PersonFields
from sims.models import Subscriber
from sims.services.subscribers import DETAILS, details_of


class DetailsForm(PersonFields):
    """``details()`` is what to write once the form is valid; ``changes()`` only what differs."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, person: Subscriber, proposed: Any = None) -> None:
        self.person = person
        super().__init__(data, initial=details_of(person) | dict(proposed or {}), label_suffix="")
        for name in DETAILS:
            self.fields[name].widget.attrs.setdefault("autocomplete", "off")

    def clean_employee_number(self) -> str:
        number: str = self.cleaned_data["employee_number"]
        people = Subscriber.objects.for_customer(self.person.customer_id).exclude(pk=self.person.pk)
        known = people.filter(employee_number=number).first() if number else None
        if known:
            raise ValidationError(
                _("%(name)s has this employee number. Correct the number.") % {"name": known.full_name}
            )
        return number

    def details(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in DETAILS}

    def changes(self) -> dict[str, str]:
        now = details_of(self.person)
        return {name: value for name, value in self.details().items() if value != now[name]}


class ChangeForm(DetailsForm):
    """The same, proposed to an employee who confirmed his details: something must differ."""

    note = forms.CharField(
        label=_("Why?"),
        help_text=_("The employee reads this with the question."),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors and not self.changes():
            raise ValidationError(_("Change at least one of the details."))
        return data


class OwnDetailsForm(forms.Form):
    """What an employee may correct while he confirms."""

    use_required_attribute = False

    first_name = forms.CharField(
        label=_("First name"), max_length=60, error_messages={"required": _("Enter your first name.")}
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=60, error_messages={"required": _("Enter your last name.")}
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class DeclineForm(forms.Form):
    """Why an employee says no, if he wants to tell."""

    reason = forms.CharField(label=_("Why not?"), required=False, max_length=300)
