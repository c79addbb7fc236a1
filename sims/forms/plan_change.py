"""Another plan and other options: of one line on its page, and the same wish for many lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from fleetportal.web.formatting import data_allowance, eur, long_date
from sims.forms.steps import Card
from sims.forms.when import NEXT_PERIOD, NOW, WhenForm, offer, revision
from sims.models import Line, PlanOption, TariffPlan
from sims.orders.kinds.plan import Catalogue, PlanWish


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """The plans of one category of the contract."""

    name: str
    cards: list[Card]


def _plan_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Tariff plan"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a tariff plan."),
            "invalid_choice": _("This tariff plan cannot be chosen any more. Choose another one."),
        },
    )


def _options_field(name: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=name,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("This option cannot be chosen any more. Look at the options again.")},
    )


def _with_price(row: TariffPlan | PlanOption) -> str:
    return gettext("%(name)s, %(price)s per month") % {"name": row.name, "price": eur(row.price_month)}


class PlanForm(WhenForm):
    """Another plan for many lines; each keeps its options."""

    plan = _plan_field()

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plans = TariffPlan.objects.for_customer(customer).filter(is_available=True)
        offer(self.fields["plan"], [(plan.code, _with_price(plan)) for plan in plans])

    def wish(self) -> PlanWish:
        return PlanWish(plan=self.cleaned_data["plan"])


class OptionsForm(WhenForm):
    """Options to add to many lines and to take away from them; each keeps its plan and its other options."""

    add = _options_field(_("Add"))
    remove = _options_field(_("Take away"))

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = list(PlanOption.objects.for_customer(customer))
        offer(self.fields["add"], [(one.code, _with_price(one)) for one in options if one.is_available])
        offer(self.fields["remove"], [(one.code, one.name) for one in options])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        add, remove = set(data.get("add", ())), set(data.get("remove", ()))
        if not self.errors and not add and not remove:
            self.add_error("add", _("Choose an option to add or to take away."))
        elif add & remove:
            self.add_error("remove", _("An option cannot be added and taken away at once."))
        return data

    def wish(self) -> PlanWish:
        return PlanWish(add=tuple(self.cleaned_data["add"]), remove=tuple(self.cleaned_data["remove"]))


@dataclass(frozen=True, slots=True)
class OptionCard:
    """An option of the contract beside the plan and the options that are chosen right now.

    ``note`` says why it does not fit or what is particular about it; a chosen option that does not fit is a conflict.
    """

    option: PlanOption
    control_id: str
    is_checked: bool
    fits: bool
    note: str

    @property
    def is_conflict(self) -> bool:
        return self.is_checked and not self.fits


class LinePlanForm(WhenForm):
    """Plan and options of one line; only the difference from what the page showed (``shown``) is asked for.

    What the line has can be kept although it can no longer be chosen. The line has a plan.
    """

    plan = _plan_field()
    option = _options_field(_("Options"))
    shown = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, customer: Customer, line: Line, options: Iterable[PlanOption], **kwargs: Any
    ) -> None:
        """``options`` are those the line has."""
        super().__init__(*args, **kwargs)
        assert line.plan is not None
        self.own_plan: TariffPlan = line.plan
        self.own_options = sorted(option.code for option in options)
        self.catalogue = Catalogue(customer)
        self.plans = [one for one in self.catalogue.plans.values() if one.is_available or one.code == line.plan.code]
        self.options = [
            one for one in self.catalogue.options.values() if one.is_available or one.code in self.own_options
        ]
        offer(self.fields["plan"], [(plan.code, plan.name) for plan in self.plans])
        offer(self.fields["option"], [(option.code, option.name) for option in self.options])
        self.initial.update(plan=self.own_plan.code, option=self.own_options)

    @property
    def shown_now(self) -> str:
        """The hidden value that belongs to the line as it is."""
        return ",".join([self.own_plan.code, *self.own_options])

    @property
    def key(self) -> str:
        """Part of the form's id: a page that looks again by itself leaves the form alone while this stays the same."""
        return revision(self.shown_now)

    @cached_property
    def chosen_plan(self) -> TariffPlan:
        """The plan that is picked right now; the line's own when none of the list is."""
        code = self["plan"].value()
        return next((plan for plan in self.plans if plan.code == code), self.own_plan)

    @cached_property
    def chosen_codes(self) -> list[str]:
        """The options that are picked right now, whether or not they fit."""
        value = self["option"].value()
        picked = {str(code) for code in value} if isinstance(value, list | tuple) else set()
        return [option.code for option in self.options if option.code in picked]

    @property
    def is_new_plan(self) -> bool:
        return self.chosen_plan.code != self.own_plan.code

    @cached_property
    def conflicts(self) -> list[str]:
        return self.catalogue.conflicts(self.chosen_plan, self.chosen_codes, is_new_plan=self.is_new_plan)

    @property
    def price_before(self) -> Decimal:
        return self.catalogue.price(self.own_plan, self.own_options)

    @property
    def price_after(self) -> Decimal:
        return self.catalogue.price(self.chosen_plan, self.chosen_codes)

    @property
    def difference(self) -> str:
        """With its sign, such as ``+ € 10,00``; empty when the price stays."""
        more = self.price_after - self.price_before
        return f"{'+' if more > 0 else '−'} {eur(abs(more))}" if more else ""

    @property
    def is_changed(self) -> bool:
        return self.is_new_plan or self.chosen_codes != [o.code for o in self.options if o.code in self.own_options]

    @property
    def consequence(self) -> str:
        """What it costs from when, in a sentence."""
        if not self.is_changed:
            return gettext("Choose another plan or other options to see what they cost.")
        more = self.price_after - self.price_before
        names = {"amount": eur(abs(more)), "from": self._from_when()}
        if more > 0:
            return gettext("%(from)s this line costs %(amount)s more per month, without VAT.") % names
        if more < 0:
            return gettext("%(from)s this line costs %(amount)s less per month, without VAT.") % names
        return gettext("%(from)s the change is in force. The price per month stays the same.") % names

    def _from_when(self) -> str:
        when, day = self["when"].value(), self["date"].value()
        if when == NOW:
            return gettext("From today")
        if when == NEXT_PERIOD:
            return gettext("From %(day)s") % {"day": long_date(self.next_period)}
        try:
            return gettext("From %(day)s") % {"day": long_date(date.fromisoformat(str(day)))}
        except ValueError:
            return gettext("From that day")

    def clean(self) -> dict[str, Any]:
        """The line may have changed since the page was made: the difference would be another one."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("shown") != self.shown_now:
            message = _("The plan or the options of this line changed in the meantime. Look at them again.")
            self.add_error(None, message)
        if "plan" in data and "option" in data:
            for conflict in self.conflicts:
                self.add_error("option", conflict)
        return data

    def wish(self) -> PlanWish:
        return PlanWish(
            plan=self.chosen_plan.code if self.is_new_plan else "",
            add=tuple(code for code in self.chosen_codes if code not in self.own_options),
            remove=tuple(code for code in self.own_options if code not in self.chosen_codes),
        )

    def plan_groups(self) -> list[PlanGroup]:
        """Plans by category; categories in the order of their cheapest plan."""
        groups: dict[str, list[Card]] = {}
        for index, plan in enumerate(self.plans):
            groups.setdefault(plan.category, []).append(self._plan_card(plan, index))
        return [PlanGroup(name, cards) for name, cards in groups.items()]

    def _plan_card(self, plan: TariffPlan, index: int) -> Card:
        details = [data_allowance(plan.data_gb), "" if plan.is_available else gettext("can no longer be chosen")]
        return Card(
            value=plan.code,
            control_id=f"id_plan_{index}",
            title=plan.name,
            detail=", ".join(filter(None, details)),
            price=plan.price_month,
            is_checked=plan == self.chosen_plan,
        )

    def option_cards(self) -> list[OptionCard]:
        return [self._option_card(option, index) for index, option in enumerate(self.options)]

    def _option_card(self, option: PlanOption, index: int) -> OptionCard:
        reason = self._why_not(option.code)
        return OptionCard(
            option=option,
            control_id=f"id_option_{index}",
            is_checked=option.code in self.chosen_codes,
            fits=not reason,
            note=reason or ("" if option.is_available else gettext("Can no longer be chosen")),
        )

    def _why_not(self, code: str) -> str:
        if not self.catalogue.fits(self.chosen_plan, code):
            return gettext("Does not go with %(plan)s") % {"plan": self.chosen_plan.name}
        others = self.catalogue.excluded_by(code, self.chosen_codes)
        return gettext("Not together with %(option)s") % {"option": self.catalogue.name(others[0])} if others else ""
