"""The rows of a request for several numbers: each its number, new card, employee and what differs from the rest.

What all rows need to know is looked up together, in a few queries however many rows there are.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from fleetportal.web.formatting import iccid, phone
from sims.forms.card_check import CheckedCard, usable_card
from sims.forms.donor import number_of, old_card
from sims.identifiers import iccid_core
from sims.models import Subscriber
from sims.queries.adding import numbers_in_trouble, people_called
from sims.queries.cards import SHORTEST_ENDING, digits_of, find_cards, stock_cards
from sims.services.port_batches import MOST_NUMBERS
from sims.services.subscribers import NewEmployee

ROW_FIELDS = (
    "number", "employee", "iccid", "iccid_seen", "donor_iccid", "plan", "billing_account", "cost_centre",
)  # fmt: skip
# What makes a row one; the rest is chosen for it.
TYPED = ("number", "employee", "iccid", "donor_iccid")
LONGEST = 140
Row = dict[str, str]


def kept_rows(answers: Mapping[str, Any]) -> list[Row]:
    """The rows of a draft as they were typed."""
    rows: list[Row] = list(answers.get("rows") or [])
    return rows


def posted_rows(data: Any, *, without: str = "") -> list[Row]:
    """The rows of a form that was sent; a row without anything in it is no row, and ``without`` is left out."""
    rows = []
    for n in range(MOST_NUMBERS + 1):
        if str(n) == without:
            continue
        found = {
            name: str(data[f"row-{n}-{name}"]).replace("\x00", "").strip()[:LONGEST]
            for name in ROW_FIELDS
            if data.get(f"row-{n}-{name}")
        }
        if set(found) & set(TYPED):
            rows.append(found)
    return rows


def with_cards(customer: Customer, rows: Sequence[Row]) -> list[Row]:
    """The same rows, those without a card with the next ones in stock, as long as there are any."""
    typed = [digits_of(row.get("iccid", "")) for row in rows]
    free = [card.iccid for card in stock_cards(customer).filter(is_esim=False)[: 2 * len(rows)]]
    cards = (card for card in free if not any(digits and card.endswith(digits[-SHORTEST_ENDING:]) for digits in typed))
    return [row if row.get("iccid") else row | {"iccid": card} if (card := next(cards, "")) else row for row in rows]


@dataclass(frozen=True)
class RowLookup:
    """What the rows mean for this company.

    ``needs_old_card``: the donor has nothing else to check; ``asks_old_card``: it may look at it.
    """

    customer: Customer
    language: str
    rows: Sequence[Mapping[str, str]]
    adds_people: bool = False
    needs_old_card: bool = False
    asks_old_card: bool = False

    @cached_property
    def numbers(self) -> Counter[str]:
        """How often each number occurs."""
        found: Counter[str] = Counter()
        for row in self.rows:
            with suppress(ValidationError):
                found[number_of(row.get("number", ""))] += 1
        return found

    @cached_property
    def trouble(self) -> dict[str, str]:
        return numbers_in_trouble(self.customer, list(self.numbers))

    @cached_property
    def people(self) -> dict[str, list[Subscriber]]:
        return people_called(self.customer, {text for row in self.rows if (text := row.get("employee"))})

    @cached_property
    def _found_cards(self) -> Any:
        return find_cards(self.customer, {text for row in self.rows if (text := row.get("iccid"))})

    @cached_property
    def _checked(self) -> dict[str, CheckedCard | ValidationError]:
        return {}

    @cached_property
    def cards(self) -> Counter[str]:
        """How often each card that may be used occurs."""
        found: Counter[str] = Counter()
        for row in self.rows:
            if row.get("iccid"):
                with suppress(ValidationError):
                    found[iccid_core(self.card(row["iccid"]).iccid)] += 1
        return found

    def card(self, typed: str) -> CheckedCard:
        """The usable card that was meant, asked from the operator once when it is not in stock."""
        if typed not in self._checked:
            try:
                self._checked[typed] = usable_card(self._found_cards[typed], typed)
            except ValidationError as error:
                self._checked[typed] = error
        answer = self._checked[typed]
        if isinstance(answer, ValidationError):
            raise answer
        return answer

    def person(self, text: str) -> Subscriber | NewEmployee:
        """The employee who is called so, or somebody new; raises ``ValidationError``."""
        found = self.people.get(text, [])
        if len(found) == 1:
            return found[0]
        if found:
            raise ValidationError(_("Several employees have this name. Enter the employee number."))
        if not self.adds_people or "@" in text:
            raise ValidationError(
                _("Nobody in your list is called this. Correct it, or tick that new names are to be added.")
            )
        return self._new_person(text)

    def _new_person(self, text: str) -> NewEmployee:
        first, last = text, ""
        if "," in text:
            last, _comma, first = (part.strip() for part in text.partition(","))
        elif " " in text:
            first, _space, last = text.partition(" ")
        if not (first and last):
            raise ValidationError(_("Enter first name and last name of a new employee."))
        if len(first) > 60 or len(last) > 60:
            raise ValidationError(_("This name is too long. First and last name have at most 60 characters each."))
        return NewEmployee(first_name=first, last_name=last.strip(), language=self.language)


Choices = Sequence[tuple[str, Any]]
# The lists of the page that a cell is completed from.
_LISTS = {"employee": "people", "iccid": "cards"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a row as the page shows it."""

    field: forms.BoundField
    value: str
    choices: str

    @property
    def is_digits(self) -> bool:
        return self.field.name != "employee"


