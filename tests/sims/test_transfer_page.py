"""The dialog that hands a line over."""

from datetime import timedelta

import pytest
from django.utils import timezone

from fleetportal.audit.actors import Actor
from sims.enums import OrderKind, OrderState
from sims.models import Order, Subscriber
from sims.orders import calendar
from sims.orders.kinds.split_bill import SplitBillWish
from sims.orders.kinds.transfer import TransferPayload
from sims.orders.placing import ask
from tests import factories
from tests.sims.orders.driving import drive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
NEW = {"who": "new", "first_name": "Wout", "last_name": "Lemmens", "language": "nl", "when": "now"}


@pytest.fixture
def english(alice, rita, bob):
    for user in (alice, rita, bob):
        user.language = "en"
        user.save()


@pytest.fixture
def by_alice(alice):
    return Actor.user(alice)


@pytest.fixture
def line(noordkaai, settings):
    settings.SIMULATOR_WORK_SECONDS = 0
    return factories.at_the_operator(factories.LineFactory(customer=noordkaai))


@pytest.fixture
def bram(noordkaai) -> Subscriber:
    return factories.SubscriberFactory(customer=noordkaai, first_name="Bram", last_name="Wouters")


def url(line) -> str:
    return f"/sims/{line.public_id}/transfer/"


def to(person, **more) -> dict[str, str]:
    return {"who": "existing", "subscriber": str(person.public_id), "when": "now", **more}


def orders(line):
    return Order.objects.for_customer(line.customer_id).filter(line=line, kind=OrderKind.TRANSFER)


def test_a_colleague_gets_the_line(client_for, alice, line, bram):
    response = client_for(alice).post(url(line), to(bram))
    assert response.status_code == 303
    assert drive(orders(line).get()) == OrderState.COMPLETED
    line.refresh_from_db()
    assert line.subscriber == bram


def test_somebody_new_is_added_with_the_request(client_for, alice, line, noordkaai):
    assert client_for(alice).post(url(line), NEW).status_code == 303
    wout = Subscriber.objects.for_customer(noordkaai).get(last_name="Lemmens")
    assert TransferPayload.from_json(orders(line).get().payload).subscriber == str(wout.public_id)


def test_somebody_new_without_a_name_is_not_added(client_for, alice, line, noordkaai):
    before = Subscriber.objects.for_customer(noordkaai).count()
    response = client_for(alice).post(url(line), NEW | {"last_name": ""})
    assert response.status_code == 422
    assert "Enter the last name." in response.content.decode()
    assert (orders(line).count(), Subscriber.objects.for_customer(noordkaai).count()) == (0, before)


def test_on_a_date_it_waits_for_that_day(client_for, alice, line, bram):
    day = calendar.local_day(timezone.now()) + timedelta(days=9)
    assert client_for(alice).post(url(line), to(bram, when="date", date=day.isoformat())).status_code == 303
    order = orders(line).get()
    assert (order.state, calendar.local_day(order.not_before)) == (OrderState.SCHEDULED, day)


def test_who_has_the_line_already_is_told_at_the_choice(client_for, alice, line):
    response = client_for(alice).post(url(line), to(line.subscriber))
    assert response.status_code == 422
    assert f"{line.subscriber.full_name} has this line already." in response.content.decode()
    assert not orders(line).exists()


def test_what_a_requester_asks_waits_for_approval(client_for, rita, line, bram):
    former = line.subscriber
    assert client_for(rita).post(url(line), to(bram)).status_code == 303
    assert orders(line).get().state == OrderState.AWAITING_APPROVAL
    line.refresh_from_db()
    assert line.subscriber == former


def test_who_only_looks_and_who_works_elsewhere_stay_out(client_for, bob, charlie, line, bram):
    assert client_for(bob).post(url(line), to(bram)).status_code == 403
    assert client_for(charlie).post(url(line), to(bram)).status_code == 404
    assert not orders(line).exists()


@pytest.mark.parametrize("ends", [True, False])
def test_the_split_bill_ends_only_when_it_is_ticked(client_for, alice, line, bram, noordkaai, by_alice, ends):
    profile = factories.SplitBillProfileFactory(customer=noordkaai)
    drive(ask(line=line, kind=OrderKind.SPLIT_BILL, wish=SplitBillWish(profile=profile.pk), by=by_alice))
    line.refresh_from_db()
    assert line.split_bill
    assert "End the split bill" in client_for(alice).get(url(line)).content.decode()

    client_for(alice).post(url(line), to(bram, **({"ends_split_bill": "on"} if ends else {})))
    drive(orders(line).get())

    follow_ups = Order.objects.for_customer(noordkaai).filter(kind=OrderKind.SPLIT_BILL).order_by("pk")
    stops = [order for order in follow_ups if order.payload.get("profile") in (0, None)]
    assert len(stops) == int(ends)
    for order in stops:
        drive(order)
    line.refresh_from_db()
    assert line.split_bill is not ends
