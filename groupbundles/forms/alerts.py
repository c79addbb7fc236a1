"""What somebody wants to be told of: for the company, a line or a bundle, and the switch beside the group bundles."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fleetportal.web.formatting import percent
from fleetportal.web.widgets import Switch
from groupbundles.alert_rules import PERCENTAGES, ROAMING_PERCENTAGES, ZERO, Wanted
from groupbundles.enums import BUNDLE_ALERTS, LINE_ALERTS, AlertKind
from groupbundles.queries.alerts import SubjectAlerts, words_of
from sims.forms.amounts import decimal_field

HIGHEST_AMOUNT = 10_000
COMPANY, OWN, OFF = "company", "own", "off"
HINTS: dict[str, Promise] = {
    AlertKind.OUT_OF_BUNDLE: _("What a number costs in a month beyond its plan and bundles, without VAT."),
    AlertKind.ALLOWANCE: _("How much of the data of its plan a SIM card has used."),
    AlertKind.ROAMING: _("How much of its roaming data limit a SIM card has used."),
    AlertKind.THIRD_PARTY: _("What a SIM card paid for parking, tickets, apps and the like, without VAT."),
    AlertKind.FIRST_PREMIUM: _("The first call or message of a month to a premium-rate number."),
    AlertKind.BUNDLE_PERCENT: _("How much of a group bundle is used."),
    AlertKind.BUNDLE_AMOUNT: _("What the SIM cards of a group bundle cost together outside of it, without VAT."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """The controls of one kind; those that it does not have are None."""

    kind: AlertKind
    hint: str | Promise
    is_on: BoundField | None
    mode: BoundField | None
    amount: BoundField | None
    levels: BoundField | None
    employee: BoundField | None
    company_words: str = ""


class _AlertForm(forms.Form):
    """Fields per kind: ``<kind>-amount`` or ``<kind>-levels``, and ``<kind>-employee`` for kinds about lines."""

    use_required_attribute = False

    def add_kind(self, kind: AlertKind, start: Wanted) -> None:
        if kind.is_percentage:
            steps = ROAMING_PERCENTAGES if kind == AlertKind.ROAMING else PERCENTAGES
            self.fields[f"{kind}-levels"] = forms.TypedMultipleChoiceField(
                label=_("Tell at"),
                choices=[(str(step), percent(step)) for step in steps],
                coerce=Decimal,
                initial=[f"{one:.0f}" for one in start.thresholds],
                required=False,
                widget=forms.CheckboxSelectMultiple(attrs={"class": "check"}),
            )
        elif kind != AlertKind.FIRST_PREMIUM:
            self.fields[f"{kind}-amount"] = decimal_field(
                label=_("Amount in euro"), highest=HIGHEST_AMOUNT, initial=start.amount
            )
        if kind.is_of_a_line:
            self.fields[f"{kind}-employee"] = forms.BooleanField(
                label=_("Mail the employee too"), required=False, initial=start.tells_employee
            )

    def row(self, kind: AlertKind, company_words: str = "") -> Row:
        found = {name: self._bound(f"{kind}-{name}") for name in ("on", "mode", "amount", "levels", "employee")}
        return Row(kind, HINTS[kind], is_on=found.pop("on"), company_words=company_words, **found)

    def _bound(self, name: str) -> BoundField | None:
        return self[name] if name in self.fields else None

    def require_threshold(self, kind: AlertKind) -> None:
        """An alert that is on needs to know from where."""
        amount, levels = f"{kind}-amount", f"{kind}-levels"
        if amount in self.fields and amount not in self.errors and self.cleaned_data.get(amount) is None:
            self.add_error(amount, str(_("Enter an amount.")))
        if levels in self.fields and levels not in self.errors and not self.cleaned_data.get(levels):
            self.add_error(levels, str(_("Choose at least one percentage.")))

    def wanted(self, kind: AlertKind, is_on: bool, otherwise: tuple[Decimal, ...]) -> Wanted:
        data = self.cleaned_data
        amount, levels = data.get(f"{kind}-amount"), data.get(f"{kind}-levels")
        thresholds = tuple(sorted(levels)) if levels else () if amount is None else (amount,)
        return Wanted(is_on, thresholds or otherwise, bool(data.get(f"{kind}-employee")))


class CompanyAlertsForm(_AlertForm):
    """Everything the company is told of; what is on in per cent is what is ticked."""

    def __init__(self, *args: Any, present: Mapping[str, Wanted], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.present = present
        for kind in AlertKind:
            start = present.get(kind, Wanted())
            if not kind.is_percentage:
                self.fields[f"{kind}-on"] = forms.BooleanField(
                    label=kind.label, required=False, initial=start.is_on, widget=Switch
                )
            self.add_kind(kind, start)

    def rows(self) -> Iterator[Row]:
        return (self.row(kind) for kind in AlertKind)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for kind in AlertKind:
            if data.get(f"{kind}-on"):
                self.require_threshold(kind)
            elif f"{kind}-amount" in self.errors:
                # Typed before it was switched off.
                del self.errors[f"{kind}-amount"]
        return data

    def choices(self) -> dict[AlertKind, Wanted]:
        data = self.cleaned_data
        return {kind: self._chosen(kind, bool(data.get(f"{kind}-on"))) for kind in AlertKind}

    def _chosen(self, kind: AlertKind, is_on: bool) -> Wanted:
        if kind.is_percentage:
            levels = self.cleaned_data[f"{kind}-levels"]
            return self.wanted(kind, bool(levels), ())
        before = self.present.get(kind, Wanted()).thresholds
        return self.wanted(kind, is_on, (ZERO,) if kind == AlertKind.FIRST_PREMIUM else before)


class _OwnAlertsForm(_AlertForm):
    """Per kind: as the company, its own, or none."""

    kinds: Sequence[str]

    def __init__(self, *args: Any, present: SubjectAlerts, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.present = present
        for kind in map(AlertKind, self.kinds):
            own = present.own.get(kind)
            self.fields[f"{kind}-mode"] = forms.ChoiceField(
                label=kind.label,
                choices=[(COMPANY, _("As the company")), (OWN, _("Its own")), (OFF, _("No alert"))],
                initial=COMPANY if own is None else OWN if own.is_on else OFF,
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose one of these.")},
            )
            self.add_kind(kind, own or present.company.get(kind, Wanted()))

    def rows(self) -> Iterator[Row]:
        company = self.present.company
        return (self.row(kind, words_of(kind, company.get(kind))) for kind in map(AlertKind, self.kinds))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for kind in map(AlertKind, self.kinds):
            if data.get(f"{kind}-mode") == OWN:
                self.require_threshold(kind)
            else:
                self.errors.pop(f"{kind}-amount", None)
        return data

    def choices(self) -> dict[AlertKind, Wanted | None]:
        return {kind: self._chosen(kind) for kind in map(AlertKind, self.kinds)}

    def _chosen(self, kind: AlertKind) -> Wanted | None:
        mode = self.cleaned_data[f"{kind}-mode"]
        if mode == COMPANY:
            return None
        # One that is off stands in a row all the same: else the line would follow the company.
        return self.wanted(kind, mode == OWN, (ZERO,))


class LineAlertsForm(_OwnAlertsForm):
    kinds = LINE_ALERTS


class BundleAlertsForm(_OwnAlertsForm):
    kinds = BUNDLE_ALERTS


class AlertSwitchForm(forms.Form):
    """The amount outside the bundle per number: on or off, and from how much."""

    use_required_attribute = False

    is_on = forms.BooleanField(label=_("Tell me"), required=False, widget=Switch)

    def __init__(self, *args: Any, present: Wanted, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.present = present
        self.fields["is_on"].initial = present.is_on
        self.fields["amount"] = decimal_field(
            label=_("From how many euro per number"), highest=HIGHEST_AMOUNT, required=True, initial=present.amount
        )

    def chosen(self) -> Wanted:
        data = self.cleaned_data
        return Wanted(data["is_on"], (data["amount"],), self.present.tells_employee)
