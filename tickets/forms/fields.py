"""The form field that fits each type of field in the catalogue, and how what was typed is kept on the ticket."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice
from fleetportal.web import formatting
from fleetportal.web.widgets import DateInput
from sims.forms.pasted_numbers import rows_of
from sims.identifiers import IdentifierError, clean, normalise_msisdn
from sims.models import Line
from tickets.enums import FieldType
from tickets.models import ItemField
from tickets.models.catalogue import in_language, texts_of

MOST_LINES, MOST_INVOICES = 50, 36
REQUIRED = {"required": _("Fill this in: the help desk needs it to help you.")}
TOO_LONG = {"max_length": _("Keep this under %(limit_value)d characters.")}


class LinesField(forms.CharField):
    """Numbers of the company, typed or pasted, one or several; cleaned to its lines."""

    def __init__(self, *, lines: Any, **kwargs: Any) -> None:
        super().__init__(max_length=2000, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}), **kwargs)
        self.lines = lines

    def clean(self, value: Any) -> list[Line]:
        text = super().clean(value)
        typed = [cell for _n, row in rows_of(text) if (cell := row.get("number", ""))]
        if len(typed) > MOST_LINES:
            raise ValidationError(gettext("At most %(n)s numbers; describe the rest in words.") % {"n": MOST_LINES})
        numbers = [self._number(cell) for cell in typed]
        found = {line.number: line for line in self.lines.filter(number__in=numbers).order_by("pk")}
        if unknown := [number for number in numbers if number not in found]:
            raise ValidationError(
                gettext("%(number)s is not a number of your company.") % {"number": formatting.phone(unknown[0])}
            )
        return [found[number] for number in dict.fromkeys(numbers)]

    @staticmethod
    def _number(cell: str) -> str:
        try:
            return normalise_msisdn(cell)
        except IdentifierError as error:
            text = gettext("%(text)s is not a mobile number, such as 0468 12 34 56.")
            raise ValidationError(text % {"text": cell[:40]}) from error


class PhoneField(forms.CharField):
    """Any number in the world, kept as E.164."""

    def clean(self, value: Any) -> str:
        text = clean(super().clean(value))
        if not text:
            return ""
        try:
            parsed = phonenumbers.parse(text, "BE")
        except phonenumbers.NumberParseException:
            parsed = None
        if parsed is None or not phonenumbers.is_possible_number(parsed):
            raise ValidationError(gettext("Enter a phone number, such as 0468 12 34 56 or +33 1 23 45 67 89."))
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _text(field: ItemField, about: "About") -> forms.Field:
    return forms.CharField(max_length=200, error_messages=REQUIRED | TOO_LONG, **_usual(field))


def _long_text(field: ItemField, about: "About") -> forms.Field:
    area = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(max_length=4000, widget=area, error_messages=REQUIRED | TOO_LONG, **_usual(field))


def _number(field: ItemField, about: "About") -> forms.Field:
    errors = REQUIRED | {
        "invalid": _("Enter a whole number."),
        "min_value": _("Enter 0 or more."),
        "max_value": _("This number is too high."),
    }
    return forms.IntegerField(min_value=0, max_value=1_000_000, error_messages=errors, **_usual(field))


def _date(field: ItemField, about: "About") -> forms.Field:
    errors = REQUIRED | {"invalid": _("Enter a date, such as 24/12/2026.")}
    return forms.DateField(
        widget=DateInput(), input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"], error_messages=errors, **_usual(field)
    )


def _choice(field: ItemField, about: "About") -> forms.Field:
    choices = [("", gettext("Choose")), *((choice["code"], in_language(choice)) for choice in field.choices)]
    return forms.ChoiceField(choices=choices, error_messages=REQUIRED, **_usual(field))


def _yes_no(field: ItemField, about: "About") -> forms.Field:
    choices = [("", gettext("Choose")), ("yes", gettext("Yes")), ("no", gettext("No"))]
    return forms.ChoiceField(choices=choices, error_messages=REQUIRED, **_usual(field))


def _phone(field: ItemField, about: "About") -> forms.Field:
    tel = forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"})
    return PhoneField(max_length=40, widget=tel, error_messages=REQUIRED | TOO_LONG, **_usual(field))


def _lines(field: ItemField, about: "About") -> forms.Field:
    return LinesField(lines=about.lines, error_messages=REQUIRED, **_usual(field))


def _invoice(field: ItemField, about: "About") -> forms.Field:
    """The newest of those the person may see; who sees none types a number."""
    if not about.invoices:
        return _text(field, about)
    choices = [("", gettext("No particular invoice")), *((str(one.public_id), one.number) for one in about.invoices)]
    return forms.ChoiceField(choices=choices, error_messages=REQUIRED, **_usual(field))


def _usual(field: ItemField) -> dict[str, Any]:
    return {"label": field.name, "help_text": field.description, "required": field.is_required}


class About:
    """What the fields can be about: lines of the company, and the newest invoices this person may see."""

    def __init__(self, *, lines: Any, invoices: Sequence[Invoice]) -> None:
        self.lines = lines
        self.invoices = invoices

    def invoice(self, public_id: str) -> Invoice | None:
        return next((one for one in self.invoices if str(one.public_id) == public_id), None)


_MAKERS: dict[str, Callable[[ItemField, About], forms.Field]] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _long_text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.CHOICE: _choice,
    FieldType.LINE: _lines,
    FieldType.INVOICE: _invoice,
    FieldType.PHONE: _phone,
    FieldType.YES_NO: _yes_no,
}


def form_field(field: ItemField, about: About) -> forms.Field:
    return _MAKERS[field.type](field, about)


def answer_of(field: ItemField, value: Any, about: About) -> dict[str, Any] | None:
    """What a ticket keeps of a field; None where nothing was typed."""
    if value in (None, "", []):
        return None
    texts = None
    match field.type:
        case FieldType.CHOICE:
            texts = next({k: v for k, v in one.items() if k != "code"} for one in field.choices if one["code"] == value)
        case FieldType.YES_NO:
            value = value == "yes"
        case FieldType.LINE:
            value = [line.number for line in value]
        case FieldType.INVOICE:
            invoice = about.invoice(value)
            value = invoice.number if invoice else value
    if isinstance(value, date):
        value = value.isoformat()
    return {"code": field.code, "type": field.type, "label": texts_of(field), "value": value, "texts": texts}
