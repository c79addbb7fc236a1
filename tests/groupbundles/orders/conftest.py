"""A contract with bundles, lines that can join them, and an operator without delay that knows both."""

import uuid

import pytest

from groupbundles.enums import BundleKind
from groupbundles.models import BundleMember, GroupBundle
from groupbundles.orders.change import BundleChangeWish
from groupbundles.orders.new import BundleNewWish
from groupbundles.services.bundles import ask_for_bundle, ask_for_change
from groupbundles.services.simulated import tell_simulator
from tests import factories
from tests.sims.orders.conftest import at_once, by_alice, english, quick_operator  # noqa: F401
from tests.sims.orders.driving import drive

GB = 10**9


@pytest.fixture
def contract(noordkaai):
    """2 and 5 TB of data, and calls; the operator offers the same."""
    rows = [
        ("GB-DATA-2TB", "Data 2 TB", BundleKind.DATA, 2000 * GB, "400.00"),
        ("GB-DATA-5TB", "Data 5 TB", BundleKind.DATA, 5000 * GB, "900.00"),
        ("GB-VOICE-EU", "Bellen EU", BundleKind.VOICE, 300_000, "90.00"),
    ]
    for code, name, kind, size, price in rows:
        factories.BundleOfferFactory(
            customer=noordkaai, code=code, name_nl=name, kind=kind, size=size, price_month=price
        )
    tell_simulator(noordkaai)
    return noordkaai


@pytest.fixture
def lines(contract):
    """Three lines that work, here and at the operator."""
    return [factories.at_the_operator(factories.LineFactory(customer=contract)) for _n in range(3)]


def keys(lines) -> tuple[str, ...]:
    return tuple(str(line.pk) for line in lines)


@pytest.fixture
def ask_new(contract, by_alice):  # noqa: F811
    """Ask for a new bundle of 2 TB for these lines."""

    def _ask(lines, *, offer="GB-DATA-2TB", by=by_alice, subject=None, **more):
        wish = BundleNewWish(offer=offer, lines=keys(lines), account=more.pop("account", ""))
        return ask_for_bundle(customer=contract, subject=subject or uuid.uuid4(), wish=wish, by=by, **more)

    return _ask


@pytest.fixture
def bundle(lines, ask_new):
    """2 TB with the first two lines, made by the operator."""
    order = ask_new(lines[:2])
    drive(order)
    return GroupBundle.objects.for_customer(order.customer_id).get(public_id=order.subject)


@pytest.fixture
def change(by_alice):  # noqa: F811
    def _ask(bundle, *, offer="", add=(), remove=(), by=by_alice, **more):
        wish = BundleChangeWish(offer=offer, add=keys(add), remove=keys(remove))
        return ask_for_change(bundle=bundle, wish=wish, by=by, **more)

    return _ask


def members(bundle) -> list[int]:
    """Keys of the lines that are in it now."""
    found = BundleMember.objects.for_customer(bundle.customer_id).filter(bundle=bundle, until=None)
    return sorted(found.values_list("line_id", flat=True))
