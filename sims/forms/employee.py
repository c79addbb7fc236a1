"""Step 2 of "add SIM card": who will use the line, somebody known or somebody new."""

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sims.forms.steps import Card, StepForm
from sims.models import Subscriber
from sims.queries.adding import MOST_EMPLOYEES, employees_matching

_NEW_FIELDS = ("first_name", "last_name", "language")


class PersonFields(forms.Form):
    """What the company keeps of an employee."""

    first_name = forms.CharField(
        label=_("First name"), max_length=60, error_messages={"required": _("Enter the first name.")}
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=60, error_messages={"required": _("Enter the last name.")}
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        error_messages={"invalid": _("Enter an e-mail address like name@company.be.")},
    )
    employee_number = forms.CharField(label=_("Employee number"), required=False, max_length=30)
    department = forms.CharField(
        label=_("Department"), required=False, max_length=60, widget=forms.TextInput(attrs={"list": "departments"})
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class EmployeeForm(PersonFields, StepForm):
    """``cleaned_data["subscriber"]`` is an employee of the company when an existing one was chosen."""

    who = forms.ChoiceField(
        label=_("Who will use the line?"),
        choices=[("existing", _("An employee in your list")), ("new", _("A new employee"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an employee in your list or a new one.")},
    )
    q = forms.CharField(
        label=_("Search for an employee"),
        help_text=_("Name, employee number or department"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    subscriber = forms.CharField(label=_("Employee"), required=False, max_length=40, widget=forms.RadioSelect)

    field_order = ("who", "q", "subscriber")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name", "email", "employee_number", "department"):
            self.fields[name].widget.attrs.setdefault("autocomplete", "off")
        people = Subscriber.objects.for_customer(self.scene.customer)
        self.initial.setdefault("who", "existing" if people.exists() else "new")
        self.initial.setdefault("language", self.scene.user.language)

    @property
    def is_new(self) -> bool:
        return bool(self["who"].value() == "new")

    def full_clean(self) -> None:
        """The fields of a new employee are asked only for one, yet never shown as optional."""
        for name in _NEW_FIELDS:
            self.fields[name].required = self.is_bound and self.is_new
        super().full_clean()
        for name in _NEW_FIELDS:
            self.fields[name].required = True

    def clean_employee_number(self) -> str:
        number: str = self.cleaned_data["employee_number"]
        if not self.is_new or not number:
            return ""
        known = Subscriber.objects.for_customer(self.scene.customer).filter(employee_number=number).first()
        if known:
            raise ValidationError(
                _("%(name)s has this employee number. Choose that employee in your list or correct the number.")
                % {"name": known.full_name}
            )
        return number

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("who") == "existing":
            data["subscriber"] = self.chosen()
            if data["subscriber"] is None:
                self.add_error(
                    "subscriber", _("Choose an employee. Search on another name if the right one is not shown.")
                )
        return data

    def chosen(self) -> Subscriber | None:
        """The employee that was picked, if he is one of this company's."""
        try:
            key = uuid.UUID(str(self["subscriber"].value() or ""))
        except ValueError:
            return None
        found: Subscriber | None = Subscriber.objects.for_customer(self.scene.customer).filter(public_id=key).first()
        return found

    @property
    def may_be_more(self) -> bool:
        return len(self.cards()) >= MOST_EMPLOYEES

    def cards(self) -> list[Card]:
        """Who matches the search, the chosen one first."""
        chosen = self.chosen()
        found = employees_matching(self.scene.customer, str(self["q"].value() or ""))
        people = [*([chosen] if chosen else []), *(person for person in found if person != chosen)]
        return [
            Card(
                value=str(person.public_id),
                control_id=f"id_subscriber_{index}",
                title=person.full_name,
                detail=", ".join(filter(None, [person.department, person.employee_number, person.email])),
                is_checked=person == chosen,
            )
            for index, person in enumerate(people)
        ]
