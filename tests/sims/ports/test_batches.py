"""Several numbers in one request: all of it or nothing, once, with one mandate, and decided about together."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction

from accounts.models import Membership
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, NumberProvenance, OrderState, SimState
from sims.models import Line, Order, PortBatch, PortInRequest, PortMandate, Sim, Subscriber
from sims.services.mandates import add_scan, fingerprint, is_unchanged
from sims.services.port_batches import (
    RowRefusal,
    approve_batch,
    bring_along,
    decline_batch,
    delete_batch,
    stop_batch,
)
from sims.services.subscribers import NewEmployee
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import step
from tests.sims.ports.conftest import orders_of

pytestmark = pytest.mark.django_db


def numbers_of(batch) -> list[PortInRequest]:
    return list(PortInRequest.objects.for_customer(batch.customer_id).filter(batch=batch).order_by("pk"))


def test_each_number_becomes_a_line_with_a_transfer_and_all_have_one_mandate(shelf, alice, draft_of, noordkaai):
    batch = bring_along(
        batch=draft_of(alice), wishes=[shelf.wish(0), shelf.wish(1), shelf.wish(2)], by=Actor.user(alice)
    )

    numbers = numbers_of(batch)
    assert [one.number for one in numbers] == ["+32470550000", "+32470550001", "+32470550002"]
    assert {one.mandate_id for one in numbers} == {batch.mandate_id}
    # Whether it is sent today already depends on the day.
    assert [order.state in (OrderState.SCHEDULED, OrderState.READY) for order in orders_of(batch)] == [True] * 3
    assert [one.line.sim.iccid for one in numbers] == [card.iccid for card in shelf.cards[:3]]
    assert all(one.line.sim.state == SimState.RESERVED for one in numbers)
    assert batch.answers == {} and batch.asked_by_name == str(alice)
    expect_audit(AuditKind.PORTS_ASKED, subject=batch, by=alice)
    expect_audit(AuditKind.LINE_ADDED, customer=noordkaai, count=3)


def test_the_mandate_says_who_when_from_where_and_for_which_numbers_and_can_be_proven(shelf, alice, draft_of):
    batch = bring_along(batch=draft_of(alice), wishes=[shelf.wish(0), shelf.wish(1)], by=Actor.user(alice))

    mandate = batch.mandate
    for text in (str(alice), "192.0.2.7", "2026-11", "0470 55 00 00", "0470 55 00 01", "Proximus", "these numbers"):
        assert text in mandate.document
    assert mandate.document_hash == fingerprint(mandate.document) and is_unchanged(mandate)
    assert expect_audit(AuditKind.PORTS_ASKED).after["mandate_hash"] == mandate.document_hash
    assert PortMandate.objects.for_customer(batch.customer_id).count() == 1


def test_private_numbers_are_the_employees_and_the_mandate_speaks_his_language(shelf, alice, draft_of):
    wishes = [shelf.wish(n, was_private=True, holder_enterprise_number="") for n in (0, 1)]
    batch = bring_along(batch=draft_of(alice), wishes=wishes, by=Actor.user(alice))

    assert {one.line.number_provenance for one in numbers_of(batch)} == {NumberProvenance.EMPLOYEE}
    assert batch.mandate.language == "fr"


def nothing_is_written(shelf) -> bool:
    company = shelf.customer
    return not (
        Line.objects.for_customer(company).exists()
        or Order.objects.for_customer(company).exists()
        or PortMandate.objects.for_customer(company).exists()
        or Sim.objects.for_customer(company).exclude(state=SimState.IN_STOCK).exists()
        or Subscriber.objects.for_customer(company).exclude(pk=shelf.person.pk).exists()
    )


def test_one_number_that_is_refused_leaves_nothing_behind_and_is_named(shelf, alice, draft_of):
    draft = draft_of(alice)
    newcomer = NewEmployee(first_name="Jan", last_name="Nieuw")
    wishes = [shelf.wish(0, employee=newcomer), shelf.wish(1), shelf.wish(2, iccid=shelf.cards[0].iccid)]

    with pytest.raises(RowRefusal) as refusal:
        bring_along(batch=draft, wishes=wishes, by=Actor.user(alice))

    assert (refusal.value.row, refusal.value.field) == (2, "iccid")
    assert nothing_is_written(shelf)
    draft.refresh_from_db()
    assert draft.sent_at is None and draft.answers


def test_a_number_that_is_asked_elsewhere_in_the_meantime_refuses_all(shelf, alice, draft_of, noordkaai):
    factories.LineFactory(customer=factories.CustomerFactory(), number="+32470550001")

    with pytest.raises(RowRefusal, match="in use already") as refusal:
        bring_along(batch=draft_of(alice), wishes=[shelf.wish(0), shelf.wish(1)], by=Actor.user(alice))

    assert (refusal.value.row, refusal.value.field) == (1, "number")
    assert nothing_is_written(shelf)


def test_a_request_that_is_sent_twice_is_done_once(shelf, alice, draft_of):
    draft, wishes = draft_of(alice), [shelf.wish(0), shelf.wish(1)]
    first = bring_along(batch=draft, wishes=wishes, by=Actor.user(alice))
    second = bring_along(batch=draft, wishes=wishes, by=Actor.user(alice))

    assert first == second and len(numbers_of(first)) == 2
    expect_audit(AuditKind.PORTS_ASKED)


def test_somebody_new_who_gets_two_numbers_is_added_once(shelf, alice, draft_of):
    newcomer = NewEmployee(first_name="Jan", last_name="Nieuw")
    wishes = [shelf.wish(n, employee=newcomer) for n in (0, 1)]
    batch = bring_along(batch=draft_of(alice), wishes=wishes, by=Actor.user(alice))

    people = {one.line.subscriber for one in numbers_of(batch)}
    assert [person.full_name for person in people] == ["Jan Nieuw"]


def test_what_a_requester_asks_waits_until_a_colleague_lets_all_of_it_go(shelf, alice, rita, draft_of):
    batch = bring_along(batch=draft_of(rita), wishes=[shelf.wish(0), shelf.wish(1)], by=Actor.user(rita))
    assert {order.state for order in orders_of(batch)} == {OrderState.AWAITING_APPROVAL}

    with pytest.raises(Refusal):
        approve_batch(batch=batch, by=Actor.user(rita))
    assert {order.state for order in orders_of(batch)} == {OrderState.AWAITING_APPROVAL}

    assert approve_batch(batch=batch, by=Actor.user(alice)) == 2
    assert {order.approved_by_name for order in orders_of(batch)} == {str(alice)}
    with pytest.raises(Refusal, match="decided"):
        approve_batch(batch=batch, by=Actor.user(alice))


def test_who_asked_cannot_approve_it_himself_even_if_he_may_decide_by_now(shelf, alice, rita, draft_of):
    batch = bring_along(batch=draft_of(rita), wishes=[shelf.wish(0)], by=Actor.user(rita))
    Membership.objects.for_customer(shelf.customer).filter(user=rita).update(role=Role.MANAGER)
    with pytest.raises(Refusal, match="yourself"):
        approve_batch(batch=batch, by=Actor.user(rita))


def test_declining_tells_the_reason_for_every_number_and_keeps_the_lines(shelf, alice, rita, draft_of):
    batch = bring_along(batch=draft_of(rita), wishes=[shelf.wish(0), shelf.wish(1)], by=Actor.user(rita))
    assert decline_batch(batch=batch, reason="Not this year.", by=Actor.user(alice)) == 2

    assert {(order.state, order.error_message) for order in orders_of(batch)} == {
        (OrderState.CANCELLED, "Not this year.")
    }
    assert {one.line.state for one in numbers_of(batch)} == {LineState.NEW}


def test_stopping_takes_back_what_was_not_sent_and_asks_the_operator_about_the_rest(shelf, alice, draft_of, settings):
    settings.PORT_IN_LEAD_WORKING_DAYS = 0
    settings.PORT_IN_WINDOW = ("00:00", "23:59")
    batch = bring_along(batch=draft_of(alice), wishes=[shelf.wish(0), shelf.wish(1)], by=Actor.user(alice))
    sent, _unsent = orders_of(batch)
    step(sent)

    done = stop_batch(batch=batch, by=Actor.user(alice))
    assert (done.cancelled, done.asked) == (1, 1)
    with pytest.raises(Refusal, match="can be stopped any more"):
        stop_batch(batch=batch, by=Actor.user(alice))


def test_one_signed_copy_is_kept_for_all_numbers_and_each_line_tells_of_it(shelf, alice, draft_of, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    batch = bring_along(batch=draft_of(alice), wishes=[shelf.wish(0), shelf.wish(1)], by=Actor.user(alice))
    scan = ContentFile(b"%PDF-1.7")
    add_scan(mandate=batch.mandate, scan=scan, name="signed.pdf", content_type="application/pdf", by=Actor.user(alice))

    for one in numbers_of(batch):
        expect_audit(AuditKind.PORT_SCAN_ADDED, subject=one.line)
        assert one.mandate.scan_name == "signed.pdf"


def test_a_sent_request_has_a_mandate_in_the_database_too(noordkaai, alice, draft_of):
    draft = draft_of(alice)
    with pytest.raises(IntegrityError), transaction.atomic():
        PortBatch.objects.for_customer(noordkaai).filter(pk=draft.pk).update(sent_at=draft.created_at)


def test_a_draft_is_thrown_away_by_its_owner_only(noordkaai, alice, rita, draft_of):
    draft = draft_of(alice)
    delete_batch(customer=noordkaai, batch_id=draft.public_id, by=Actor.user(rita))
    assert PortBatch.objects.for_customer(noordkaai).exists()
    delete_batch(customer=noordkaai, batch_id=draft.public_id, by=Actor.user(alice))
    assert not PortBatch.objects.for_customer(noordkaai).exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_send_the_same_draft_at_once_ask_once(shelf, alice, draft_of):
    draft, wishes = draft_of(alice), [shelf.wish(0), shelf.wish(1)]
    start = threading.Barrier(2)

    def send() -> PortBatch:
        try:
            start.wait()
            return bring_along(batch=draft, wishes=wishes, by=Actor.user(alice))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        results = [job.result() for job in [pool.submit(send), pool.submit(send)]]

    assert results[0] == results[1]
    assert len(numbers_of(results[0])) == 2
    expect_audit(AuditKind.PORTS_ASKED)


@pytest.mark.django_db(transaction=True)
def test_two_requests_for_the_same_numbers_and_cards_the_other_way_round_never_wait_for_each_other(
    shelf, alice, draft_of
):
    wishes = [shelf.wish(0), shelf.wish(1), shelf.wish(2)]
    start = threading.Barrier(2)

    def send(some) -> PortBatch | RowRefusal:
        draft = draft_of(alice)
        try:
            start.wait()
            return bring_along(batch=draft, wishes=some, by=Actor.user(alice))
        except RowRefusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(send, wishes), pool.submit(send, wishes[::-1])]
        results = [job.result() for job in jobs]

    assert sorted(type(result).__name__ for result in results) == ["PortBatch", "RowRefusal"]
    assert PortInRequest.objects.for_customer(shelf.customer).count() == 3
