"""What the filters of the list offer, and the tabs a person saved."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value

from accounts.models import BillingAccount, CostCentre, Customer, User
from fleetportal.web.translated import name_expression
from sims.models import SavedView, TariffPlan

Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ViewTab:
    """A saved view; ``is_mine`` says whether this person may remove it."""

    id: str
    name: str
    query: str
    is_mine: bool


@dataclass(slots=True)
class ListChoices:
    """Pairs of primary key, as text, and label."""

    plans: list[Choice] = field(default_factory=list)
    accounts: list[Choice] = field(default_factory=list)
    centres: list[Choice] = field(default_factory=list)


def list_choices(customer: Customer) -> ListChoices:
    """Plans by name, accounts by name, cost centres by number: one query, because every answer of the list asks it."""

    def rows(model: Any, kind: str, *columns: Any) -> QuerySet[Any]:
        return model.objects.for_customer(customer).order_by().values_list(Value(kind, CharField()), "pk", *columns)

    plans = rows(TariffPlan, "plan", name_expression(), Value("", CharField()))
    found = ListChoices()
    for kind, key, first, second in plans.union(
        rows(BillingAccount, "account", "name", "number"), rows(CostCentre, "centre", "code", "name"), all=True
    ):
        if kind == "plan":
            found.plans.append((str(key), first))
        elif kind == "account":
            found.accounts.append((str(key), f"{first}, {second}"))
        else:
            found.centres.append((str(key), f"{first} {second}"))
    for choices in (found.plans, found.accounts, found.centres):
        choices.sort(key=lambda choice: choice[1].casefold())
    return found


def saved_tabs(customer: Customer, user: User) -> list[ViewTab]:
    """The person's own views and those shared in the company, by name."""
    seen = SavedView.objects.for_customer(customer).filter(Q(owner=user) | Q(is_shared=True)).order_by("name", "pk")
    rows = seen.values_list("public_id", "name", "query", "owner_id")
    return [ViewTab(str(key), name, query, owner == user.pk) for key, name, query, owner in rows]
