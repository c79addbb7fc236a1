"""No query on a company's rows without saying whose: the models, the guard and the source that could go around it."""

import ast

import pytest
from django.apps import apps
from django.db import models

from fleetportal.tenancy.models import CustomerOwned, GuardedManager, UnscopedQuery
from tests.architecture.source import APPS, nodes, unexplained

OWN_MODELS = [m for m in apps.get_models() if m.__module__.split(".")[0] in APPS]
COMPANY_MODELS = [m for m in OWN_MODELS if issubclass(m, CustomerOwned)]

# Models without a company column, and why that is right.
NOT_OF_ONE_COMPANY = {
    "accounts.Customer": "is the company",
    "billing.BankEntry": "the operator's bank knows no companies; a booking says whose invoice it pays",
    "billing.BankStatement": "statements of the operator's own bank account",
    "billing.SimulatedPayment": "the simulated payment service knows a payment only by its reference",
    "billing.SimulatedRefund": "reached only through its simulated payment",
    "groupbundles.PurgedMonth": "the partition of a month holds the records of every company",
    "accounts.User": "a person may belong to several companies; memberships say which",
    "audit.AuditEvent": "keeps the company's id as text of the past, without a live foreign key",
    "operators.ReceivedEvent": "the operator's events name orders of every company",
    "tickets.Subject": "the help desk asks every company the same",
    "tickets.Item": "the help desk asks every company the same",
    "tickets.ItemField": "the help desk asks every company the same",
    "sims.BulkLane": "workers serve every company",
    "sims.LineOption": "reached only through its line",
    "sims.OrderTransition": "reached only through its order",
}


def test_every_model_belongs_to_a_company_or_says_why_not():
    found = {m._meta.label for m in OWN_MODELS if not issubclass(m, CustomerOwned) and m._meta.app_label != "simulator"}
    assert not unexplained(found, NOT_OF_ONE_COMPANY)


@pytest.mark.parametrize("model", COMPANY_MODELS, ids=lambda m: m._meta.label)
def test_objects_is_guarded_and_django_itself_uses_the_other_manager(
    model: type[models.Model],
):
    assert isinstance(model.objects, GuardedManager)
    assert model._default_manager.name == "unscoped"
    assert not model._meta.get_field("customer").null


@pytest.mark.django_db
@pytest.mark.parametrize("model", COMPANY_MODELS, ids=lambda m: m._meta.label)
@pytest.mark.parametrize(
    "reach",
    [
        list,
        lambda q: q.count(),
        lambda q: q.exists(),
        lambda q: q.first(),
        lambda q: q.filter(pk__isnull=True).delete(),
        lambda q: q.aggregate(n=models.Count("pk")),
        lambda q: list(q.values_list("pk")),
        lambda q: list(q.iterator()),
        lambda q: list(q.model._default_manager.filter(pk__in=q)),
    ],
    ids=[
        "list",
        "count",
        "exists",
        "first",
        "delete",
        "aggregate",
        "values",
        "iterator",
        "subquery",
    ],
)
def test_an_unscoped_query_is_refused_before_it_reaches_the_database(model, reach):
    with pytest.raises(UnscopedQuery):
        reach(model.objects.all())


def test_the_unguarded_managers_are_used_by_the_admin_alone():
    found = {
        f"{path}:{node.attr}"
        for path, node in nodes(ast.Attribute)
        if node.attr in ("unscoped", "_default_manager", "_base_manager")
        and "admin" not in path
        and path != "fleetportal/tenancy/models.py"
    }
    assert not unexplained(found, {})


def test_lookups_that_answer_404_start_from_a_company():
    """``get_object_or_404(Model, …)`` would go around the guard; it takes a scoped queryset instead."""
    names = {m.__name__ for m in COMPANY_MODELS}
    found = {
        f"{path}:{node.lineno} {node.args[0].id}"
        for path, node in nodes(ast.Call)
        if getattr(node.func, "id", "") in ("get_object_or_404", "get_list_or_404")
        and node.args
        and isinstance(node.args[0], ast.Name)
        and node.args[0].id in names
    }
    assert not found


def test_every_query_across_companies_gives_its_reason_in_words():
    found = {
        f"{path}:{node.lineno}"
        for path, node in nodes(ast.Call)
        if getattr(node.func, "attr", "") == "across_customers"
        and not any(
            k.arg == "reason" and isinstance(k.value, ast.Constant) and len(str(k.value.value)) >= 10
            for k in node.keywords
        )
    }
    assert not found
