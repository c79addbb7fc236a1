"""What the filters of the list offer, and the tabs a person saved."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, CharField, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

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
    """Pairs of primary key, as text, and label; ``views`` are what :func:`saved_tabs` answers for a person."""

    plans: list[Choice] = field(default_factory=list)
    accounts: list[Choice] = field(default_factory=list)
    centres: list[Choice] = field(default_factory=list)
    views: list[ViewTab] = field(default_factory=list)


def list_choices(customer: Customer, user: User | None = None) -> ListChoices:
    """Plans by name, accounts by name, cost centres by number, and what ``user`` saved.

    One query, because every answer of the list asks it.
    """

    def rows(model: Any, kind: str, *columns: Any) -> QuerySet[Any]:
        found = model.objects.for_customer(customer).order_by()
        return found.values_list(Value(kind, CharField()), Cast("pk", CharField()), *columns)

    parts = [rows(BillingAccount, "account", "name", "number"), rows(CostCentre, "centre", "code", "name")]
    if user is not None:
        parts.append(_seen(customer, user).order_by().values_list(Value("view", CharField()), *_view_columns(user)))
    found = ListChoices()
    for kind, key, first, second in rows(TariffPlan, "plan", name_expression(), Value("", CharField())).union(
        *parts, all=True
    ):
        if kind == "plan":
            found.plans.append((key, first))
        elif kind == "account":
            found.accounts.append((key, f"{first}, {second}"))
        elif kind == "centre":
            found.centres.append((key, f"{first} {second}"))
        else:
            found.views.append(_view(key, first, second))
    for choices in (found.plans, found.accounts, found.centres):
        choices.sort(key=lambda choice: choice[1].casefold())
    found.views.sort(key=lambda view: view.name)
    return found


def saved_tabs(customer: Customer, user: User) -> list[ViewTab]:
    """The person's own views and those shared in the company, by name."""
    return sorted(
        (_view(*row) for row in _seen(customer, user).values_list(*_view_columns(user))), key=lambda view: view.name
    )


def _seen(customer: Customer, user: User) -> QuerySet[SavedView]:
    views: QuerySet[SavedView] = SavedView.objects.for_customer(customer).filter(Q(owner=user) | Q(is_shared=True))
    return views


def _view_columns(user: User) -> list[Any]:
    """Id with an "m" behind it for the person's own, name and query."""
    mine = Case(When(owner=user, then=Value("m")), default=Value(""), output_field=CharField())
    return [Concat(Cast("public_id", CharField()), mine), "name", "query"]


def _view(key: str, name: str, query: str) -> ViewTab:
    return ViewTab(key.removesuffix("m"), name, query, key.endswith("m"))
