"""Which SIM cards come into a bundle: the part that asking for a bundle and changing one have in common."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from groupbundles.orders.wording import obstacles_text
from groupbundles.queries.choosing import (
    ALL,
    CENTRE,
    CHOSEN,
    DEPARTMENT,
    NOBODY,
    Chosen,
    Groups,
    as_texts,
    named_lines,
    search_lines,
    whole_group,
)
from sims.forms.when import offer
from sims.models import Line

# Ten thousand numbers, each on its line.
LONGEST_LIST = 200_000
MOST_NAMED = 5


class AnyChoices(forms.MultipleChoiceField):
    """Takes whatever is ticked; who it is, is looked up in the company's own rows."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value: Any) -> bool:
        return True


def numbers_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_LIST,
        widget=forms.Textarea(attrs={"rows": 4, "class": "input input--area", "autocomplete": "off"}),
        error_messages={"max_length": _("That is too much at once. Take at most ten thousand numbers.")},
    )


def first_few(texts: Sequence[str]) -> str:
    return ", ".join(texts[:MOST_NAMED]) + (" …" if len(texts) > MOST_NAMED else "")


class LinesForm(forms.Form):
    """``chosen`` is who is meant right now, also while the form is not valid yet.

    ``kind`` is the bundle's, empty while no size was chosen; ``bundle`` its public id, perhaps still to be made.
    """

    scope = forms.ChoiceField(
        label=_("SIM cards"), widget=forms.RadioSelect, error_messages={"required": _("Choose which SIM cards.")}
    )
    department = forms.ChoiceField(label=_("Department"), required=False)
    centre = forms.ChoiceField(label=_("Cost centre"), required=False)
    line = AnyChoices(label=_("SIM cards found"), required=False)
    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    numbers = numbers_field(_("Numbers"))
    leave_out = forms.BooleanField(label=_("Leave them out and go on with the others"), required=False)

    customer: Customer

    @property
    def kind(self) -> str:
        raise NotImplementedError

    @property
    def bundle(self) -> UUID:
        raise NotImplementedError

    def offer_groups(self, scopes: Sequence[tuple[str, Any]], groups: Groups) -> None:
        """What can be chosen of the company's own."""
        offer(self.fields["scope"], scopes)
        offer(self.fields["department"], [("", _("Choose a department")), *groups.departments])
        offer(self.fields["centre"], [("", _("Choose a cost centre")), *groups.centres])

    @property
    def ticked(self) -> list[str]:
        return as_texts(self["line"].value())

    @cached_property
    def chosen(self) -> Chosen:
        scope = self["scope"].value()
        if not self.kind or scope == NOBODY:
            return Chosen()
        if scope == CHOSEN:
            numbers = str(self["numbers"].value() or "").replace("\x00", "")
            return named_lines(self.customer, self.kind, but=self.bundle, ids=self.ticked, numbers=numbers)
        return whole_group(
            self.customer,
            self.kind,
            but=self.bundle,
            scope=str(scope),
            department=str(self["department"].value() or ""),
            centre=str(self["centre"].value() or ""),
        )

    @cached_property
    def found(self) -> list[Line]:
        """What the search found beside who was ticked already."""
        if self["scope"].value() != CHOSEN:
            return []
        text = str(self["q"].value() or "").replace("\x00", "")
        return search_lines(self.customer, text, but=[line.pk for line in self.chosen.lines])

    @property
    def ticked_lines(self) -> list[Line]:
        ticked = set(self.ticked)
        return [line for line in self.chosen.lines if str(line.public_id) in ticked]

    @property
    def obstacles_text(self) -> str:
        return obstacles_text(self.chosen.obstacles)

    @property
    def unknown_text(self) -> str:
        """What was written down and is no number of the company."""
        return first_few(self.chosen.unknown)

    def check_lines(self, data: dict[str, Any]) -> None:
        """Errors beside the fields that have to be corrected."""
        scope = data.get("scope")
        if scope == DEPARTMENT and not data.get("department"):
            self.add_error("department", _("Choose a department."))
        elif scope == CENTRE and not data.get("centre"):
            self.add_error("centre", _("Choose a cost centre."))
        elif scope == CHOSEN and "numbers" not in self.errors:
            self._check_named(leaves_out=bool(data.get("leave_out")))
        elif scope == ALL and self.kind and not self.chosen.keys:
            self.add_error("scope", _("There is no SIM card left that can join. Choose others."))

    def _check_named(self, *, leaves_out: bool) -> None:
        chosen = self.chosen
        if chosen.unknown:
            message = _("These are no numbers of your company: %(numbers)s.")
            self.add_error("numbers", ValidationError(message, params={"numbers": self.unknown_text}))
        elif chosen.obstacles and not leaves_out:
            message = _("These cannot join: %(lines)s.")
            self.add_error("leave_out", ValidationError(message, params={"lines": self.obstacles_text}))
        elif self.kind and not chosen.keys:
            self.add_error("numbers", _("Search for a SIM card and tick it, or write down its number."))