class RowForm(forms.Form):
    """One number. ``cleaned_data["employee"]`` is an employee or a new one; an empty choice is that of all rows."""

    use_required_attribute = False

    number = forms.CharField(
        label=_("Number"), max_length=40, error_messages={"required": _("Enter the number to bring along.")}
    )
    employee = forms.CharField(
        label=_("Employee"), max_length=LONGEST, error_messages={"required": _("Enter who gets this number.")}
    )
    iccid = forms.CharField(
        label=_("New SIM card"), max_length=60, error_messages={"required": _("Enter the number of the new SIM card.")}
    )
    iccid_seen = forms.CharField(required=False, max_length=22)
    donor_iccid = forms.CharField(label=_("Old SIM card"), required=False, max_length=60)
    plan = forms.ChoiceField(label=_("Tariff plan"), required=False)
    billing_account = forms.ChoiceField(label=_("Billing account"), required=False)
    cost_centre = forms.ChoiceField(label=_("Cost centre"), required=False)

    def __init__(
        self, data: Any, *, position: int, lookup: RowLookup, choices: Mapping[str, Choices], initial: Row
    ) -> None:
        super().__init__(data, prefix=f"row-{position}", label_suffix="", initial=dict(initial))
        self.position, self.lookup = position, lookup
        self.checked: CheckedCard | None = None
        for name, offered in choices.items():
            self.fields[name].choices = [("", _("As for all")), *offered]  # type: ignore[attr-defined]
            self.fields[name].error_messages["invalid_choice"] = _("Choose one from the list.")

    def shown(self, name: str) -> str:
        """The value as people read it; what is no number stays as it was typed."""
        value = str(self[name].value() or "")
        if name == "number":
            return phone(value) if value.startswith("+32") else value
        return iccid(value) if value.isdigit() else value

    @property
    def cells(self) -> list[Cell]:
        """What is typed for each row, in its order."""
        names = TYPED if self.lookup.asks_old_card else TYPED[:-1]
        return [Cell(self[name], self.shown(name), _LISTS.get(name, "")) for name in names]

    @property
    def choices(self) -> list[forms.BoundField]:
        """What is chosen only where it differs from all the others."""
        return [self[name] for name in ("plan", "billing_account", "cost_centre")]

    @property
    def is_different(self) -> bool:
        """Whether something of this row is not as for all numbers."""
        return any(cell.value() or cell.errors for cell in self.choices)

    @property
    def seen(self) -> str:
        """The card whose warnings stand on the page, so that sending it again confirms it."""
        return self.checked.iccid if self.checked and self.checked.warnings else ""

    def clean_number(self) -> str:
        number = number_of(self.cleaned_data["number"])
        if self.lookup.numbers[number] > 1:
            raise ValidationError(_("This number stands here twice. Remove one of the rows."))
        if trouble := self.lookup.trouble.get(number):
            raise ValidationError(trouble)
        return number

    def clean_employee(self) -> Subscriber | NewEmployee:
        return self.lookup.person(self.cleaned_data["employee"])

    def clean_iccid(self) -> str:
        self.checked = self.lookup.card(self.cleaned_data["iccid"])
        if self.lookup.cards[iccid_core(self.checked.iccid)] > 1:
            raise ValidationError(_("This SIM card stands here twice. Choose another one for one of the rows."))
        return self.checked.iccid

    def clean_donor_iccid(self) -> str:
        typed = self.cleaned_data["donor_iccid"]
        if not typed and self.lookup.needs_old_card:
            raise ValidationError(_("Enter the old SIM card number; there is no customer number."))
        return old_card(typed) if typed else ""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.checked and self.checked.warnings and data.get("iccid_seen") != self.checked.iccid:
            text = _("Compare the number with the card, then continue to confirm it.")
            self.add_error("iccid", ValidationError([*self.checked.warnings, text]))
        return data
