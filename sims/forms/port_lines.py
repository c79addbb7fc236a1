"""Who gets which number: the rows of a request with what is chosen for all of them at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import BillingAccount
from fleetportal.web.formatting import colon, language
from sims.forms.port_rows import Row, RowForm, RowLookup, kept_rows, posted_rows
from sims.forms.steps import Scene, StepForm
from sims.queries.adding import available_plans, cost_centre_choices, last_added_line
from sims.services.port_batches import MOST_NUMBERS


@dataclass(frozen=True, slots=True)
class Told:
    """One row before it is sent, in words."""

    number: str
    iccid: str
    person: str
    is_new: bool
    plan: str
    account: str
    centre: str


class LinesQuestion(StepForm):
    """Who gets which number on which card; plan, account and cost centre for all, and otherwise per row."""

    plan = forms.ChoiceField(
        label=_("Tariff plan"),
        error_messages={
            "required": _("Choose a tariff plan."),
            "invalid_choice": _("Choose a tariff plan from the list."),
        },
    )
    billing_account = forms.ChoiceField(
        label=_("Billing account"),
        error_messages={
            "required": _("Choose a billing account."),
            "invalid_choice": _("Choose a billing account from the list."),
        },
    )
    cost_centre = forms.ChoiceField(
        label=_("Cost centre"),
        required=False,
        error_messages={"invalid_choice": _("Choose a cost centre from the list.")},
    )
    adds_people = forms.BooleanField(
        label=_("Add names that are not in the list as new employees"),
        required=False,
        widget=forms.CheckboxInput(),
    )

    def __init__(self, data: Any = None, *, scene: Scene, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, scene=scene, initial=initial)
        customer = scene.customer
        self.plans = {str(plan.pk): plan for plan in available_plans(customer)}
        accounts = [(str(a.pk), str(a)) for a in BillingAccount.objects.for_customer(customer)]
        self.choices: dict[str, list[tuple[str, Any]]] = {
            "plan": [(key, plan.name) for key, plan in self.plans.items()],
            "billing_account": accounts,
            "cost_centre": [(str(key), label) for key, label in cost_centre_choices(customer)],
        }
        for name, empty in EMPTY.items():
            self.fields[name].choices = [("", empty), *self.choices[name]]  # type: ignore[attr-defined]
        if data is None and not self.initial.get("plan"):
            self._start_from_last_line(accounts)

    def _start_from_last_line(self, accounts: list[tuple[str, str]]) -> None:
        last = last_added_line(self.scene.customer, self.scene.user)
        if last is not None:
            self.initial.setdefault("plan", last.plan_id)
            self.initial.setdefault("billing_account", last.billing_account_id)
            self.initial.setdefault("cost_centre", last.cost_centre_id)
        if len(accounts) == 1:
            self.initial.setdefault("billing_account", accounts[0][0])

    @classmethod
    def raw(cls, data: QueryDict) -> dict[str, Any]:
        return super().raw(data) | {"rows": posted_rows(data)}

    @property
    def raw_rows(self) -> list[Row]:
        return posted_rows(self.data) if self.is_bound else kept_rows(self.initial)

    @cached_property
    def lookup(self) -> RowLookup:
        operator = self.scene.answers.get("operator", {})
        has_customer_number = bool(operator.get("donor_customer_number"))
        return RowLookup(
            customer=self.scene.customer,
            language=language(),
            rows=self.raw_rows,
            adds_people=bool(self["adds_people"].value()),
            needs_old_card=not has_customer_number,
            asks_old_card=not has_customer_number or operator.get("contract") == "prepaid",
        )

    @cached_property
    def rows(self) -> list[RowForm]:
        """One form per number, bound as this one is."""
        return [self._row(n, row, is_bound=self.is_bound) for n, row in enumerate(self.raw_rows)]

    def empty_row(self) -> RowForm:
        """One more, to be filled in."""
        return self._row(len(self.rows), {}, is_bound=False)

    def _row(self, position: int, row: Row, *, is_bound: bool) -> RowForm:
        data = {f"row-{position}-{name}": value for name, value in row.items()} if is_bound else None
        return RowForm(data, position=position, lookup=self.lookup, choices=self.choices, initial=row)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.rows:
            raise ValidationError(_("Enter at least one number."))
        if len(self.rows) > MOST_NUMBERS:
            raise ValidationError(_("A request has at most %(most)s numbers.") % {"most": MOST_NUMBERS})
        return data

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(row.is_valid() for row in self.rows)])

    def told(self) -> list["Told"]:
        """The rows as they were typed, in the reader's words; who is in nobody's list will be new."""
        labels = {name: {str(key): label for key, label in offered} for name, offered in self.choices.items()}

        def chosen(row: Row, name: str) -> str:
            return str(labels[name].get(row.get(name) or str(self[name].value() or ""), "")).strip()

        people = self.lookup.people
        return [
            Told(
                number=shown.shown("number"),
                iccid=shown.shown("iccid"),
                person=people[text][0].full_name if people.get(text := row.get("employee", "")) else text,
                is_new=not people.get(row.get("employee", "")),
                plan=chosen(row, "plan"),
                account=chosen(row, "billing_account"),
                centre=chosen(row, "cost_centre"),
            )
            for row, shown in zip(self.raw_rows, self.rows, strict=True)
        ]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What must be corrected: the id of the control and the words, those of a row with its number."""
        if not self.is_bound:
            return []
        found = [
            (f"id_{name}" if name in self.fields else "", str(text))
            for name, some in self.errors.items()
            for text in some
        ]
        for row in self.rows:
            name = row.shown("number") or gettext("Row %(n)s") % {"n": row.position + 1}
            found += [(row[field].auto_id, colon(name, text)) for field, some in row.errors.items() for text in some]
        return found

    @property
    def total(self) -> Decimal:
        """Euro per month for the plans of all rows as they are chosen, without VAT."""
        chosen = [self.plans.get(row.get("plan") or str(self["plan"].value() or "")) for row in self.raw_rows]
        return sum((plan.price_month for plan in chosen if plan), Decimal())


EMPTY: dict[str, Any] = {
    "plan": _("Choose a tariff plan"),
    "billing_account": _("Choose a billing account"),
    "cost_centre": _("No cost centre"),
}
