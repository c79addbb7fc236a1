"""What somebody is told of: at most five alerts for one line, in the database too, and every change on record."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from fleetportal.audit.actors import Actor
from fleetportal.audit.models import AuditEvent
from fleetportal.web.errors import Refusal
from groupbundles.alert_rules import Wanted
from groupbundles.enums import AlertKind, AuditKind
from groupbundles.models import AlertRule
from groupbundles.queries.alerts import alerts_of_bundle, alerts_of_line, company_alerts
from groupbundles.services.alert_rules import save_bundle_alerts, save_company_alerts, save_line_alerts
from tests import factories
from tests.audit.expect import expect_audit
from tests.groupbundles.alerts import bundle_wants, company_wants, line_wants, wanted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    """The texts as they stand in the code."""
    with translation.override("en"):
        yield


@pytest.fixture
def line(noordkaai):
    return factories.LineFactory(customer=noordkaai)


def off(*thresholds: float) -> Wanted:
    return Wanted(False, wanted(*thresholds).thresholds)


def rules(customer):
    return AlertRule.objects.for_customer(customer).order_by("pk")


def slots(customer, line=None) -> list[int | None]:
    return sorted(rules(customer).filter(line=line, slot__isnull=False).values_list("slot", flat=True))


def test_what_was_saved_is_what_is_shown(noordkaai, line):
    company_wants(noordkaai, out_of_bundle=wanted(25, employee=True), allowance=wanted(80, 100), bundle_percent=off(50))
    assert company_alerts(noordkaai) == {
        "out_of_bundle": wanted(25, employee=True),
        "allowance": wanted(80, 100),
    }
    line_wants(line, out_of_bundle=wanted(100), allowance=off(80))
    found = alerts_of_line(line)
    assert found.own == {"out_of_bundle": wanted(100), "allowance": off(80)}
    assert list(found.effective) == ["out_of_bundle"]
    line_wants(line, out_of_bundle=None, allowance=None)
    assert alerts_of_line(line).follows_company
    assert list(alerts_of_line(line).effective) == ["out_of_bundle", "allowance"]


def test_a_bundle_has_its_own_none_or_the_companys(noordkaai, alice):
    bundle, other = (factories.GroupBundleFactory(customer=noordkaai, code=f"GB-{n}") for n in (1, 2))
    company_wants(noordkaai, bundle_percent=wanted(80, 100), bundle_amount=wanted(500), out_of_bundle=wanted(25))
    own = {AlertKind.BUNDLE_PERCENT: wanted(50), AlertKind.BUNDLE_AMOUNT: off(500)}
    assert save_bundle_alerts(bundle=bundle, wanted=own, by=Actor.user(alice))
    expect_audit(AuditKind.ALERTS_CHANGED, customer=noordkaai, subject=bundle, by=alice)
    assert alerts_of_bundle(bundle).effective == {"bundle_percent": wanted(50)}
    assert alerts_of_bundle(other).follows_company
    assert list(alerts_of_bundle(other).effective) == ["bundle_percent", "bundle_amount"]
    assert company_alerts(noordkaai)["bundle_percent"] == wanted(80, 100)
    bundle_wants(bundle, bundle_percent=None, bundle_amount=None)
    assert alerts_of_bundle(bundle).follows_company


def test_rules_of_a_bundle_take_no_place_of_a_line(noordkaai, line):
    """Own and company's together: a bundle is no line, whoever is in it."""
    bundle = factories.GroupBundleFactory(customer=noordkaai)
    factories.BundleMemberFactory(customer=noordkaai, line=line, bundle=bundle)
    company_wants(noordkaai, allowance=wanted(50, 75, 80, 90, 100))
    bundle_wants(bundle, bundle_percent=wanted(50, 75, 80, 90, 100), bundle_amount=wanted(10))
    assert rules(noordkaai).filter(is_active=True).count() == 11


def test_switched_off_it_keeps_its_amount(noordkaai):
    company_wants(noordkaai, out_of_bundle=wanted(40))
    company_wants(noordkaai, out_of_bundle=off(40))
    assert company_alerts(noordkaai)["out_of_bundle"] == off(40)
    assert company_alerts(noordkaai)["out_of_bundle"].amount == 40
    assert slots(noordkaai) == []


def test_kinds_that_are_not_given_stay(noordkaai):
    company_wants(noordkaai, third_party=wanted(10))
    company_wants(noordkaai, out_of_bundle=wanted(25))
    assert set(company_alerts(noordkaai)) == {"third_party", "out_of_bundle"}


