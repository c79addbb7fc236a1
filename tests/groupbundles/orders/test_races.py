"""Two at once about bundles: one is first, the other is told; a line is never in two."""

import pytest

from fleetportal.web.errors import Refusal
from groupbundles.models import BundleMember, GroupBundle
from sims.enums import LineState, OrderKind, OrderState
from sims.models import Order
from sims.orders.engine import run_due
from sims.orders.kinds.end import EndWish
from sims.orders.placing import Conflict, ask
from tests.sims.orders.driving import drive, make_due, step
from tests.sims.orders.test_races import attempt

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_changes_of_one_bundle_at_once_place_one(lines, bundle, change, at_once):
    results = at_once(
        [
            attempt(lambda: change(bundle, add=lines[2:]), Conflict),
            attempt(lambda: change(bundle, offer="GB-DATA-5TB"), Conflict),
        ]
    )

    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
    assert Order.objects.for_customer(bundle.customer_id).filter(kind=OrderKind.BUNDLE_CHANGE).count() == 1


def test_one_line_for_two_new_bundles_at_once_is_asked_for_one(lines, ask_new, at_once):
    results = at_once([attempt(lambda: ask_new(lines), Refusal)] * 3)

    placed = [result for result in results if isinstance(result, Order)]
    assert len(placed) == 1
    assert drive(placed[0]) == OrderState.COMPLETED
    assert BundleMember.objects.for_customer(placed[0].customer_id).filter(until=None).count() == len(lines)


def test_two_workers_that_hear_of_the_completion_make_one_bundle(lines, ask_new, at_once):
    order = ask_new(lines)
    step(order)
    make_due(order)

    at_once([lambda: run_due(order.pk)] * 4)

    assert drive(order) == OrderState.COMPLETED
    assert GroupBundle.objects.for_customer(order.customer_id).count() == 1


def test_a_line_that_ends_while_its_bundle_is_made_is_in_none(lines, ask_new, by_alice, at_once):
    order = ask_new(lines)
    ending = ask(line=lines[0], kind=OrderKind.END, wish=EndWish(), by=by_alice)
    for one in (order, ending):
        step(one)
        make_due(one)

    at_once([lambda: run_due(order.pk), lambda: run_due(ending.pk)])

    assert drive(order) == drive(ending) == OrderState.COMPLETED
    lines[0].refresh_from_db()
    assert lines[0].state == LineState.TERMINATED
    living = BundleMember.objects.for_customer(order.customer_id).filter(until=None)
    assert sorted(living.values_list("line_id", flat=True)) == sorted([lines[1].pk, lines[2].pk])
