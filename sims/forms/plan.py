"""Step 3 of "add SIM card": the tariff plan and the options that go with it."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fleetportal.web.formatting import data_allowance
from fleetportal.web.parameters import whole_number
from sims.forms.steps import Card, StepForm
from sims.models import PlanOption, TariffPlan
from sims.queries.adding import available_plans, first_excluding_pair, last_added_line, options_of
from sims.services.lines import excluding_text


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """The plans of one category of the contract."""

    name: str
    cards: list[Card]


class Keys(forms.MultipleChoiceField):
    """Keys of rows; which are allowed depends on the plan, so the form decides."""

    def valid_value(self, value: str) -> bool:
        return whole_number(value) is not None


class PlanForm(StepForm):
    """``cleaned_data`` holds the plan as ``plan`` and its options as ``option``.

    ``offered_for`` is the plan whose options were on the page: without scripts a person may pick another plan and has
    not seen the options of that one yet.
    """

    plan = forms.CharField(
        label=_("Tariff plan"),
        max_length=20,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a tariff plan.")},
    )
    option = Keys(label=_("Options"), required=False, widget=forms.CheckboxSelectMultiple)
    offered_for = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = last_added_line(self.scene.customer, self.scene.user)
        if last and last.plan_id:
            self.initial.setdefault("plan", last.plan_id)

    @cached_property
    def plans(self) -> list[TariffPlan]:
        return list(available_plans(self.scene.customer))

    @cached_property
    def chosen_plan(self) -> TariffPlan | None:
        """The plan that is picked right now, if it is one of this company's."""
        key = whole_number(self["plan"].value())
        return next((plan for plan in self.plans if plan.pk == key), None)

    @property
    def chosen_key(self) -> str:
        """As text: templates group the digits of a number."""
        return str(self.chosen_plan.pk) if self.chosen_plan else ""

    @cached_property
    def offered_options(self) -> list[PlanOption]:
        return list(options_of(self.chosen_plan)) if self.chosen_plan else []

    @property
    def chosen_options(self) -> list[PlanOption]:
        """Those of the picked options that go with the picked plan."""
        keys = self.checked_values("option")
        return [option for option in self.offered_options if str(option.pk) in keys]

    @property
    def total(self) -> Decimal | None:
        if self.chosen_plan is None:
            return None
        return sum((option.price_month for option in self.chosen_options), self.chosen_plan.price_month)

    def clean_plan(self) -> TariffPlan:
        if self.chosen_plan is None:
            raise forms.ValidationError(_("Choose a tariff plan from the list."))
        return self.chosen_plan

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        plan = data.get("plan")
        if plan is None:
            return data
        self._check_options(plan, {whole_number(value) for value in data.get("option", [])})
        data["option"] = self.chosen_options
        if pair := first_excluding_pair(self.chosen_options):
            self.add_error("option", excluding_text(*pair))
        elif not self.errors and self.offered_options and data.get("offered_for") != str(plan.pk):
            self.add_error("option", _("You chose another tariff plan. Look at its options, then go on."))
        return data

    def _check_options(self, plan: TariffPlan, keys: set[int | None]) -> None:
        """Names the picked options of this company that do not go with the plan; others are just not known."""
        strangers = keys - {option.pk for option in self.offered_options}
        if not strangers:
            return
        own = PlanOption.objects.for_customer(self.scene.customer).filter(pk__in=strangers - {None}).order_by("code")
        for option in own:
            self.add_error(
                "option",
                gettext("“%(option)s” does not go with “%(plan)s”.") % {"option": option.name, "plan": plan.name},
            )
        if len(own) < len(strangers):
            self.add_error("option", _("Choose options from the list."))

    def plan_groups(self) -> list[PlanGroup]:
        """Plans by category; categories in the order of their cheapest plan."""
        numbers = count()
        groups: dict[str, list[Card]] = {}
        by_category: dict[str, list[TariffPlan]] = {}
        for plan in self.plans:
            by_category.setdefault(plan.category, []).append(plan)
        for category, plans in by_category.items():
            groups[category] = [self._plan_card(plan, next(numbers)) for plan in plans]
        return [PlanGroup(name, cards) for name, cards in groups.items()]

    def _plan_card(self, plan: TariffPlan, index: int) -> Card:
        return Card(
            value=str(plan.pk),
            control_id=f"id_plan_{index}",
            title=plan.name,
            detail=data_allowance(plan.data_gb),
            price=plan.price_month,
            is_checked=plan == self.chosen_plan,
        )

    def option_cards(self) -> list[Card]:
        keys = self.checked_values("option")
        return [
            Card(
                value=str(option.pk),
                control_id=f"id_option_{index}",
                title=option.name,
                price=option.price_month,
                is_checked=str(option.pk) in keys,
            )
            for index, option in enumerate(self.offered_options)
        ]
