"""An alert fires once per subject, kind, threshold and month, whatever happens, and the right people hear of it."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import translation

from accounts.models import Membership
from fleetportal.notifications.events import shown_of
from fleetportal.notifications.models import Notification
from groupbundles.alert_rules import Wanted
from groupbundles.announcements import EMPLOYEE, MANAGERS
from groupbundles.models import Alert, AlertRule, BundleMember, LineUsageMonth
from groupbundles.services import alerts
from groupbundles.services.after_import import Counted, after_counting
from groupbundles.services.usage.statements import LOCK
from tests import factories
from tests.groupbundles.alerts import (
    AUGUST,
    GIGABYTE,
    NOVEMBER,
    NOW,
    OCTOBER,
    bundle_uses,
    bundle_wants,
    bundle_with,
    company_wants,
    counts,
    fired,
    line_wants,
    uses,
    wanted,
)
from tests.workers import eventually

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_november(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def line(noordkaai):
    return factories.LineFactory(customer=noordkaai, plan__data_gb=20, roaming_limit=50)


def told(event: str = MANAGERS) -> list[Notification]:
    everywhere = Notification.objects.across_customers(reason="all of the test").filter(event=event)
    return list(everywhere.select_related("user").order_by("pk"))


def titles(event: str = MANAGERS) -> list[str]:
    with translation.override("en"):
        return [shown_of(one).title for one in told(event)]


# --- what fires ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "threshold", "below", "above", "value", "of"),
    [
        ("out_of_bundle", 25, {"out_of_bundle": "24.9999"}, {"out_of_bundle": "25"}, 25, None),
        ("out_of_bundle", 0, {"out_of_bundle": 0}, {"out_of_bundle": "0.0001"}, 0.0001, None),
        (
            "allowance",
            80,
            {"own_data_bytes": 16 * GIGABYTE - 1, "data_bytes": 90 * GIGABYTE},
            {"own_data_bytes": 16 * GIGABYTE},
            80,
            20 * GIGABYTE,
        ),
        ("roaming", 80, {"data_roaming_charge": "39.99"}, {"data_roaming_charge": 40}, 80, 50),
        ("roaming", 100, {"data_roaming_charge": "49.99", "roaming_charge": 90}, {"data_roaming_charge": 55}, 110, 50),
        ("third_party", 10, {"third_party_charge": 9}, {"third_party_charge": 12}, 12, None),
        ("first_premium", 0, {"premium_records": 0}, {"premium_records": 1}, 1, None),
    ],
)
def test_a_line_fires_when_it_passes_its_threshold(noordkaai, line, kind, threshold, below, above, value, of):
    company_wants(noordkaai, **{kind: wanted(threshold)})
    assert uses(line, **below) == 0
    assert uses(line, **above) == 1
    alert = Alert.objects.for_customer(noordkaai).get()
    assert (alert.line, alert.bundle, alert.period) == (line, None, NOVEMBER)
    assert (float(alert.value), alert.of) == (value, of)


@pytest.mark.parametrize("missing", [{"plan": None}, {"plan__data_gb": None}, {"plan__data_gb": 0}])
def test_a_plan_without_data_has_no_percentage(noordkaai, missing):
    company_wants(noordkaai, allowance=wanted(50))
    assert uses(factories.LineFactory(customer=noordkaai, **missing), own_data_bytes=GIGABYTE) == 0


@pytest.mark.parametrize("limit", [None, 0])
def test_a_line_without_a_roaming_limit_has_no_percentage(noordkaai, limit):
    company_wants(noordkaai, roaming=wanted(80))
    assert uses(factories.LineFactory(customer=noordkaai, roaming_limit=limit), data_roaming_charge=99) == 0


def test_a_bundle_fires_by_what_its_members_use_of_it(noordkaai):
    bundle = bundle_with(noordkaai, gigabytes=100)
    company_wants(noordkaai, bundle_percent=wanted(80, 100))
    assert bundle_uses(bundle, date(2026, 10, 31), 79) == 0
    assert bundle_uses(bundle, date(2026, 11, 1), 79) == 0, "October is over"
    assert bundle_uses(bundle, date(2026, 11, 30), 1) == 1
    assert bundle_uses(bundle, date(2026, 11, 15), 30) == 1
    assert fired(noordkaai) == [("bundle_percent", 80, NOVEMBER), ("bundle_percent", 100, NOVEMBER)]


def test_the_amount_of_a_bundle_is_that_of_the_lines_that_were_in_it_that_month(noordkaai):
    lines = factories.LineFactory.create_batch(3, customer=noordkaai)
    bundle = bundle_with(noordkaai, *lines)
    members = BundleMember.objects.for_customer(noordkaai)
    members.filter(line=lines[1]).update(until=date(2026, 11, 10))
    members.filter(line=lines[2]).update(until=date(2026, 11, 1))
    company_wants(noordkaai, bundle_amount=wanted(30))
    counts(lines[0], out_of_bundle=15)
    counts(lines[2], out_of_bundle=500)
    assert uses(lines[1], out_of_bundle=14) == 0
    assert uses(lines[1], out_of_bundle=15) == 1
    assert Alert.objects.for_customer(noordkaai).get().bundle == bundle


def test_a_bundles_own_rules_replace_the_companys_of_that_kind(noordkaai, line):
    company_wants(noordkaai, bundle_percent=wanted(80), bundle_amount=wanted(10))
    own, other = (
        bundle_with(noordkaai, line),
        factories.GroupBundleFactory(customer=noordkaai, code="GB-2", size=10**11),
    )
    bundle_wants(own, bundle_percent=wanted(50))
    assert bundle_uses(own, date(2026, 11, 3), 40) == 0
    assert bundle_uses(own, date(2026, 11, 4), 50) == 1, "50, not 80"
    assert bundle_uses(other, date(2026, 11, 4), 79) == 0, "80, not 50"
    assert bundle_uses(other, date(2026, 11, 5), 2) == 1
    assert uses(line, out_of_bundle=12) == 1, "the other kind follows the company"
    assert fired(noordkaai) == [
        ("bundle_percent", 50, NOVEMBER),
        ("bundle_percent", 80, NOVEMBER),
        ("bundle_amount", 10, NOVEMBER),
    ]


def test_a_bundle_whose_alerts_are_off_does_not_follow_the_company(noordkaai, line):
    company_wants(noordkaai, bundle_percent=wanted(80))
    bundle = bundle_with(noordkaai, line)
    bundle_wants(bundle, bundle_percent=Wanted(False, wanted(80).thresholds))
    assert bundle_uses(bundle, date(2026, 11, 3), 90) == 0
    bundle_wants(bundle, bundle_percent=None)
    assert fired(noordkaai) == [("bundle_percent", 80, NOVEMBER)], "looked at again at once"


def test_another_companys_usage_and_rules_do_not_matter(noordkaai, zuidpark, line):
    company_wants(zuidpark, out_of_bundle=wanted(1))
    assert uses(line, out_of_bundle=99) == 0
    theirs = factories.LineFactory(customer=zuidpark)
    company_wants(noordkaai, out_of_bundle=wanted(1))
    counts(theirs, out_of_bundle=99)
    assert alerts.evaluate(customer_id=noordkaai.pk, periods=[NOVEMBER], lines=[theirs.pk], bundle_codes=[]) == 0


# --- whose rules count -----------------------------------------------------------------------------------------------


def test_a_lines_own_rules_replace_the_companys_of_that_kind(noordkaai, line):
    other = factories.LineFactory(customer=noordkaai)
    company_wants(noordkaai, out_of_bundle=wanted(25), third_party=wanted(5))
    line_wants(line, out_of_bundle=wanted(100))
    for one in (line, other):
        uses(one, out_of_bundle=50, third_party_charge=6)
    by_line = Alert.objects.for_customer(noordkaai)
    assert set(by_line.filter(line=line).values_list("kind", flat=True)) == {"third_party"}
    assert set(by_line.filter(line=other).values_list("kind", flat=True)) == {"out_of_bundle", "third_party"}


def test_a_line_without_alerts_does_not_follow_the_company(noordkaai, line):
    company_wants(noordkaai, out_of_bundle=wanted(25))
    line_wants(line, out_of_bundle=Wanted(False, (Decimal(25),)))
    assert uses(line, out_of_bundle=50) == 0
    line_wants(line, out_of_bundle=None)
    assert fired(noordkaai) == [("out_of_bundle", 25, NOVEMBER)], "back with the company, it is looked at at once"


# --- once ------------------------------------------------------------------------------------------------------------


def test_each_threshold_fires_once_however_often_it_is_looked_at(noordkaai, line):
    company_wants(noordkaai, allowance=wanted(80, 100))
    assert uses(line, own_data_bytes=17 * GIGABYTE) == 1
    assert uses(line, own_data_bytes=18 * GIGABYTE) == 0
    assert uses(line, own_data_bytes=25 * GIGABYTE) == 1
    assert uses(line, own_data_bytes=60 * GIGABYTE) == 0
    assert [one[1] for one in fired(noordkaai)] == [80, 100]


def test_every_month_has_its_own(noordkaai, line, time_machine):
    company_wants(noordkaai, out_of_bundle=wanted(25))
    assert uses(line, out_of_bundle=30) == 1
    # The last minute of the month in Belgium is not the first of the next.
    time_machine.move_to(NOW.replace(month=12, day=1), tick=False)
    december = date(2026, 12, 1)
    assert uses(line, december, out_of_bundle=24) == 0
    assert uses(line, december, out_of_bundle=25) == 1
    assert fired(noordkaai) == [("out_of_bundle", 25, NOVEMBER), ("out_of_bundle", 25, december)]


def test_a_late_record_fires_last_months_alert_once_and_says_so(noordkaai, line, owner):
    company_wants(noordkaai, out_of_bundle=wanted(25))
    for _ in range(2):
        uses(line, OCTOBER, out_of_bundle=30)
    assert fired(noordkaai) == [("out_of_bundle", 25, OCTOBER)]
    (one,) = told()
    with translation.override("en"):
        assert shown_of(one).body.startswith("In October 2026, counted late.")


def test_a_month_long_past_is_kept_but_no_news(noordkaai, line, owner):
    company_wants(noordkaai, out_of_bundle=wanted(25))
    assert uses(line, AUGUST, out_of_bundle=30) == 1
    assert not told()


def test_nothing_is_kept_or_told_when_the_batch_is_undone(noordkaai, line, owner):
    company_wants(noordkaai, out_of_bundle=wanted(25))
    with transaction.atomic():
        assert uses(line, out_of_bundle=30) == 1
        transaction.set_rollback(True)
    assert not fired(noordkaai) and not told()
    assert uses(line, out_of_bundle=30) == 1


def test_an_import_looks_at_what_it_counted(noordkaai, line):
    company_wants(noordkaai, out_of_bundle=wanted(25))
    counts(line, out_of_bundle=30)
    after_counting(Counted(customer_id=noordkaai.pk, lines=[line.pk], periods=[NOVEMBER], bundle_codes=[]))
    assert len(fired(noordkaai)) == 1


def test_thousands_of_lines_take_few_statements(noordkaai, owner, django_assert_max_num_queries):
    company_wants(noordkaai, out_of_bundle=wanted(25), third_party=wanted(5))
    lines = factories.LineFactory.create_batch(12, customer=noordkaai)
    for one in lines:
        counts(one, out_of_bundle=30, third_party_charge=6)
    with django_assert_max_num_queries(14):
        keys = [one.pk for one in lines]
        assert alerts.evaluate(customer_id=noordkaai.pk, periods=[NOVEMBER], lines=keys, bundle_codes=[]) == 24


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_fire_it_once(noordkaai, owner, line):
    """Both see the counters above the threshold before either has written the alert."""
    company_wants(noordkaai, out_of_bundle=wanted(25), third_party=wanted(5))
    counts(line, out_of_bundle=30, third_party_charge=6)
    barrier, found = threading.Barrier(4), []

    def evaluate() -> None:
        with transaction.atomic():
            LineUsageMonth.objects.for_customer(noordkaai).count()
            barrier.wait(timeout=10)
            found.append(
                alerts.evaluate(customer_id=noordkaai.pk, periods=[NOVEMBER], lines=[line.pk], bundle_codes=[])
            )
        connection.close()

    threads = [threading.Thread(target=evaluate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(found) == [0, 0, 0, 2]
    assert len(told()) == 2


# --- changing rules --------------------------------------------------------------------------------------------------


def test_a_rule_that_is_switched_on_fires_for_the_present_month_at_once_and_once(noordkaai, line):
    counts(line, out_of_bundle=30)
    counts(line, OCTOBER, out_of_bundle=30)
    company_wants(noordkaai, out_of_bundle=wanted(25))
    assert fired(noordkaai) == [("out_of_bundle", 25, NOVEMBER)]
    off = Wanted(False, (Decimal("25.00"),))
    for one in (off, wanted(25)):
        company_wants(noordkaai, out_of_bundle=one)
    assert uses(line, out_of_bundle=31) == 0


def test_another_threshold_in_the_middle_of_the_month_fires_once_too(noordkaai, line):
    counts(line, out_of_bundle=30)
    for amount in (25, 28, 50, 28, 25):
        company_wants(noordkaai, out_of_bundle=wanted(amount))
    assert [one[1] for one in fired(noordkaai)] == [25, 28]
    assert uses(line, out_of_bundle=60) == 0, "25 is what is wanted now, and it fired"


def test_a_rule_is_looked_at_also_when_its_message_was_lost(noordkaai, line, django_capture_on_commit_callbacks):
    counts(line, out_of_bundle=30)
    company_wants(noordkaai, out_of_bundle=wanted(25))
    AlertRule.objects.for_customer(noordkaai).update(checked_at=None)
    Alert.objects.for_customer(noordkaai).delete()
    with django_capture_on_commit_callbacks() as woken:
        assert alerts.sweep_rules() == 1
    assert len(woken) == 1
    assert alerts.check_rules(customer_id=noordkaai.pk) == 1
    assert alerts.check_rules(customer_id=noordkaai.pk) == 0
    assert alerts.sweep_rules() == 0


@pytest.mark.django_db(transaction=True)
def test_a_rule_that_is_new_while_an_import_is_at_work_overlooks_nothing(noordkaai, line):
    """The import counts before the rule is there, and commits after it."""
    counted, saved = threading.Event(), threading.Event()

    def import_usage() -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(LOCK, {"customer": noordkaai.pk})
            uses(line, out_of_bundle=30)
            counted.set()
            saved.wait(timeout=10)
        connection.close()

    importing = threading.Thread(target=import_usage)
    importing.start()
    assert counted.wait(timeout=10)
    looking = threading.Thread(target=lambda: (company_wants(noordkaai, out_of_bundle=wanted(25)), connection.close()))
    looking.start()
    eventually(AlertRule.objects.for_customer(noordkaai).exists, what="the rule is saved")
    saved.set()
    importing.join(timeout=20)
    looking.join(timeout=20)
    assert len(fired(noordkaai)) == 1


# --- who is told -----------------------------------------------------------------------------------------------------


def test_managers_are_told_and_nobody_else(noordkaai, line, owner, alice, rita, bob, charlie):
    company_wants(noordkaai, out_of_bundle=wanted(25))
    uses(line, out_of_bundle="27.40")
    assert {one.user for one in told()} == {owner, alice}
    assert titles()[0] == f"0{line.number[3:6]} {line.number[6:8]} {line.number[8:10]} {line.number[10:]}, " + (
        f"{line.subscriber.full_name}: €27.40 outside the bundle"
    )
    assert not told(EMPLOYEE)


def test_the_employee_is_told_by_mail_in_his_language_when_the_rule_says_so(noordkaai, line):
    line.subscriber.language = "fr"
    line.subscriber.save()
    company_wants(noordkaai, allowance=wanted(80, employee=True))
    uses(line, own_data_bytes=17 * GIGABYTE)
    (one,) = told(EMPLOYEE)
    assert (one.email, one.language, one.in_portal) == (line.subscriber.email, "fr", False)
    assert titles(EMPLOYEE)[0].endswith("85% of 20.0\N{NO-BREAK SPACE}GB used")


def test_a_line_without_an_employee_or_address_tells_only_the_managers(noordkaai, owner):
    company_wants(noordkaai, out_of_bundle=wanted(25, employee=True))
    for changes in ({"subscriber": None}, {"subscriber__email": ""}):
        uses(factories.LineFactory(customer=noordkaai, **changes), out_of_bundle=30)
    assert len(told()) == 2 and not told(EMPLOYEE)


def test_of_several_thresholds_at_once_the_highest_is_told(noordkaai, line, owner):
    company_wants(noordkaai, allowance=wanted(50, 80, 100))
    assert uses(line, own_data_bytes=17 * GIGABYTE) == 2
    assert len(told()) == 1


@pytest.mark.parametrize(("lines", "messages"), [(5, 5), (6, 1)])
def test_many_at_once_are_told_together(noordkaai, owner, lines, messages):
    company_wants(noordkaai, out_of_bundle=wanted(25))
    made = factories.LineFactory.create_batch(lines, customer=noordkaai)
    for one in made:
        counts(one, out_of_bundle=30)
    keys = [one.pk for one in made]
    alerts.evaluate(customer_id=noordkaai.pk, periods=[NOVEMBER], lines=keys, bundle_codes=[])
    assert len(told()) == messages
    if messages == 1:
        assert titles() == ["Amount outside the bundle: 6 SIM cards passed it"]
        assert told()[0].url == "/bundles/alerts/fired/?month=2026-11&kind=out_of_bundle"


def test_who_left_hears_nothing(noordkaai, line, owner):
    company_wants(noordkaai, out_of_bundle=wanted(25))
    Membership.objects.for_customer(noordkaai).filter(user=owner).delete()
    assert uses(line, out_of_bundle=30) == 1
    assert not told()


def test_a_long_month_is_a_calendar_month_in_belgium(noordkaai):
    bundle = bundle_with(noordkaai, gigabytes=10)
    company_wants(noordkaai, bundle_percent=wanted(100))
    last = date(2026, 12, 1) - timedelta(days=1)
    assert bundle_uses(bundle, last, 9) == 0
    assert bundle_uses(bundle, date(2026, 12, 1), 1) == 0
    assert bundle_uses(bundle, date(2026, 11, 2), 1) == 1
