"""Dividing what the invoices of a month charge for a line between the company and the employee, to the cent.

The rules are those of ``sims.split_bill``; here stands what an invoice adds to them: kinds of charge, credit notes and
VAT. A credit lowers what is divided. What an invoice cannot tell, the company pays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from billing.enums import ChargeKind
from sims.enums import CostCategory
from sims.split_bill import CENT, ORDER, USAGE, Share, Terms, as_terms, share_out, split

# What it costs to have the line, one-off or not, goes with the subscription; use is told apart by its figures.
CATEGORIES = {
    ChargeKind.PLAN: CostCategory.SUBSCRIPTION,
    ChargeKind.BUNDLE: CostCategory.SUBSCRIPTION,
    ChargeKind.ONE_OFF: CostCategory.SUBSCRIPTION,
    ChargeKind.OTHER: CostCategory.SUBSCRIPTION,
    ChargeKind.OPTION: CostCategory.OPTIONS,
    ChargeKind.THIRD_PARTY: CostCategory.THIRD_PARTY,
}
NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Charge:
    """Euro without VAT with cents, below zero for what is given back; ``rate`` is the VAT in per cent."""

    kind: ChargeKind
    rate: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class Division:
    """Who pays what, without VAT by kind of charge; VAT is that of the whole month, rounded once for each rate."""

    by_kind: dict[ChargeKind, Share]
    company: Decimal = NOTHING
    employee: Decimal = NOTHING
    company_vat: Decimal = NOTHING
    employee_vat: Decimal = NOTHING

    @property
    def net(self) -> Decimal:
        return self.company + self.employee

    @property
    def company_pays(self) -> Decimal:
        """With VAT."""
        return self.company + self.company_vat

    @property
    def employee_pays(self) -> Decimal:
        """With VAT: an employee cannot deduct it."""
        return self.employee + self.employee_vat


@dataclass(frozen=True, slots=True)
class _Part:
    charge: Charge
    category: CostCategory
    cents: int


def divide(
    charges: Iterable[Charge], profile: Terms | None, use: Mapping[CostCategory, Decimal] | None = None
) -> Division:
    """None is no profile: the company pays everything. ``use`` says how the use outside the bundle is made up."""
    parts = list(_parts(charges, profile, use or {}))
    employee = _employee_cents(parts, profile) if profile else [0] * len(parts)
    by_kind: dict[ChargeKind, Share] = {}
    for part, theirs in zip(parts, employee, strict=True):
        before = by_kind.get(part.charge.kind, Share(NOTHING, NOTHING))
        share = Share(before.company + (part.cents - theirs) * CENT, before.employee + theirs * CENT)
        by_kind[part.charge.kind] = share
    vat = _vat([(part.charge.rate, part.cents) for part in parts])
    employee_vat = _vat([(part.charge.rate, theirs) for part, theirs in zip(parts, employee, strict=True)])
    return Division(
        by_kind={kind: by_kind[kind] for kind in ChargeKind if kind in by_kind},
        company=sum((share.company for share in by_kind.values()), NOTHING),
        employee=sum((share.employee for share in by_kind.values()), NOTHING),
        company_vat=vat - employee_vat,
        employee_vat=employee_vat,
    )


def by_category(
    charges: Iterable[Charge], use: Mapping[CostCategory, Decimal] | None = None
) -> dict[CostCategory, Decimal]:
    """Euro that a profile would divide; no category is below zero: credits take off what is covered last."""
    totals: dict[CostCategory, int] = {}
    for part in _parts(charges, None, use or {}):
        totals[part.category] = totals.get(part.category, 0) + part.cents
    left = _lowered_by_credits({category: totals[category] for category in ORDER if category in totals})
    left[CostCategory.THIRD_PARTY] = max(totals.get(CostCategory.THIRD_PARTY, 0), 0)
    return {category: cents * CENT for category, cents in left.items() if cents}


def _parts(charges: Iterable[Charge], profile: Terms | None, use: Mapping[CostCategory, Decimal]) -> Iterable[_Part]:
    for charge in charges:
        cents = int(charge.net * 100)
        if charge.kind in CATEGORIES:
            yield _Part(charge, CATEGORIES[charge.kind], cents)
        else:
            for category, part in _by_use(cents, profile, use).items():
                yield _Part(charge, category, part)


def _by_use(cents: int, profile: Terms | None, use: Mapping[CostCategory, Decimal]) -> dict[CostCategory, int]:
    """Use outside the bundle in the proportions of the figures; without any, as the use the company pays most of."""
    known = {category: use[category] for category in USAGE if use.get(category, 0) > 0}
    if not known or cents < 0:
        return {_most_paid(profile): cents}
    total = sum(known.values())
    return share_out({category: cents * weight / total for category, weight in known.items()}, cents)


def _most_paid(profile: Terms | None) -> CostCategory:
    terms = as_terms(profile) if profile else {}
    return max(USAGE, key=lambda category: Decimal(terms.get(category, "0")))


def _employee_cents(parts: list[_Part], profile: Terms) -> list[int]:
    """What the employee pays of each part."""
    totals: dict[CostCategory, int] = {}
    for part in parts:
        totals[part.category] = totals.get(part.category, 0) + part.cents
    divided = _lowered_by_credits({category: totals[category] for category in ORDER if category in totals})
    shares = split({category: cents * CENT for category, cents in divided.items()}, profile).by_category
    employee = {category: int(share.employee * 100) for category, share in shares.items()}
    # The company never has a part in services of third parties, nor in what is given back for them.
    employee[CostCategory.THIRD_PARTY] = totals.get(CostCategory.THIRD_PARTY, 0)
    found = [0] * len(parts)
    for category, cents in employee.items():
        mine = [index for index, part in enumerate(parts) if part.category == category]
        for index, theirs in _over(cents, {index: parts[index].cents for index in mine}).items():
            found[index] = theirs
    return found


def _lowered_by_credits(totals: Mapping[CostCategory, int]) -> dict[CostCategory, int]:
    """What is left to divide, none below zero: credits take off what a contribution covers last."""
    left = {category: max(cents, 0) for category, cents in totals.items()}
    credit = sum(min(cents, 0) for cents in totals.values())
    for category in reversed(left):
        taken = min(left[category], -credit)
        left[category] -= taken
        credit += taken
    return left


def _over(cents: int, amounts: Mapping[int, int]) -> dict[int, int]:
    """The employee's cents of a category over what was charged, or over what was given back when he gets some."""
    sign = -1 if cents < 0 else 1
    fitting = {index: Decimal(amount) for index, amount in amounts.items() if amount * sign > 0}
    if not cents:
        return {}
    total = sum(fitting.values())
    shares = share_out({index: abs(cents) * amount / total for index, amount in fitting.items()}, abs(cents))
    return {index: share * sign for index, share in shares.items()}


def _vat(amounts: Iterable[tuple[Decimal, int]]) -> Decimal:
    """Rounded once for each rate."""
    totals: dict[Decimal, int] = {}
    for rate, cents in amounts:
        totals[rate] = totals.get(rate, 0) + cents
    vat = ((cents * rate / 100).quantize(Decimal(1), ROUND_HALF_UP) for rate, cents in totals.items())
    return sum(vat, Decimal()) * CENT + NOTHING
