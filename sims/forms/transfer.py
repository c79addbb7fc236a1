"""Handing a line over: to whom, when, and what of the employee before ends with it."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sims.forms.employee import EmployeeForm
from sims.forms.when import WhenForm
from sims.services.subscribers import NewEmployee

_PERSON = ("first_name", "last_name", "email", "employee_number", "department", "language")


class TransferForm(WhenForm, EmployeeForm):
    """``employee()`` is somebody of the company or somebody new, once the form is valid."""

    ends_split_bill = forms.BooleanField(label=_("End the split bill"), required=False)
    ends_barrings = forms.BooleanField(label=_("Lift the barrings"), required=False)

    def employee(self) -> uuid.UUID | NewEmployee:
        data: dict[str, Any] = self.cleaned_data
        if data["who"] == "existing":
            key: uuid.UUID = data["subscriber"].public_id
            return key
        return NewEmployee(**{name: data[name] for name in _PERSON})
