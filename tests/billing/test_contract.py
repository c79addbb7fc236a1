"""The contract: what comes with the catalogue, what the page says about it, and what is looked for on it."""

from datetime import date

import pytest
from django.urls import reverse

from billing.models import Contract
from billing.queries.contract import MOST_COLUMNS, allowed
from fleetportal.audit.actors import Actor
from sims.models import TariffPlan
from sims.services.catalogue import CatalogueError, import_catalogue
from tests import factories
from tests.sims.test_import_catalogue import DATA

pytestmark = pytest.mark.django_db
BY = Actor.ops("test")
TERMS = {"number": "NZM-1", "starts_on": "2024-05-01", "ends_on": "2027-04-30", "contact_email": "k@noordzee.example"}


def load(**contract):
    return import_catalogue(data=DATA | {"contract": TERMS | contract}, by=BY).customer


def test_number_term_and_contact_come_with_the_catalogue_and_again_replace_what_was_there():
    customer = load()
    load(notice_months=3)
    contract = Contract.objects.for_customer(customer).get()
    assert (contract.number, contract.starts_on, contract.ends_on) == ("NZM-1", date(2024, 5, 1), date(2027, 4, 30))
    assert (contract.notice_months, contract.contact_email) == (3, "k@noordzee.example")
    import_catalogue(data=DATA, by=BY)
    assert Contract.objects.for_customer(customer).get().number == "NZM-1"


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"ends_on": "2020-01-01"}, "contract.ends_on"),
        ({"starts_on": "1 May"}, "contract.starts_on"),
        ({"contact_email": "nobody"}, "contract.contact_email"),
        ({"number": ""}, "contract.number"),
    ],
)
def test_what_is_wrong_in_it_is_named_with_its_place(wrong, path):
    with pytest.raises(CatalogueError) as error:
        load(**wrong)
    assert error.value.path == path
    assert not Contract.objects.across_customers(reason="nothing was written").exists()


def test_what_is_inside_comes_with_the_catalogue_and_need_not_be_said():
    plans = [DATA["plans"][0] | {"description": {"nl": "Bellen", "fr": "Appels"}}, *DATA["plans"][1:]]
    customer = import_catalogue(data=DATA | {"plans": plans}, by=BY).customer
    first, *others = (TariffPlan.objects.for_customer(customer).get(code=plan["code"]) for plan in plans)
    assert (first.description_nl, first.description_fr, first.description_en) == ("Bellen", "Appels", "")
    assert {plan.description for plan in others} == {""}


@pytest.fixture
def catalogue(noordkaai, zuidpark):
    """Two plans, an option for one of them, a bundle; and things that must not show."""
    start = factories.TariffPlanFactory(
        customer=noordkaai, name_nl="Mobile Start", category="Standaard", price_month=12
    )
    pro = factories.TariffPlanFactory(customer=noordkaai, name_nl="Mobile Pro", description_nl="Met 5G")
    roaming = factories.PlanOptionFactory(customer=noordkaai, name_nl="Reizen buiten EU")
    roaming.plans.add(pro)
    factories.BundleOfferFactory(customer=noordkaai, name_nl="Data 2 TB", term_months=12)
    factories.TariffPlanFactory(customer=noordkaai, name_nl="Oud plan", is_available=False)
    factories.TariffPlanFactory(customer=zuidpark, name_nl="Zuiders plan")
    factories.BundleOfferFactory(customer=zuidpark, name_nl="Zuiderse bundel")
    return start, pro, roaming


def names(found) -> list[str]:
    return [row.plan.name_nl for row in found.plans]


def test_the_matrix_says_what_goes_with_what(noordkaai, catalogue):
    start, pro, roaming = catalogue
    assert [(row.plan, row.cells) for row in allowed(noordkaai).plans] == [
        (start, [(roaming, False)]),
        (pro, [(roaming, True)]),
    ]


def test_a_plan_is_found_by_its_words_and_by_those_of_its_options(noordkaai, catalogue):
    assert names(allowed(noordkaai, "start")) == ["Mobile Start"]
    assert names(allowed(noordkaai, "reizen")) == ["Mobile Pro"]
    assert names(allowed(noordkaai, "5g PRO")) == ["Mobile Pro"]
    found = allowed(noordkaai, "2 tb")
    assert (names(found), [offer.name_nl for offer in found.bundles], found.found) == ([], ["Data 2 TB"], 1)


def test_the_page_shows_terms_prices_and_bundles_of_this_company_only(noordkaai, catalogue, bob, client_for):
    Contract.objects.create(customer=noordkaai, number="NZM-7", ends_on=date(2027, 4, 30), contact_name="Katrien Maes")
    page = client_for(bob).get(reverse("contract")).content.decode()
    for text in ("NZM-7", "Katrien Maes", "30 april 2027", "Mobile Start", "€\u00a012,00", "minstens 12 maanden"):
        assert text in page
    for text in ("Oud plan", "Zuiders", "Zuiderse"):
        assert text not in page


def test_many_options_stand_in_one_column(noordkaai, catalogue, bob, client_for):
    start, _pro, _roaming = catalogue
    for n in range(MOST_COLUMNS):
        factories.PlanOptionFactory(customer=noordkaai, name_nl=f"Optie {n}").plans.add(start)
    assert not allowed(noordkaai).is_matrix
    page = client_for(bob).get(reverse("contract")).content.decode()
    assert "Optie 6 €\u00a06,00" in page


def test_what_is_counted_is_asked_once_whatever_there_is(noordkaai, catalogue, django_assert_max_num_queries):
    for n in range(20):
        factories.PlanOptionFactory(customer=noordkaai, name_nl=f"Optie {n}").excludes.add(catalogue[2])
    with django_assert_max_num_queries(5):
        assert allowed(noordkaai).found == 2 + 21 + 1
