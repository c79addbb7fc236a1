"""Group bundles at the simulated operator: made, changed and ended on their day, refused for reasons of its records."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from fleetportal.operators.contract import OperatorLine, OrderAction, OrderStatus, Rejected, ServiceStatus
from fleetportal.operators.registry import get_operator
from fleetportal.operators.simulator.faults import set_faults
from fleetportal.operators.simulator.inventory import adopt_lines, offer_bundles
from fleetportal.operators.simulator.models import Faults, SimulatedBundle, SimulatedOffer
from tests.operators.contract_cases import bundle, card

COMPANY = "0403019261"
FIRST, SECOND, THIRD = "+32468000001", "+32468000002", "+32468000003"

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(settings):
    settings.SIMULATOR_WORK_SECONDS = 60
    offer_bundles(COMPANY, [("GB-DATA-2TB", "data", 2000), ("GB-DATA-5TB", "data", 5000), ("GB-VOICE", "voice", 60)])
    adopt_lines(COMPANY, [OperatorLine(n, card(), ServiceStatus.ACTIVE, "P") for n in (FIRST, SECOND, THIRD)])
    return get_operator()


def outcome(operator, request):
    """How an order ends when the work is over."""
    reference = operator.submit(request).reference
    ahead = Faults.objects.values_list("clock_offset_seconds", flat=True).first() or 0
    set_faults(clock_offset_seconds=ahead + 61)
    return operator.get_order(reference)


def made(operator, *numbers, **fields):
    return outcome(operator, bundle(add_numbers=numbers, **fields)).bundle_code


def change(code, **fields):
    return bundle(action=OrderAction.CHANGE_BUNDLE, bundle_code=code, **fields)


def bundles(operator):
    return {found.code: found for found in operator.list_bundles(COMPANY)}


def test_a_bundle_is_made_with_its_members_and_gets_a_code(operator):
    answer = outcome(operator, bundle(add_numbers=(FIRST, SECOND), billing_account="1000234"))

    assert answer.status == OrderStatus.COMPLETED
    found = bundles(operator)[answer.bundle_code]
    assert (found.offer, found.numbers, found.billing_account) == ("GB-DATA-2TB", (FIRST, SECOND), "1000234")
    assert found.ends_on is None
    assert not list(operator.list_bundles("another"))


def test_the_code_is_told_when_it_is_done_and_not_before(operator):
    assert operator.submit(bundle()).bundle_code == ""


def test_size_and_members_change_together(operator):
    code = made(operator, FIRST, SECOND)

    answer = outcome(operator, change(code, bundle_offer="GB-DATA-5TB", add_numbers=(THIRD,), remove_numbers=(FIRST,)))

    assert (answer.status, answer.bundle_code) == (OrderStatus.COMPLETED, code)
    assert (bundles(operator)[code].offer, bundles(operator)[code].numbers) == ("GB-DATA-5TB", (SECOND, THIRD))


def test_an_ended_bundle_has_a_day_and_no_members_and_its_lines_are_free(operator):
    code = made(operator, FIRST)
    outcome(operator, bundle(action=OrderAction.END_BUNDLE, bundle_code=code))

    assert (bundles(operator)[code].numbers, bundles(operator)[code].ends_on is None) == ((), False)
    again = made(operator, FIRST)
    assert bundles(operator)[again].numbers == (FIRST,)


def test_it_is_done_on_the_day_that_was_asked_and_not_earlier(operator):
    day = timezone.localdate() + timedelta(days=40)
    answer = operator.submit(bundle(requested_on=day))
    assert answer.promised_for.astimezone(UTC) > datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=3)

    assert operator.get_order(answer.reference).status == OrderStatus.IN_PROGRESS
    set_faults(clock_offset_seconds=42 * 86_400)
    assert operator.get_order(answer.reference).status == OrderStatus.COMPLETED


def test_a_line_that_ends_leaves_its_bundle_and_refuses_nobody(operator):
    code = made(operator, FIRST, SECOND)
    outcome(operator, bundle(action=OrderAction.TERMINATE, number=FIRST))
    assert bundles(operator)[code].numbers == (SECOND,)

    other = made(operator, FIRST, THIRD, bundle_offer="GB-VOICE")
    assert bundles(operator)[other].numbers == (THIRD,)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda code: bundle(bundle_offer="GB-DATA-9TB"), "bundle_offer_unknown"),
        (lambda code: bundle(bundle_offer=""), "bundle_offer_unknown"),
        (lambda code: bundle(customer_reference="another"), "bundle_offer_unknown"),
        (lambda code: bundle(add_numbers=("+32499000000",)), "bundle_line_unknown"),
        (lambda code: bundle(add_numbers=(FIRST,)), "line_in_another_bundle"),
        (lambda code: change("GB-NONE"), "bundle_unknown"),
        (lambda code: change(code, customer_reference="another"), "bundle_unknown"),
        (lambda code: change(code, bundle_offer="GB-VOICE"), "bundle_offer_unknown"),
        (lambda code: change(code, bundle_offer="GB-DATA-2TB"), "bundle_too_small"),
        (lambda code: change(code, add_numbers=("+32499000000",)), "bundle_line_unknown"),
    ],
)
def test_what_its_records_do_not_allow_is_refused_at_once(operator, make, code):
    own = made(operator, FIRST, bundle_offer="GB-DATA-5TB")
    SimulatedBundle.objects.update(used=3000)

    with pytest.raises(Rejected) as refusal:
        operator.submit(make(own))

    assert refusal.value.code == code


def test_a_bundle_is_changed_by_one_order_at_a_time_and_not_after_its_end(operator):
    code = made(operator, FIRST)
    operator.submit(change(code, add_numbers=(SECOND,)))
    with pytest.raises(Rejected) as refusal:
        operator.submit(change(code, add_numbers=(THIRD,)))
    assert refusal.value.code == "bundle_has_an_order"

    set_faults(clock_offset_seconds=200)
    outcome(operator, bundle(action=OrderAction.END_BUNDLE, bundle_code=code))
    with pytest.raises(Rejected) as refusal:
        operator.submit(change(code, add_numbers=(THIRD,)))
    assert refusal.value.code == "bundle_ended"


def test_what_changed_during_the_work_is_refused_at_its_end(operator):
    first, second = (operator.submit(bundle(add_numbers=(FIRST,))) for _n in range(2))
    set_faults(clock_offset_seconds=61)

    codes = [operator.get_order(answer.reference).error_code for answer in (first, second)]

    assert codes == ["", "line_in_another_bundle"]


def test_a_line_may_be_in_a_bundle_of_each_kind(operator):
    data, voice = made(operator, FIRST), made(operator, FIRST, bundle_offer="GB-VOICE")

    assert bundles(operator)[data].numbers == bundles(operator)[voice].numbers == (FIRST,)


def test_a_contract_that_changed_is_the_one_that_counts(operator):
    offer_bundles(COMPANY, [("GB-DATA-2TB", "data", 2500)])

    assert list(SimulatedOffer.objects.values_list("code", "size")) == [("GB-DATA-2TB", 2500)]