def test_every_change_is_on_record_with_what_it_was(noordkaai, alice, line):
    by = Actor.user(alice)
    company = {AlertKind.OUT_OF_BUNDLE: wanted(25)}
    assert save_company_alerts(customer=noordkaai, wanted=company, by=by)
    event = expect_audit(AuditKind.ALERTS_CHANGED, customer=noordkaai, subject=noordkaai, by=alice)
    assert event.before == {}
    assert event.after == {"out_of_bundle": {"on": True, "thresholds": ["25.00"], "employee": False}}
    assert not save_company_alerts(customer=noordkaai, wanted=company, by=by)
    assert save_line_alerts(line=line, wanted={AlertKind.OUT_OF_BUNDLE: off(25)}, by=by)
    expect_audit(AuditKind.ALERTS_CHANGED, subject=line, by=alice)
    assert AuditEvent.objects.filter(kind=AuditKind.ALERTS_CHANGED).count() == 2


def test_a_line_has_at_most_five(noordkaai, line):
    line_wants(line, allowance=wanted(50, 75, 80, 90, 100))
    assert slots(noordkaai, line) == [1, 2, 3, 4, 5]
    with pytest.raises(Refusal, match="five"):
        line_wants(line, third_party=wanted(10))
    line_wants(line, allowance=wanted(50, 90))
    line_wants(line, third_party=wanted(10), first_premium=wanted(0), roaming=wanted(80))
    assert slots(noordkaai, line) == [1, 2, 3, 4, 5]


def test_the_company_has_at_most_five_for_every_line_and_any_for_its_bundles(noordkaai):
    company_wants(noordkaai, allowance=wanted(80, 100), roaming=wanted(80, 100), out_of_bundle=wanted(25))
    company_wants(noordkaai, bundle_percent=wanted(50, 75, 80, 90, 100), bundle_amount=wanted(100))
    with pytest.raises(Refusal, match="five"):
        company_wants(noordkaai, third_party=wanted(10))
    assert slots(noordkaai) == [1, 2, 3, 4, 5]


def test_its_own_and_the_companys_together_are_at_most_five(noordkaai, line):
    company_wants(noordkaai, out_of_bundle=wanted(25), roaming=wanted(80, 100))
    line_wants(line, allowance=wanted(80, 100))
    with pytest.raises(Refusal, match="together"):
        line_wants(line, allowance=wanted(80, 90, 100))
    with pytest.raises(Refusal, match="1 SIM card"):
        company_wants(noordkaai, first_premium=wanted(0))
    line_wants(line, roaming=off(80))
    company_wants(noordkaai, first_premium=wanted(0))


def test_a_refusal_changes_nothing(noordkaai, line):
    line_wants(line, allowance=wanted(50, 75, 80, 90, 100))
    with pytest.raises(Refusal):
        line_wants(line, third_party=wanted(10), allowance=wanted(10, 50, 75, 80, 90, 100))
    assert alerts_of_line(line).own == {"allowance": wanted(50, 75, 80, 90, 100)}


# --- the walls of the database ---------------------------------------------------------------------------------------


def refused(customer, **columns) -> bool:
    row = {"customer": customer, "kind": "allowance", "threshold": Decimal(10), "slot": None, **columns}
    try:
        with transaction.atomic():
            AlertRule.objects.create(**row)
    except IntegrityError:
        return True
    return False


def test_the_database_has_no_sixth_alert_of_a_line_or_of_the_company(noordkaai, line):
    for subject in (line, None):
        for slot in range(1, 6):
            assert not refused(noordkaai, line=subject, threshold=slot, slot=slot)
        for slot in (None, 0, 1, 5, 6):
            assert refused(noordkaai, line=subject, threshold=20, slot=slot)
        assert not refused(noordkaai, line=subject, threshold=20, is_active=False)


def test_the_database_has_each_rule_once(noordkaai, line):
    for subject in (line, None):
        assert not refused(noordkaai, line=subject, is_active=False)
        assert refused(noordkaai, line=subject, is_active=False)


def test_the_database_refuses_rules_that_make_no_sense(noordkaai, line):
    assert refused(noordkaai, line=line, kind="bundle_percent")
    bundle = factories.GroupBundleFactory(customer=noordkaai)
    assert refused(noordkaai, bundle=bundle, kind="allowance", slot=1)
    assert refused(noordkaai, bundle=bundle, line=line, kind="allowance", slot=1)
    assert not refused(noordkaai, bundle=bundle, kind="bundle_percent")
    assert refused(noordkaai, bundle=bundle, kind="bundle_percent"), "twice the same"
    assert refused(noordkaai, threshold=-1, slot=1)
    assert refused(noordkaai, kind="bundle_percent", slot=1)
