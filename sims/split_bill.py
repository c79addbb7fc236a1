"""Dividing what a line cost in a period between the company and the employee, to the cent.

Company and employee together are the line's total, rounded once. What cannot be divided evenly is the company's. What
the company does not use of its contribution lapses. Third-party services are always the employee's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Protocol, TypeVar

from sims.enums import CostCategory, SplitBillKind

CENT = Decimal("0.01")
Key = TypeVar("Key", bound=str | int)
# A contribution in euro covers the fixed cost first, then usage in this order.
ORDER = (
    CostCategory.SUBSCRIPTION,
    CostCategory.OPTIONS,
    CostCategory.DATA,
    CostCategory.VOICE,
    CostCategory.SMS,
    CostCategory.INTERNATIONAL,
    CostCategory.ROAMING,
)
# What a person does with the line, as against what it costs to have it; these can be left to the employee.
USAGE = (
    CostCategory.VOICE,
    CostCategory.SMS,
    CostCategory.DATA,
    CostCategory.ROAMING,
    CostCategory.INTERNATIONAL,
)


class Terms(Protocol):
    """A profile, saved or not; see :class:`sims.models.SplitBillProfile`."""

    kind: str
    company_amount: Decimal | None
    company_percentage: Decimal | None
    category_percentages: dict[str, str]
    employee_categories: list[str]


@dataclass(frozen=True, slots=True)
class Share:
    """Euro with cents."""

    company: Decimal
    employee: Decimal

    @property
    def total(self) -> Decimal:
        return self.company + self.employee


@dataclass(frozen=True, slots=True)
class Shares:
    """Euro with cents, in total and for each category that was given."""

    company: Decimal
    employee: Decimal
    by_category: dict[CostCategory, Share]

    @property
    def total(self) -> Decimal:
        return self.company + self.employee


def split(costs: Mapping[CostCategory, Decimal], profile: Terms) -> Shares:
    """``costs`` are euro with up to four decimals, none below zero: ``ValueError`` otherwise."""
    if any(amount < 0 for amount in costs.values()):
        raise ValueError("a cost is never below zero")
    cents = _in_cents(costs)
    company = _company_cents({category: cents[category] for category in ORDER if category in cents}, profile)
    shares = {c: Share(_euro(company.get(c, 0)), _euro(cents[c] - company.get(c, 0))) for c in costs}
    paid = sum(company.values())
    return Shares(company=_euro(paid), employee=_euro(sum(cents.values()) - paid), by_category=shares)


def _euro(cents: int) -> Decimal:
    return Decimal(cents) * CENT


def _in_cents(costs: Mapping[CostCategory, Decimal]) -> dict[CostCategory, int]:
    """Whole cents for each category that add up to the rounded total."""
    total = int((sum(costs.values(), Decimal()) * 100).quantize(Decimal(1), ROUND_HALF_UP))
    return share_out({category: amount * 100 for category, amount in costs.items()}, total)


def share_out(exact: Mapping[Key, Decimal], total: int) -> dict[Key, int]:
    """Whole cents that add up to ``total``: each rounded down, what is missing one by one to those that lost most."""
    whole = {key: int(amount.quantize(Decimal(1), ROUND_DOWN)) for key, amount in exact.items()}
    missing = total - sum(whole.values())
    lost_most = sorted(exact, key=lambda key: (whole[key] - exact[key], key))
    for key in lost_most[:missing]:
        whole[key] += 1
    return whole


def _company_cents(cents: dict[CostCategory, int], profile: Terms) -> dict[CostCategory, int]:
    """What the company pays of each category; ``cents`` stand in the order in which an amount covers them."""
    if profile.kind == SplitBillKind.FIXED_AMOUNT:
        return _up_to(cents, profile.company_amount)
    company = _by_percentage(cents, {category: _percentage(category, profile) for category in cents})
    return _up_to(company, profile.company_amount) if profile.kind == SplitBillKind.PERCENTAGE_MAX else company


def _percentage(category: CostCategory, profile: Terms) -> Decimal:
    if profile.kind == SplitBillKind.PER_CATEGORY:
        return Decimal(profile.category_percentages.get(category, "0"))
    if profile.kind == SplitBillKind.EXCEPT_USAGE:
        return Decimal(0 if category in profile.employee_categories else 100)
    return Decimal(profile.company_percentage or 0)


def _by_percentage(
    cents: dict[CostCategory, int], percentages: Mapping[CostCategory, Decimal]
) -> dict[CostCategory, int]:
    """The employee's part is rounded down once, over everything."""
    exact = {category: amount * (100 - percentages[category]) / 100 for category, amount in cents.items()}
    employee = share_out(exact, int(sum(exact.values(), Decimal()).quantize(Decimal(1), ROUND_DOWN)))
    return {category: amount - employee[category] for category, amount in cents.items()}


def _up_to(cents: dict[CostCategory, int], amount: Decimal | None) -> dict[CostCategory, int]:
    left, covered = int(Decimal(amount or 0) * 100), {}
    for category, wanted in cents.items():
        covered[category] = min(wanted, left)
        left -= covered[category]
    return covered


def as_terms(profile: Terms) -> dict[str, str]:
    """The terms as the operator is told: what kind it is and, by name, what the company pays."""
    terms = {"kind": profile.kind}
    if profile.kind in (SplitBillKind.FIXED_AMOUNT, SplitBillKind.PERCENTAGE_MAX):
        terms["company_amount"] = f"{Decimal(profile.company_amount or 0):.2f}"
    if profile.kind in (SplitBillKind.PERCENTAGE, SplitBillKind.PERCENTAGE_MAX):
        terms["company_percentage"] = f"{_percentage(CostCategory.SUBSCRIPTION, profile):.2f}"
    if profile.kind in (SplitBillKind.PER_CATEGORY, SplitBillKind.EXCEPT_USAGE):
        terms |= {str(category): f"{_percentage(category, profile):.2f}" for category in ORDER}
    return terms
