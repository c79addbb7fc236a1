"""A new ticket on one page: subject, item, the fields of that item, the question in words, files."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice
from sims.models import Line
from tickets.enums import FieldType
from tickets.forms.attachments import files_field
from tickets.forms.fields import About, answer_of, form_field
from tickets.models import Item, ItemField, Subject

PREFIX = "f_"
# Asked on every item once something is filled in: where the person came from is not lost by choosing another item.
ALWAYS = (
    ItemField(code="lines", type=FieldType.LINE, name_nl="Simkaarten", name_fr="Cartes SIM", name_en="SIM cards"),
    ItemField(code="invoice", type=FieldType.INVOICE, name_nl="Factuur", name_fr="Facture", name_en="Invoice"),
)


class TicketForm(forms.Form):
    """``data`` is what was sent, to be checked; ``shown`` what is only shown again while one chooses."""

    use_required_attribute = False

    key = forms.UUIDField(widget=forms.HiddenInput)
    subject = forms.ChoiceField(
        label=_("What is it about?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it is about."), "invalid_choice": _("Choose what it is about.")},
    )
    item = forms.ChoiceField(
        label=_("More details"), required=False, error_messages={"invalid_choice": _("Choose one of the details.")}
    )
    text = forms.CharField(
        label=_("Your question"),
        help_text=_("What happens, and what did you expect? Never write a password, PIN or PUK here."),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={
            "required": _("Write your question in a few words."),
            "max_length": _("Your question is too long. Add the rest as a file."),
        },
    )
    attached = files_field()

    def __init__(
        self,
        data: Any = None,
        *,
        subjects: Sequence[Subject],
        about: About,
        shown: Mapping[str, Any] | None = None,
    ) -> None:
        values = data if data is not None else shown or {}
        super().__init__(data, initial={"key": uuid.uuid4(), **{name: values[name] for name in values}})
        self.subjects, self.about = subjects, about
        self.fields["subject"].choices = [(one.code, one.name) for one in subjects]  # type: ignore[attr-defined]
        self.chosen = self._chosen(values)
        if self.chosen is None:
            del self.fields["item"]
            return
        items = self.chosen.subject.choosable  # type: ignore[attr-defined]
        self.fields["item"].choices = [(item.code, item.name) for item in items]  # type: ignore[attr-defined]
        self.initial["item"] = self.chosen.code
        for field in self._asked(values):
            self.fields[PREFIX + field.code] = form_field(field, self.about)
        self.order_fields(["key", "subject", "item", *self.detail_names, "text", "attached"])

    def _chosen(self, values: Mapping[str, Any]) -> Item | None:
        """The item that counts: the one that was chosen, else the first of the subject."""
        subject = next((one for one in self.subjects if one.code == values.get("subject")), None)
        if subject is None:
            return None
        items: list[Item] = subject.choosable  # type: ignore[attr-defined]
        chosen = next((item for item in items if item.code == values.get("item")), items[0])
        chosen.subject = subject
        return chosen

    def _asked(self, values: Mapping[str, Any]) -> list[ItemField]:
        assert self.chosen is not None
        own = list(self.chosen.fields.all())
        types = {field.type for field in own}
        return own + [one for one in ALWAYS if one.type not in types and values.get(PREFIX + one.code)]

    @cached_property
    def asked(self) -> list[ItemField]:
        return self._asked(self.data if self.is_bound else self.initial) if self.chosen else []

    @property
    def detail_names(self) -> list[str]:
        return [name for name in self.fields if name.startswith(PREFIX)]

    @property
    def details(self) -> list[Any]:
        return [self[name] for name in self.detail_names]

    @property
    def is_of_another_subject(self) -> bool:
        """The subject was changed and the fields on the page are still those of the one before."""
        sent = self.data.get("item")
        return bool(sent) and self.chosen is not None and sent != self.chosen.code

    def answers(self) -> list[dict[str, Any]]:
        """What the ticket keeps, of a valid form."""
        found = [answer_of(field, self.cleaned_data[PREFIX + field.code], self.about) for field in self.asked]
        return [answer for answer in found if answer is not None]

    def lines(self) -> list[Line]:
        found = [self.cleaned_data[PREFIX + field.code] for field in self.asked if field.type == FieldType.LINE]
        return list({line.pk: line for lines in found for line in lines}.values())

    def invoice(self) -> Invoice | None:
        found = [self.cleaned_data[PREFIX + field.code] for field in self.asked if field.type == FieldType.INVOICE]
        return next((invoice for value in found if (invoice := self.about.invoice(value))), None)


class NoteForm(forms.Form):
    """Something said on a ticket."""

    use_required_attribute = False

    key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Your message"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": _("Write your message."),
            "max_length": _("Your message is too long. Add the rest as a file."),
        },
    )
    attached = files_field()

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"key": uuid.uuid4()})
