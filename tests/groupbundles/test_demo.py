"""The demo company has group bundles that the operator knows too, and a change that is planned."""

import pytest
from django.core.management import call_command

from accounts.models import Customer
from fleetportal.operators.registry import get_operator
from groupbundles.models import BundleMember, GroupBundle
from sims.enums import OrderKind, OrderState
from sims.models import Order
from sims.orders.kinds.base import customer_reference

pytestmark = pytest.mark.django_db


def test_two_bundles_with_their_lines_and_a_planned_change(settings):
    settings.DEBUG = True
    call_command("load_demo")

    company = Customer.objects.get(slug="noordkaai")
    bundles = {bundle.code: bundle for bundle in GroupBundle.objects.for_customer(company)}
    assert sorted(bundle.name for bundle in bundles.values()) == ["Bellen EU", "Data 2 TB"]
    there = {bundle.code: bundle for bundle in get_operator().list_bundles(customer_reference(company))}
    for code, bundle in bundles.items():
        members = BundleMember.objects.for_customer(company).filter(bundle=bundle, until=None)
        numbers = set(members.values_list("line__number", flat=True))
        assert set(there[code].numbers) == numbers
        assert there[code].offer == bundle.offer
    order = Order.objects.for_customer(company).get(kind=OrderKind.BUNDLE_CHANGE)
    assert (order.state, order.subject) == (OrderState.SCHEDULED, bundles["GB-DATA-1"].public_id)
