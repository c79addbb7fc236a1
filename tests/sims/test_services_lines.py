"""Adding and activating lines as services: races, rules checked again, nothing half done."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from fleetportal.audit.actors import Actor
from fleetportal.audit.models import AuditEvent
from fleetportal.web.errors import Refusal
from sims.enums import LineState, OpenRequest, OrderKind, SimState
from sims.models import Line, LineDraft, Order, PortInRequest, Sim, Subscriber
from sims.services.drafts import DraftSent, delete_draft, save_answers
from sims.services.lines import LineWish, activate_line, add_line
from sims.services.subscribers import NewEmployee
from tests import factories
from tests.sims.wizard import Shop

STAFF = NewEmployee(first_name="Wout", last_name="Lemmens", employee_number="E-7")


@pytest.fixture
def shop(noordkaai):
    return Shop(noordkaai)


def draft_for(customer, user, key=None):
    return save_answers(
        customer=customer,
        draft_id=key or uuid.uuid4(),
        answers={"card": {"iccid": "1"}},
        reached=4,
        by=Actor.user(user),
    )


def wish_for(shop, **changes):
    usual = {
        "iccid": shop.card.iccid, "employee": STAFF, "plan": shop.plan.pk, "options": frozenset({shop.travel.pk}),
        "billing_account": shop.account.pk,
    }  # fmt: skip
    return LineWish(**{**usual, **changes})


def at_once(*calls):
    """Run the calls in threads that start together; their results or refusals in order."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(10)
            return call()
        except Refusal as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_one_draft_sent_by_two_requests_at_once_is_one_line(noordkaai, alice, shop):
    draft, by = draft_for(noordkaai, alice), Actor.user(alice)
    wish = wish_for(shop)
    copies = [LineDraft.objects.for_customer(noordkaai).get(pk=draft.pk) for _ in range(4)]
    lines = at_once(*(lambda copy=copy: add_line(draft=copy, wish=wish, by=by) for copy in copies))
    assert {line.pk for line in lines} == {Line.objects.for_customer(noordkaai).get().pk}
    assert Order.objects.for_customer(noordkaai).count() == 1
    assert AuditEvent.objects.filter(kind="line.added").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("in_stock", [True, False], ids=["card in stock", "card not in stock yet"])
def test_one_card_goes_to_one_of_two_drafts_sent_at_once(noordkaai, alice, shop, in_stock):
    by = Actor.user(alice)
    iccid = shop.card.iccid if in_stock else factories.iccid(600_001)
    drafts = [draft_for(noordkaai, alice) for _ in range(2)]
    people = [STAFF, NewEmployee(first_name="An", last_name="Maes")]
    results = at_once(
        *(
            lambda d=draft, p=person: add_line(draft=d, wish=wish_for(shop, iccid=iccid, employee=p), by=by)
            for draft, person in zip(drafts, people, strict=True)
        )
    )
    [refusal] = [result for result in results if isinstance(result, Refusal)]
    assert refusal.field == "iccid"
    assert Line.objects.for_customer(noordkaai).count() == 1
    assert Sim.objects.for_customer(noordkaai).get(iccid=iccid).state == SimState.RESERVED


