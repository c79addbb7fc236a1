"""The demo company has group bundles that the operator knows too, a change that is planned, and alerts that fired."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from accounts.models import Customer
from fleetportal.notifications.models import Notification
from fleetportal.operators.registry import get_operator
from groupbundles.enums import AlertKind
from groupbundles.models import Alert, AlertRule, BundleMember, GroupBundle, LineUsageMonth
from groupbundles.queries.alerts import company_alerts
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
    assert_alerts(company)


def assert_alerts(company: Customer) -> None:
    """Its usage fired what it passed, and somebody was told."""
    rules = company_alerts(company)
    assert {"out_of_bundle", "bundle_percent"} <= {kind for kind, one in rules.items() if one.is_on}
    own = AlertRule.objects.for_customer(company).get(line__isnull=False)
    months = LineUsageMonth.objects.for_customer(company).filter(out_of_bundle__gte=Decimal(25))
    passed = set(months.exclude(line=own.line).values_list("line_id", "period"))
    fired = Alert.objects.for_customer(company).filter(kind=AlertKind.OUT_OF_BUNDLE).exclude(line=own.line)
    assert set(fired.values_list("line_id", "period")) == passed
    assert passed
    assert Alert.objects.for_customer(company).filter(bundle__isnull=False).exists()
    told = Notification.objects.across_customers(reason="all of the demo")
    assert told.filter(customer=company, event="groupbundles.usage_alert").exists()
