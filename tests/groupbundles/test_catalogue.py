"""The bundles of a contract come with its catalogue: all or nothing, errors with their place."""

import copy
import io
import json

import pytest
from django.core.management import call_command

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from groupbundles.models import BundleOffer
from sims.services.catalogue import CatalogueError, import_catalogue
from tests.sims.test_import_catalogue import DATA as PLANS

DATA = PLANS | {
    "bundles": [
        {
            "code": "GB-DATA-2TB",
            "name": {"nl": "Data 2 TB", "fr": "Données 2 To", "en": "Data 2 TB"},
            "kind": "data",
            "size_gb": 2000,
            "price_month": "400.00",
            "term_months": 12,
        },
        {"code": "GB-VOICE-EU", "name": "Bellen EU", "kind": "voice", "size_minutes": 5000, "price_month": "90.00"},
    ]
}
BY = Actor.ops("test")

pytestmark = pytest.mark.django_db


def load(data: dict) -> Customer:
    return import_catalogue(data=data, by=BY).customer


def test_sizes_are_bytes_and_seconds_whatever_the_file_counts_in():
    offers = BundleOffer.objects.for_customer(load(DATA)).order_by("code")
    assert [(o.code, o.kind, o.size, str(o.price_month), o.term_months) for o in offers] == [
        ("GB-DATA-2TB", "data", 2_000_000_000_000, "400.00", 12),
        ("GB-VOICE-EU", "voice", 300_000, "90.00", 0),
    ]
    assert offers[0].name_fr == "Données 2 To"


def test_the_command_counts_them(tmp_path):
    file, out = tmp_path / "catalogue.json", io.StringIO()
    file.write_text(json.dumps(DATA))
    call_command("import_catalogue", file, stdout=out)
    assert "5 cost centres, 2 bundles." in out.getvalue()


def test_one_that_left_the_file_cannot_be_chosen_any_more():
    load(DATA)
    company = load(DATA | {"bundles": DATA["bundles"][:1]})
    available = dict(BundleOffer.objects.for_customer(company).values_list("code", "is_available"))
    assert available == {"GB-DATA-2TB": True, "GB-VOICE-EU": False}


def test_a_file_without_bundles_leaves_them_as_they_are():
    load(DATA)
    offers = BundleOffer.objects.for_customer(load(PLANS))
    assert [offer.is_available for offer in offers] == [True, True]


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("kind", "sms", "bundles[0].kind"),
        ("size_gb", 0, "bundles[0].size"),
        ("size_gb", 2.5, "bundles[0].size_gb"),
        ("size_gb", -5, "bundles[0].size_gb"),
        ("price_month", "a lot", "bundles[0].price_month"),
        ("term_months", "twelve", "bundles[0].term_months"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_nothing_is_taken_over(key, value, place):
    data = copy.deepcopy(DATA)
    data["bundles"][0][key] = value
    with pytest.raises(CatalogueError) as refusal:
        load(data)
    assert refusal.value.path == place
    assert not Customer.objects.filter(slug="noordkaai").exists()
