"""Which traffic is barred: the switches of one line, the same wish for many lines, and templates."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from fleetportal.web.errors import Refusal
from sims.barrings import (
    CATALOGUE,
    GROUPS,
    Barring,
    container_of,
    difference,
    in_order,
    label,
    labels,
    moved,
    offered,
    why_not_all_numbers,
    without_contained,
)
from sims.forms.when import WhenForm, offer, revision
from sims.models import BarringTemplate, Line
from sims.orders.kinds.barrings import BarringsWish, exactly
from sims.queries.barrings import barring_templates


@dataclass(frozen=True, slots=True)
class Switch:
    """One kind of traffic. ``container`` is the name of the wider barring that contains it and is on."""

    barring: Barring
    control_id: str
    is_on: bool
    container: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class SwitchGroup:
    """The switches under one heading; ``key`` is that of ``sims.barrings.GROUPS``."""

    key: str
    label: str
    switches: list[Switch]


def switch_groups(chosen: Collection[str], before: Collection[str] | None = None) -> list[SwitchGroup]:
    """What the operator offers, as switches; those that differ from ``before`` are marked."""
    found = []
    barrings = offered()
    on, was_on = without_contained(chosen), None if before is None else without_contained(before)
    for key, name in GROUPS.items():
        switches = [_switch(barring, on, was_on) for barring in barrings if barring.group == key]
        if switches:
            found.append(SwitchGroup(key, str(name), switches))
    return found


def _switch(barring: Barring, on: tuple[str, ...], was_on: tuple[str, ...] | None) -> Switch:
    container = container_of(barring.code, on)
    is_barred = barring.code in on or bool(container)
    was_barred = was_on is not None and (barring.code in was_on or bool(container_of(barring.code, was_on)))
    return Switch(
        barring=barring,
        control_id=f"id_barrings_{barring.code}",
        is_on=barring.code in on,
        container=label(container) if container else "",
        is_changed=was_on is not None and is_barred != was_barred,
    )


def _codes_field(name: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=name,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("The operator cannot bar this kind of traffic.")},
    )


class BarringsForm(WhenForm):
    """The switches of one line. ``preset`` are codes to begin with instead of the line's own, those of a template.

    ``shown`` is what the page took for the line's barrings: only the difference from it is asked for.
    """

    barrings = _codes_field(_("Barrings"))
    shown = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)

    def __init__(self, *args: Any, line: Line, preset: Iterable[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line
        known = {barring.code for barring in offered()}
        offer(self.fields["barrings"], [(code, label(code)) for code in in_order(known)])
        # What the operator bars of itself has no switch; it stays as it is.
        self.before = tuple(code for code in without_contained(line.barrings) if code in known)
        self.others = labels(code for code in without_contained(line.barrings) if code not in known)
        self.initial.setdefault("barrings", list(self.before if preset is None else preset))

    @property
    def shown_now(self) -> str:
        """The hidden value that belongs to the line as it is."""
        return ",".join(self.before)

    @property
    def key(self) -> str:
        """Part of the form's id: a page that looks again by itself leaves the form alone while this stays the same."""
        return revision(self.shown_now)

    @cached_property
    def chosen(self) -> tuple[str, ...]:
        """What the switches say right now, posted or not."""
        value = self["barrings"].value()
        codes = [str(code) for code in value] if isinstance(value, list | tuple) else []
        return without_contained([code for code in codes if code in CATALOGUE])

    @property
    def groups(self) -> list[SwitchGroup]:
        return switch_groups(self.chosen, self.before)

    @property
    def changes(self) -> int:
        """How many switches were moved; what a wider barring takes along is not counted."""
        return sum(len(codes) for codes in moved(self.before, self.chosen))

    def clean(self) -> dict[str, Any]:
        """The line may have changed since the page was made: the difference would be another one."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("shown") != self.shown_now:
            self.add_error(None, _("The barrings of this line changed in the meantime. Look at them again."))
        return data

    @property
    def in_words(self) -> str:
        """The changes as a request tells them: a plus for what is barred, a minus for what is allowed again."""
        return difference(self.before, self.chosen)

    @property
    def law_note(self) -> str:
        return why_not_all_numbers()

    def wish(self) -> BarringsWish:
        allowed = [code for code in self.before if code not in self.chosen]
        return BarringsWish(
            bar=tuple(code for code in self.chosen if code not in self.before),
            allow=tuple(code for code in allowed if not container_of(code, self.chosen)),
        )


class BarringsOfManyForm(WhenForm):
    """For many lines at once: the barrings of a template, or some to bar and some to allow while the rest stays."""

    template = forms.ModelChoiceField(
        label=_("Template"),
        queryset=BarringTemplate.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label=_("No template: choose below"),
        error_messages={"invalid_choice": _("Choose a template from the list.")},
    )
    bar = _codes_field(_("Bar"))
    allow = _codes_field(_("Allow"))

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["template"]).queryset = barring_templates(customer)
        for name in ("bar", "allow"):
            offer(self.fields[name], [(barring.code, barring.label) for barring in offered()])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        bar, allow = set(data.get("bar", ())), set(data.get("allow", ()))
        if self.errors or data.get("template"):
            return data
        if not bar and not allow:
            self.add_error("template", _("Choose a template, or what to bar or to allow."))
        for code in in_order(allow):
            if code in bar or container_of(code, bar):
                self.add_error("allow", _("“%(name)s” cannot be barred and allowed at once.") % {"name": label(code)})
        return data

    def wish(self) -> BarringsWish:
        if (template := self.cleaned_data.get("template")) is not None:
            return exactly(tuple(template.codes))
        return BarringsWish(bar=tuple(self.cleaned_data["bar"]), allow=tuple(self.cleaned_data["allow"]))


class BarringTemplateForm(forms.Form):
    """Name and barrings of a template."""

    use_required_attribute = False

    name = forms.CharField(label=_("Name"), max_length=40, error_messages={"required": _("Give the template a name.")})
    barrings = _codes_field(_("Barrings"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["barrings"].required = True
        self.fields["barrings"].error_messages["required"] = _("Choose at least one kind of traffic to bar.")
        offer(self.fields["barrings"], [(barring.code, barring.label) for barring in offered()])

    @property
    def groups(self) -> list[SwitchGroup]:
        value = self["barrings"].value()
        codes = [str(code) for code in value] if isinstance(value, list | tuple) else []
        return switch_groups([code for code in codes if code in CATALOGUE])

    @property
    def law_note(self) -> str:
        return why_not_all_numbers()

    def refuse(self, refusal: Refusal) -> None:
        """A rule of the service, beside the field it is about."""
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))
