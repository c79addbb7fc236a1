"""What bundles used in a month and who used it: the right month and company, in as few questions as there can be."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from groupbundles.enums import BundleKind, UsageZone
from groupbundles.models import BundleOffer
from groupbundles.queries.bundle_savings import Saving, saving
from groupbundles.queries.bundle_usage import biggest_users, months_of, unused_by, use_of_everybody
from tests import factories
from tests.groupbundles.curves import GB, curve, used
from tests.usage import use

pytestmark = pytest.mark.django_db

OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


@pytest.fixture
def bundle(noordkaai):
    return factories.GroupBundleFactory(customer=noordkaai, code="GB-DATA-1")


def member(bundle, since=date(2026, 1, 1), until=None, **line):
    joined = factories.BundleMemberFactory(
        bundle=bundle, line=factories.LineFactory(customer=bundle.customer, **line), since=since, until=until
    )
    return joined.line


def month(bundle, period=NOVEMBER, updated_at=NOON):
    return months_of(bundle.customer, [bundle], period, updated_at)[bundle.pk]


def test_a_month_has_its_own_days_and_those_of_the_month_before(bundle, zuidpark):
    before = curve(bundle, OCTOBER, NOVEMBER)
    now = curve(bundle, NOVEMBER, date(2026, 11, 20))
    namesake = factories.GroupBundleFactory(customer=zuidpark, code=bundle.code)
    curve(namesake, NOVEMBER, date(2026, 11, 20), working=7, off=7)
    found = month(bundle)
    assert (found.used, found.used_before) == (now, before)
    assert found.known_until == date(2026, 11, 20)
    assert found.forecast.expected > now


def test_records_of_another_kind_do_not_count(noordkaai, bundle):
    curve(bundle, NOVEMBER, date(2026, 11, 3))
    calls = factories.GroupBundleFactory.build(customer=noordkaai, code=bundle.code, kind=BundleKind.VOICE)
    curve(calls, NOVEMBER, date(2026, 11, 3), working=5, off=5)
    assert month(bundle).used == 80 * GB


def test_all_bundles_of_a_list_take_one_question(noordkaai, bundle, django_assert_num_queries):
    bundles = [bundle, *factories.GroupBundleFactory.create_batch(3, customer=noordkaai)]
    for one in bundles:
        curve(one, NOVEMBER, date(2026, 11, 3))
    with django_assert_num_queries(1):
        found = months_of(noordkaai, bundles, NOVEMBER, NOON)
    assert [found[one.pk].used for one in bundles] == [80 * GB] * 4


def test_before_anything_came_in_there_is_nothing_to_tell(bundle):
    found = month(bundle, updated_at=None)
    assert (found.used, found.forecast, found.shown_until) == (0, None, date(2026, 10, 31))


def test_records_that_come_late_leave_days_open_and_not_empty(bundle):
    """Brought up to date on the 20th with records up to the 16th: the days since are unknown."""
    curve(bundle, OCTOBER, date(2026, 11, 17))
    found = month(bundle)
    assert found.known_until == date(2026, 11, 17)
    assert len(found.forecast.points) == 14


def test_a_month_that_is_over_is_known_whatever_its_last_days_had(bundle):
    curve(bundle, OCTOBER, date(2026, 10, 29))
    found = month(bundle, OCTOBER)
    assert found.is_over
    assert found.forecast.is_final
    assert found.shown_until == date(2026, 10, 31)


def test_a_bundle_that_has_ended_expects_nothing(bundle):
    curve(bundle, OCTOBER, date(2026, 11, 11))
    bundle.state, bundle.ends_on = "ended", date(2026, 11, 11)
    assert month(bundle).forecast.is_final


def test_the_biggest_users_come_first_also_those_who_left_since(bundle, django_assert_num_queries):
    small, big = member(bundle), member(bundle)
    left = factories.LineFactory(customer=bundle.customer)
    for line, amount in ((small, 1), (big, 5), (left, 3)):
        used(bundle, line, date(2026, 11, 4), amount * GB)
        used(bundle, line, date(2026, 11, 5), amount * GB)
    used(bundle, small, date(2026, 10, 31), 100 * GB)
    use(small, date(2026, 11, 5), 100 * GB, bundle="own")
    with django_assert_num_queries(2):
        page = biggest_users(bundle.customer, bundle, NOVEMBER, 1)
    assert [(row.number, row.used) for row in page] == [
        (big.number, 10 * GB),
        (left.number, 6 * GB),
        (small.number, 2 * GB),
    ]
    assert page.items[0].name == big.subscriber.full_name
    assert page.items[0].cost_centre == str(big.cost_centre)
    assert page.total == 3


def test_a_page_past_the_end_is_the_first_one(bundle):
    used(bundle, member(bundle), NOVEMBER, GB)
    page = biggest_users(bundle.customer, bundle, NOVEMBER, 9)
    assert (page.number, len(page)) == (1, 1)


def test_members_without_use_are_those_of_that_month(bundle):
    idle = member(bundle, number="+32468000001")
    left_in_it = member(bundle, until=date(2026, 11, 2), number="+32468000002")
    member(bundle, until=NOVEMBER)
    member(bundle, since=DECEMBER)
    used(bundle, member(bundle), date(2026, 11, 4), GB)
    elsewhere = member(bundle, number="+32468000003")
    use(elsewhere, date(2026, 11, 4), GB, bundle="own")
    used(bundle, elsewhere, date(2026, 10, 4), GB)
    factories.BundleMemberFactory(bundle=bundle, line=left_in_it, since=date(2026, 11, 9))
    page = unused_by(bundle.customer, bundle, NOVEMBER, 1)
    assert [row.number for row in page] == [line.number for line in (idle, left_in_it, elsewhere)]
    assert page.total == 3


def test_everybody_is_there_once(bundle):
    idle, busy = member(bundle), member(bundle)
    factories.BundleMemberFactory(bundle=bundle, line=busy, since=date(2025, 1, 1), until=date(2026, 11, 2))
    left = factories.LineFactory(customer=bundle.customer)
    used(bundle, busy, date(2026, 11, 4), 2 * GB)
    used(bundle, left, date(2026, 11, 4), GB)
    found = [(use.number, use.used) for use in use_of_everybody(bundle.customer, bundle, NOVEMBER)]
    assert found == [(busy.number, 2 * GB), (left.number, GB), (idle.number, 0)]


@pytest.fixture
def offer(noordkaai):
    return factories.BundleOfferFactory(customer=noordkaai, size=100 * GB, price_month="30.00")


def saved(customer) -> Saving | None:
    """Seen on 20 November."""
    offers = BundleOffer.objects.for_customer(customer).filter(is_available=True)
    return saving(customer, offers, date(2026, 11, 20))


def outside(line, period, charge, amount=20 * GB, zone=UsageZone.BE):
    use(line, period.replace(day=12), amount, bundle="", charge=charge, zone=zone)


def test_a_bundle_would_have_saved_what_was_charged_less_its_price(noordkaai, offer):
    line = factories.LineFactory(customer=noordkaai)
    outside(line, date(2026, 8, 1), "90")
    outside(line, OCTOBER, "60", zone=UsageZone.EU)
    use(line, date(2026, 9, 3))
    found = saved(noordkaai)
    assert (found.offer, found.months, found.charged, found.saved) == (offer, 3, Decimal(50), Decimal(20))


def test_the_cheapest_offer_that_holds_the_busiest_month_counts(noordkaai, offer):
    small = factories.BundleOfferFactory(customer=noordkaai, size=10 * GB, price_month="5.00")
    factories.BundleOfferFactory(customer=noordkaai, size=500 * GB, price_month="80.00")
    factories.BundleOfferFactory(customer=noordkaai, size=500 * GB, price_month="1.00", is_available=False)
    factories.BundleOfferFactory(customer=noordkaai, kind=BundleKind.VOICE, size=500 * GB, price_month="1.00")
    line = factories.LineFactory(customer=noordkaai)
    outside(line, OCTOBER, "90", amount=20 * GB)
    assert saved(noordkaai).offer == offer
    small.size = 20 * GB
    small.save()
    assert saved(noordkaai).offer == small


@pytest.mark.parametrize(
    ("period", "charge", "zone"),
    [
        (OCTOBER, "29.99", UsageZone.BE),  # no offer is cheaper
        (OCTOBER, "300", UsageZone.WORLD),  # no bundle counts there
        (NOVEMBER, "300", UsageZone.BE),  # a month that is not over says nothing yet
        (date(2026, 7, 1), "300", UsageZone.BE),  # too long ago
    ],
)
def test_nothing_is_promised_without_reason(noordkaai, offer, period, charge, zone):
    outside(factories.LineFactory(customer=noordkaai), period, charge, zone=zone)
    assert saved(noordkaai) is None


def test_what_another_company_paid_says_nothing(noordkaai, zuidpark, offer):
    outside(zuidpark_line := factories.LineFactory(customer=zuidpark), OCTOBER, "300")
    assert zuidpark_line.customer == zuidpark
    assert saved(noordkaai) is None
