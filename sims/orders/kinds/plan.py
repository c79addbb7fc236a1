"""Another tariff plan and other options for a line that works."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Value
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderAction, OrderRequest
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineFactKind, OrderKind
from sims.history import note
from sims.models import Line, Order, PlanOption, TariffPlan
from sims.orders.kinds.activate import plan_of, set_options
from sims.orders.kinds.base import (
    Kind,
    NothingToChange,
    Payload,
    Preparation,
    Wish,
    refuse_out_of_service,
    request_for,
    write,
)


@dataclass(frozen=True, slots=True)
class PlanWish(Wish):
    """``plan`` is the code of the new plan, empty to keep each line's own; options to add and to take away, by code."""

    TUPLES: ClassVar[frozenset[str]] = frozenset({"add", "remove"})

    plan: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanPayload(Payload):
    """What the line is to have, and what it had; prices are euro per month without VAT at that moment."""

    TUPLES: ClassVar[frozenset[str]] = frozenset({"option_codes", "options_before"})

    plan_code: str
    option_codes: tuple[str, ...]
    plan_before: str
    options_before: tuple[str, ...]
    price_before: str
    price_after: str


def _codes_of(relation: str) -> ArrayAgg:
    return ArrayAgg(f"{relation}__code", filter=Q(**{f"{relation}__isnull": False}), distinct=True, default=Value([]))


class Catalogue:
    """The company's plans and options, read once, and what can be had together."""

    def __init__(self, customer: Customer) -> None:
        plans = TariffPlan.objects.for_customer(customer)
        self.plans: dict[str, TariffPlan] = {plan.code: plan for plan in plans}
        options = PlanOption.objects.for_customer(customer).annotate(
            plan_codes=_codes_of("plans"), excluded_codes=_codes_of("excludes")
        )
        self.options: dict[str, PlanOption] = {option.code: option for option in options}
        self.goes_with = {option.code: set(option.plan_codes) for option in options}
        self.excludes = {option.code: set(option.excluded_codes) for option in options}

    def fits(self, plan: TariffPlan, code: str) -> bool:
        return plan.code in self.goes_with.get(code, set())

    def excluded_by(self, code: str, codes: Collection[str]) -> list[str]:
        """Those of ``codes`` that cannot stand beside this option."""
        return sorted(self.excludes.get(code, set()) & set(codes))

    def name(self, code: str) -> str:
        """Of an option; one that left the catalogue is known by its code."""
        return self.options[code].name if code in self.options else code

    def price(self, plan: TariffPlan, codes: Iterable[str]) -> Decimal:
        """Euro per month without VAT."""
        options = (self.options[code].price_month for code in codes if code in self.options)
        return plan.price_month + sum(options, Decimal())

    def conflicts(self, plan: TariffPlan, codes: Collection[str], *, is_new_plan: bool) -> list[str]:
        """What cannot be had together, each in a sentence with what to do about it."""
        text = (
            _("“%(option)s” does not go with “%(plan)s”. Take the option away or choose another plan.")
            if is_new_plan
            else _("“%(option)s” does not go with “%(plan)s”. Choose another option or another plan.")
        )
        strangers = [code for code in sorted(codes) if not self.fits(plan, code)]
        found = [text % {"option": self.name(code), "plan": plan.name} for code in strangers]
        pairs = [(one, other) for one in sorted(codes) for other in self.excluded_by(one, codes) if one < other]
        text = _("“%(one)s” and “%(other)s” cannot be combined. Choose one of them.")
        return found + [text % {"one": self.name(one), "other": self.name(other)} for one, other in pairs]


def prepare(customer: Customer, wish: PlanWish) -> Preparation:
    """Raises ``Refusal`` at once when the contract does not have what is wished at all."""
    catalogue = Catalogue(customer)
    if wish.plan and not (wish.plan in catalogue.plans and catalogue.plans[wish.plan].is_available):
        raise Refusal(_("This tariff plan cannot be chosen any more. Choose another one."), field="plan")
    for code in wish.add:
        if code not in catalogue.options or not catalogue.options[code].is_available:
            raise Refusal(_("This option cannot be chosen any more. Look at the options again."), field="add")

    def for_line(line: Line) -> PlanPayload:
        _check_state(line)
        if line.plan is None:
            raise Refusal(_("Choose a tariff plan first."), field="plan")
        before = tuple(sorted(option.code for option in line.options.all()))
        plan = catalogue.plans[wish.plan or line.plan.code]
        after = tuple(sorted((set(before) | set(wish.add)) - set(wish.remove)))
        if plan.code == line.plan.code and after == before:
            raise NothingToChange(_("This line has this plan and these options already."))
        for conflict in catalogue.conflicts(plan, after, is_new_plan=plan.code != line.plan.code):
            raise Refusal(conflict, field="add")
        return PlanPayload(
            plan_code=plan.code,
            option_codes=after,
            plan_before=line.plan.code,
            options_before=before,
            price_before=str(catalogue.price(line.plan, before)),
            price_after=str(catalogue.price(plan, after)),
        )

    return for_line


def _check_state(line: Line) -> None:
    refuse_out_of_service(line, _("This SIM card is not active yet. Its plan can be changed once it is."))


def check(line: Line, payload: PlanPayload) -> None:
    """Nobody changed the plan since this was asked."""
    _check_state(line)
    if line.plan is not None and line.plan.code != payload.plan_before:
        raise Refusal(_("The plan of this line was changed in the meantime. Reload the page and choose again."))


def cost(_line: Line, payload: PlanPayload) -> tuple[Decimal, Decimal]:
    return Decimal(payload.price_before), Decimal(payload.price_after)


def request(order: Order) -> OrderRequest:
    payload = PlanPayload.from_json(order.payload)
    return request_for(order, OrderAction.CHANGE_PLAN, plan_code=payload.plan_code, option_codes=payload.option_codes)


def apply(line: Line, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """Plan and options as the operator has them from now on."""
    payload = PlanPayload.from_json(order.payload)
    line.plan = plan_of(line, payload.plan_code)
    set_options(line, payload.option_codes)
    note(line, LineFactKind.PLAN, line.plan.name_nl, reference=line.plan.code, at=answer.completed_at)
    write(
        line,
        AuditKind.LINE_PLAN_CHANGED,
        ["plan"],
        order=order,
        by=by,
        before={"plan": payload.plan_before, "options": list(payload.options_before)},
        after={"plan": payload.plan_code, "options": list(payload.option_codes)},
    )


def describe(payload: PlanPayload, names: Mapping[str, str]) -> str:
    """What changes: the new plan, then options with a plus or a minus."""
    added = [code for code in payload.option_codes if code not in payload.options_before]
    removed = [code for code in payload.options_before if code not in payload.option_codes]
    parts = [names.get(payload.plan_code, payload.plan_code)] if payload.plan_code != payload.plan_before else []
    parts += [f"+ {names.get(code, code)}" for code in added] + [f"− {names.get(code, code)}" for code in removed]
    return ", ".join(parts)


KIND = Kind(
    code=OrderKind.PLAN,
    conflict_group="plan",
    wish=PlanWish,
    payload=PlanPayload,
    prepare=prepare,
    check=check,
    cost=cost,
    request=request,
    apply=apply,
    describe=describe,
)
