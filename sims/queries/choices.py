"""What the filters of the list offer, and the tabs a person saved: everything around the list in one query."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value
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
    """Pairs of primary key, as text, and label."""

    plans: list[Choice] = field(default_factory=list)
    accounts: list[Choice] = field(default_factory=list)
    centres: list[Choice] = field(default_factory=list)
    saved: list[ViewTab] = field(default_factory=list)


def _text(expression: object) -> Cast:
    return Cast(expression, CharField())


def _rows(
    queryset: QuerySet[Any], kind: str, label: object, key: str = "pk", extra: object = None, mine: object = None
) -> QuerySet[Any, tuple[str, ...]]:
    """Rows of one kind in the shape that all kinds of the union share."""
    return queryset.order_by().values_list(
        Value(kind, CharField()),
        _text(F(key)),
        _text(label),
        _text(extra if extra is not None else Value("")),
        _text(mine if mine is not None else Value("")),
    )


def list_choices(customer: Customer, user: User) -> ListChoices:
    """All in the order of their labels; saved views are the person's own and the shared ones."""
    plans = _rows(TariffPlan.objects.for_customer(customer), "plan", name_expression())
    accounts = _rows(BillingAccount.objects.for_customer(customer), "account", Concat("name", Value(", "), "number"))
    centres = _rows(CostCentre.objects.for_customer(customer), "centre", Concat("code", Value(" "), "name"))
    seen = SavedView.objects.for_customer(customer).filter(Q(owner=user) | Q(is_shared=True))
    saved = _rows(seen, "view", F("name"), "public_id", F("query"), F("owner_id"))
    found = ListChoices()
    rows = plans.union(accounts, centres, saved, all=True)
    for kind, key, label, extra, mine in sorted(rows, key=lambda row: row[2].casefold()):
        if kind == "view":
            found.saved.append(ViewTab(key, label, extra, mine == str(user.pk)))
        else:
            {"plan": found.plans, "account": found.accounts, "centre": found.centres}[kind].append((key, label))
    return found
