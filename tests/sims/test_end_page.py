"""The dialog that ends a line: a password first, the right digits, and a reason where the number is held."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from fleetportal.audit.models import AuditEvent
from sims.enums import AuditKind, LineState, OrderKind, OrderState
from sims.models import Line, Order
from sims.orders import calendar
from sims.orders.kinds.end import EndPayload
from tests import factories
from tests.audit.expect import expect_audit

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(noordkaai):
    return factories.at_the_operator(factories.LineFactory(customer=noordkaai))


@pytest.fixture
def today():
    return calendar.local_day(timezone.now())


def with_password(client):
    """The person has just given his password again."""
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    return client


def answers(line, day, **more) -> dict:
    return {"date": day.isoformat(), "digits": line.number[-4:], **more}


def end_orders(line):
    return Order.objects.for_customer(line.customer_id).filter(line=line, kind=OrderKind.END)


def test_the_password_comes_first(client_for, alice, line):
    client, address = client_for(alice), reverse("line_end", args=[line.public_id])

    page = client.get(address)
    assert (page.status_code, page.url) == (302, f"/accounts/reauthenticate/?next={address.replace('/', '%2F')}")
    dialog = client.get(address, headers={"HX-Request": "true"})
    assert (dialog.status_code, dialog.headers["HX-Redirect"]) == (200, page.url)
    sent = client.post(address, answers(line, calendar.local_day(timezone.now())))
    assert sent.status_code == 302
    assert not end_orders(line).exists()


def test_the_dialog_says_what_is_lost_and_asks(client_for, alice, line, today):
    client, address = with_password(client_for(alice)), reverse("line_end", args=[line.public_id])
    text = client.get(address).text
    assert "19,00" in text

    assert client.post(address, answers(line, today)).status_code == 303
    order = end_orders(line).get()
    assert (order.state, order.requested_by_id) == (OrderState.READY, alice.pk)


def test_the_wrong_digits_end_nothing(client_for, alice, line, today):
    client, address = with_password(client_for(alice)), reverse("line_end", args=[line.public_id])
    answer = client.post(address, answers(line, today, digits="0000x1"))

    assert answer.status_code == 422
    assert not end_orders(line).exists()


def test_a_day_that_is_over_ends_nothing(client_for, alice, line, today):
    client, address = with_password(client_for(alice)), reverse("line_end", args=[line.public_id])
    assert client.post(address, answers(line, today - timedelta(days=1))).status_code == 422
    assert not end_orders(line).exists()


def test_a_held_number_needs_a_reason_which_is_recorded(client_for, alice, line, today):
    until = today + timedelta(days=10)
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(reclaim_until=until)
    client, address = with_password(client_for(alice)), reverse("line_end", args=[line.public_id])

    assert client.post(address, answers(line, today)).status_code == 422
    assert client.post(address, answers(line, today, override=" ")).status_code == 422
    assert not end_orders(line).exists()
    assert client.post(address, answers(line, today, override="Agreed in writing")).status_code == 303
    assert EndPayload.from_json(end_orders(line).get().payload).override == "Agreed in writing"
    event = expect_audit(AuditKind.HOLD_OVERRIDDEN, subject=line, by=alice)
    assert (event.after["reason"], event.after["reclaim_until"]) == ("Agreed in writing", until.isoformat())


def test_after_the_month_no_reason_is_needed(client_for, alice, line, today):
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(reclaim_until=today + timedelta(days=10))
    client, address = with_password(client_for(alice)), reverse("line_end", args=[line.public_id])

    later = today + timedelta(days=11)
    assert client.post(address, answers(line, later, override="not needed")).status_code == 303
    assert EndPayload.from_json(end_orders(line).get().payload).override == ""
    assert not AuditEvent.objects.filter(kind=AuditKind.HOLD_OVERRIDDEN).exists()


def test_what_a_requester_asks_waits_for_a_colleague(client_for, rita, line, today):
    client, address = with_password(client_for(rita)), reverse("line_end", args=[line.public_id])
    assert client.post(address, answers(line, today)).status_code == 303
    assert end_orders(line).get().state == OrderState.AWAITING_APPROVAL


def test_an_ended_line_says_so(client_for, alice, line):
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(state=LineState.TERMINATED)
    client, address = with_password(client_for(alice)), reverse("line_end", args=[line.public_id])
    assert client.get(address).status_code == 409


@pytest.mark.parametrize(("person", "status"), [("bob", 403), ("charlie", 404)])
def test_nobody_else_ends_it(request, client_for, line, today, person, status):
    client = with_password(client_for(request.getfixturevalue(person)))
    address = reverse("line_end", args=[line.public_id])
    assert client.post(address, answers(line, today)).status_code == status
