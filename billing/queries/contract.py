"""What the contract allows: plans with the options that go with each, and group bundles."""

from dataclasses import dataclass
from typing import Any

from accounts.models import Customer
from billing.models import Contract
from groupbundles.models import BundleOffer
from sims.models import PlanOption, TariffPlan

MOST_COLUMNS = 7


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan and, for each column of the matrix, the option and whether it goes with the plan."""

    plan: TariffPlan
    cells: list[tuple[PlanOption, bool]]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What can be chosen today and fits what was looked for.

    ``options`` are the columns of the matrix and stay whatever is looked for; ``listed`` are those that fit.
    """

    options: list[PlanOption]
    plans: list[PlanRow]
    listed: list[PlanOption]
    bundles: list[BundleOffer]

    @property
    def is_matrix(self) -> bool:
        """Whether the options fit beside each other as columns."""
        return len(self.options) <= MOST_COLUMNS

    @property
    def found(self) -> int:
        return len(self.plans) + len(self.listed) + len(self.bundles)


def contract_of(customer: Customer) -> Contract | None:
    found: Contract | None = Contract.objects.for_customer(customer).first()
    return found


def allowed(customer: Customer, text: str = "") -> Allowed:
    """Five queries. A plan fits by its own words or by those of an option that goes with it."""
    words = text.casefold().split()
    options = list(_open(PlanOption, customer).prefetch_related("excludes"))
    plans = list(_open(TariffPlan, customer))
    pairs = set(PlanOption.plans.through.objects.filter(planoption__in=options).values_list("tariffplan", "planoption"))
    rows = [PlanRow(plan, [(option, (plan.pk, option.pk) in pairs) for option in options]) for plan in plans]
    return Allowed(
        options=options,
        plans=[row for row in rows if _fits(words, _words_of_row(row))],
        listed=[option for option in options if _fits(words, _words_of(option))],
        bundles=[offer for offer in _open(BundleOffer, customer) if _fits(words, _words_of(offer))],
    )


def _open(model: type[TariffPlan] | type[PlanOption] | type[BundleOffer], customer: Customer) -> Any:
    return model.objects.for_customer(customer).filter(is_available=True)


def _words_of(row: TariffPlan | PlanOption | BundleOffer) -> str:
    return f"{row.name} {row.code} {row.description}"


def _words_of_row(row: PlanRow) -> str:
    with_it = (option.name for option, goes_with_it in row.cells if goes_with_it)
    return " ".join([_words_of(row.plan), row.plan.category, *with_it])


def _fits(words: list[str], text: str) -> bool:
    text = text.casefold()
    return all(word in text for word in words)