@pytest.mark.django_db(transaction=True)
def test_the_first_answer_sent_twice_at_once_is_one_draft(noordkaai, alice):
    key = uuid.uuid4()
    drafts = at_once(*(lambda: draft_for(noordkaai, alice, key) for _ in range(4)))
    assert len({draft.pk for draft in drafts}) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (lambda s, z: {"plan": z.plan.pk}, "plan"),
        (lambda s, z: {"options": frozenset({z.travel.pk})}, "option"),
        (lambda s, z: {"options": frozenset({s.travel.pk, s.daypass.pk})}, "option"),
        (lambda s, z: {"plan": s.small.pk, "options": frozenset({s.tablet.pk})}, "option"),
        (lambda s, z: {"billing_account": z.account.pk}, "billing_account"),
        (lambda s, z: {"cost_centre": z.centre.pk}, "cost_centre"),
        (lambda s, z: {"employee": z.person.public_id}, "subscriber"),
        (lambda s, z: {"iccid": z.card.iccid}, "iccid"),
        (lambda s, z: {"split_bill": True, "split_bill_profile": 0}, "split_bill_profile"),
        (lambda s, z: {"employee": NewEmployee(first_name="A", last_name="B",
                                               employee_number=s.person.employee_number)}, "employee_number"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_refused_whole(noordkaai, zuidpark, alice, shop, changes, field):
    theirs = Shop(zuidpark)
    draft = draft_for(noordkaai, alice)
    people = Subscriber.objects.for_customer(noordkaai).count()
    with pytest.raises(Refusal) as caught:
        add_line(draft=draft, wish=wish_for(shop, **changes(shop, theirs)), by=Actor.user(alice))
    assert caught.value.field == field
    assert not Line.objects.for_customer(noordkaai).exists()
    assert Subscriber.objects.for_customer(noordkaai).count() == people
    shop.card.refresh_from_db()
    theirs.card.refresh_from_db()
    assert (shop.card.state, theirs.card.state) == (SimState.IN_STOCK, SimState.IN_STOCK)
    draft.refresh_from_db()
    assert draft.line is None and draft.answers


@pytest.mark.django_db
def test_a_refused_activation_takes_the_new_line_back_too(noordkaai, alice, shop):
    draft = draft_for(noordkaai, alice)
    with pytest.raises(Refusal):
        add_line(draft=draft, wish=wish_for(shop, activate_on=dt.date(2020, 1, 1)), by=Actor.user(alice))
    assert not Line.objects.for_customer(noordkaai).exists()


@pytest.mark.django_db
def test_a_sent_or_deleted_draft_takes_no_more_answers(noordkaai, alice, shop):
    by = Actor.user(alice)
    draft = draft_for(noordkaai, alice)
    gone = draft_for(noordkaai, alice)
    delete_draft(customer=noordkaai, draft_id=gone.public_id, by=by)
    with pytest.raises(Refusal):
        add_line(draft=gone, wish=wish_for(shop), by=by)
    add_line(draft=draft, wish=wish_for(shop), by=by)
    with pytest.raises(DraftSent):
        save_answers(customer=noordkaai, draft_id=draft.public_id, answers={}, reached=1, by=by)
    with pytest.raises(DraftSent):
        delete_draft(customer=noordkaai, draft_id=draft.public_id, by=by)


@pytest.mark.django_db
def test_a_draft_is_its_owners_even_for_colleagues(noordkaai, alice, owner, shop):
    draft = draft_for(noordkaai, alice)
    with pytest.raises(Refusal):
        add_line(draft=draft, wish=wish_for(shop), by=Actor.user(owner))
    with pytest.raises(LineDraft.DoesNotExist):
        save_answers(customer=noordkaai, draft_id=draft.public_id, answers={}, reached=4, by=Actor.user(owner))


@pytest.mark.django_db
def test_activating_later_reserves_a_card_that_still_lies_in_stock(noordkaai, alice):
    line = factories.LineFactory(customer=noordkaai, state=LineState.NEW, number=None, sim__state=SimState.IN_STOCK)
    order = activate_line(line=line, by=Actor.user(alice))
    line.refresh_from_db()
    assert (order.kind, line.open_request) == (OrderKind.ACTIVATE, OpenRequest.PENDING)
    assert Sim.objects.for_customer(noordkaai).get(pk=line.sim_id).state == SimState.RESERVED


@pytest.mark.django_db
def test_activating_a_line_with_a_number_to_bring_asks_for_the_transfer(noordkaai, alice):
    line = factories.LineFactory(customer=noordkaai, state=LineState.NEW, number=None, sim__state=SimState.RESERVED)
    PortInRequest.objects.create(
        customer=noordkaai, line=line, number="+32478112233", donor="Orange", donor_customer_number="1",
        holder_name="N", mandate_by_name="A", mandate_at=line.created_at, mandate_text_version="1",
    )  # fmt: skip
    assert activate_line(line=line, by=Actor.user(alice)).kind == OrderKind.PORT_IN


@pytest.mark.django_db
def test_a_line_is_activated_once(noordkaai, alice):
    line = factories.LineFactory(customer=noordkaai, state=LineState.NEW, number=None, sim__state=SimState.RESERVED)
    activate_line(line=line, by=Actor.user(alice))
    with pytest.raises(Refusal):
        activate_line(line=line, by=Actor.user(alice))
    assert line.orders.count() == 1
