"""A company's catalogue comes from a file: all of it or nothing, again without effect, errors with their place."""

import copy
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import BillingAccount, CostCentre, Customer
from fleetportal.audit.actors import Actor
from sims.enums import AuditKind
from sims.models import PlanOption, TariffPlan
from sims.services.catalogue import CatalogueError, import_catalogue
from tests.audit.expect import expect_audit

FILE = Path(__file__).parents[1] / "data" / "fleet" / "catalogue.json"
DATA = json.loads(FILE.read_text(encoding="utf-8"))
BY = Actor.ops("test")

pytestmark = pytest.mark.django_db


def load(data: dict) -> Customer:
    return import_catalogue(data=data, by=BY).customer


def test_the_command_makes_the_company_with_everything_in_the_file():
    out = io.StringIO()
    call_command("import_catalogue", FILE, stdout=out)
    company = Customer.objects.get(slug="noordkaai")
    assert company.enterprise_number == "0403019261"
    assert "4 plans, 4 options, 3 billing accounts, 5 cost centres" in out.getvalue()
    pro = TariffPlan.objects.for_customer(company).get(code="MOB-PRO")
    assert (pro.name_fr, str(pro.price_month), int(pro.data_gb), pro.category) == (
        "Mobile Pro",
        "19.00",
        20,
        "Standaard",
    )
    expect_audit(AuditKind.CATALOGUE_IMPORTED, customer=company, subject=company)


def test_what_goes_together_and_what_excludes_is_taken_over():
    company = load(DATA)
    world = PlanOption.objects.for_customer(company).get(code="ROAM-WORLD")
    assert sorted(plan.code for plan in world.plans.all()) == ["MOB-MAX", "MOB-PRO", "MOB-START"]
    assert [option.code for option in world.excludes.all()] == ["ROAM-DAY"]


def test_an_exclusion_said_on_one_side_holds_on_both():
    data = copy.deepcopy(DATA)
    data["options"][1]["excludes"] = []
    company = load(data)
    day = PlanOption.objects.for_customer(company).get(code="ROAM-DAY")
    assert [option.code for option in day.excludes.all()] == ["ROAM-WORLD"]


def test_a_second_time_changes_nothing():
    first = load(DATA)
    before = list(TariffPlan.objects.for_customer(first).order_by("pk").values())
    second = load(DATA)
    assert second.pk == first.pk
    assert list(TariffPlan.objects.for_customer(first).order_by("pk").values()) == before
    assert BillingAccount.objects.for_customer(first).count() == 3
    assert CostCentre.objects.for_customer(first).count() == 5


def test_changes_are_taken_over_and_what_is_gone_cannot_be_chosen_any_more():
    company = load(DATA)
    data = copy.deepcopy(DATA)
    data["plans"][1]["price_month"] = "21.50"
    del data["plans"][3]
    load(data)
    plans = {plan.code: plan for plan in TariffPlan.objects.for_customer(company)}
    assert str(plans["MOB-PRO"].price_month) == "21.50"
    assert not plans["DATA-10"].is_available
    load(DATA)
    assert TariffPlan.objects.for_customer(company).get(code="DATA-10").is_available


def test_cost_centres_may_stand_under_each_other():
    data = copy.deepcopy(DATA)
    data["cost_centres"][1]["parent"] = "4120"
    company = load(data)
    assert CostCentre.objects.for_customer(company).get(code="4130").parent.code == "4120"


def test_another_company_with_the_same_codes_is_left_alone(zuidpark):
    plan = TariffPlan.objects.for_customer(zuidpark).first()
    TariffPlan.objects.for_customer(zuidpark).update(code="MOB-PRO")
    load(DATA)
    plan.refresh_from_db()
    assert (plan.code, plan.is_available, str(plan.price_month)) == ("MOB-PRO", True, "19.00")


def changed(*path, value) -> dict:
    data = copy.deepcopy(DATA)
    part = data
    for step in path[:-1]:
        part = part[step]
    if value is ...:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ([], "$"),
        ({}, "customer"),
        (changed("customer", "enterprise_number", value="0403.019.262"), "customer.enterprise_number"),
        (changed("customer", "name", value=" "), "customer.name"),
        (changed("customer", "slug", value="not a slug"), "customer.slug"),
        (changed("plans", value={}), "plans"),
        (changed("plans", 2, "code", value=...), "plans[2].code"),
        (changed("plans", 2, "code", value="MOB-PRO"), "plans[2].code"),
        (changed("plans", 0, "price_month", value="-1"), "plans[0].price_month"),
        (changed("plans", 0, "price_month", value="NaN"), "plans[0].price_month"),
        (changed("plans", 0, "price_month", value="99999999999"), "plans[0].price_month"),
        (changed("plans", 0, "name", "nl", value=...), "plans[0].name.nl"),
        (changed("plans", 0, value="MOB"), "plans[0]"),
        (changed("options", 0, "plans", value=["MOB-X"]), "options[0].plans"),
        (changed("options", 0, "excludes", value="ROAM-DAY"), "options[0].excludes"),
        (changed("options", 0, "excludes", value=["X"]), "options[0].excludes"),
        (changed("billing_accounts", 0, "number", value="1" * 30), "billing_accounts[0].number"),
        (changed("cost_centres", 0, "parent", value="4120"), "cost_centres[0].parent"),
    ],
)
def test_an_error_names_its_place_and_nothing_is_written(data, path):
    with pytest.raises(CatalogueError) as error:
        load(data)
    assert error.value.path == path
    assert not Customer.objects.exists()


def test_the_number_of_a_company_does_not_change_by_a_file():
    load(DATA)
    with pytest.raises(CatalogueError, match="slug"):
        load(changed("customer", "enterprise_number", value="1000.000.021"))


def test_files_that_are_no_json_fail_the_command(tmp_path):
    (tmp_path / "c.json").write_text("{", encoding="utf-8")
    with pytest.raises(CommandError, match="is not JSON"):
        call_command("import_catalogue", tmp_path / "c.json")
    with pytest.raises(CommandError, match="cannot be opened"):
        call_command("import_catalogue", tmp_path / "none.json")
