"""What the import of a fleet looks up: all at once and by sets, never row by row."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from accounts.models import BillingAccount, CostCentre, Customer
from sims.enums import LineState, SimState
from sims.models import Line, PlanOption, PortInRequest, Sim, Subscriber, TariffPlan

LOOKUP_SIZE = 5000
T = TypeVar("T")


def wording_key(text: str) -> str:
    """How codes and names in a file are compared with those of the catalogue."""
    return " ".join(text.split()).casefold()


@dataclass(frozen=True, slots=True)
class ImportCatalogue:
    """Primary keys by every code and name (``wording_key``) a file may use, and what goes with what."""

    plans: dict[str, int]
    options: dict[str, int]
    plans_of_option: dict[int, frozenset[int]]
    excluded_by: dict[int, frozenset[int]]
    billing_accounts: dict[str, int]
    cost_centres: dict[str, int]


def import_catalogue(customer: Customer) -> ImportCatalogue:
    """The company's catalogue, accounts and cost centres as they are now. A withdrawn plan is known too."""
    options = list(PlanOption.objects.for_customer(customer).prefetch_related("plans", "excludes"))
    return ImportCatalogue(
        plans=_by_wording(TariffPlan.objects.for_customer(customer), "name_nl", "name_fr", "name_en", "code"),
        options=_by_wording(options, "name_nl", "name_fr", "name_en", "code"),
        plans_of_option={o.pk: frozenset(plan.pk for plan in o.plans.all()) for o in options},
        excluded_by=_exclusions(options),
        billing_accounts=_by_wording(BillingAccount.objects.for_customer(customer), "name", "number"),
        cost_centres=_by_wording(CostCentre.objects.for_customer(customer), "name", "code"),
    )


def _by_wording(rows: Iterable[Any], *columns: str) -> dict[str, int]:
    """The last column is the code: it wins over a name that reads the same. A name of two rows means neither."""
    found: dict[str, int] = {}
    shared: set[str] = set()
    rows = list(rows)
    for row in rows:
        for key in {wording_key(getattr(row, column)) for column in columns[:-1]} - {""}:
            if found.setdefault(key, row.pk) != row.pk:
                shared.add(key)
    unique = {key: pk for key, pk in found.items() if key not in shared}
    return unique | {wording_key(getattr(row, columns[-1])): row.pk for row in rows}


def _exclusions(options: Iterable[PlanOption]) -> dict[int, frozenset[int]]:
    both_ways: dict[int, set[int]] = defaultdict(set)
    for option in options:
        for other in option.excludes.all():
            both_ways[option.pk].add(other.pk)
            both_ways[other.pk].add(option.pk)
    return {pk: frozenset(others) for pk, others in both_ways.items()}


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most ``size`` items, in order."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def taken_numbers(numbers: Collection[str]) -> set[str]:
    """Those that a living line has, of whatever company, or that are on their way to one."""
    taken: set[str] = set()
    for some in batched(numbers, LOOKUP_SIZE):
        lines = Line.objects.across_customers(reason="a number is on one living line in the whole portal")
        coming = PortInRequest.objects.across_customers(reason="a number is brought along by one line only")
        taken.update(lines.filter(number__in=some).exclude(state=LineState.TERMINATED).values_list("number", flat=True))
        taken.update(coming.filter(number__in=some, line__state=LineState.NEW).values_list("number", flat=True))
    return taken


def known_sims(customer: Customer, cores: Collection[str]) -> tuple[dict[str, int], set[str]]:
    """Cards by their number without check digit: the company's own in stock, and those that are taken."""
    stock: dict[str, int] = {}
    taken: set[str] = set()
    for some in batched(cores, LOOKUP_SIZE):
        cards = Sim.objects.across_customers(reason="a card is known once in the whole portal").filter(
            iccid_core__in=some
        )
        for pk, owner, core, state, line in cards.values_list("pk", "customer_id", "iccid_core", "state", "line"):
            if owner == customer.pk and state == SimState.IN_STOCK and line is None:
                stock[core] = pk
            else:
                taken.add(core)
    return stock, taken


def known_employees(customer: Customer, employee_numbers: Collection[str]) -> dict[str, Subscriber]:
    """The company's employees with these numbers."""
    found: dict[str, Subscriber] = {}
    for some in batched(employee_numbers, LOOKUP_SIZE):
        people = Subscriber.objects.for_customer(customer).filter(employee_number__in=some)
        found.update({person.employee_number: person for person in people})
    return found
