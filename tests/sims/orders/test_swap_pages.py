"""The page on which a SIM card is replaced, with and without scripts, and its walls."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from sims.enums import OrderKind, OrderState, SimState, SwapReason
from sims.models import FleetPolicy, Line, Order, Sim
from tests import factories

pytestmark = pytest.mark.usefixtures("settled")

HTMX = {"HX-Request": "true"}
AGAIN = "/accounts/reauthenticate/"


@pytest.fixture
def client(client_for, alice) -> Client:
    """Alice, who gave her password a moment ago."""
    return with_password(client_for(alice))


def with_password(client: Client) -> Client:
    assert client.post(AGAIN, {"password": factories.PASSWORD}).status_code == 302
    return client


def url(line, name="line_swap") -> str:
    return reverse(name, args=[line.public_id])


def token_in(response) -> str:
    found = re.search(r'name="token" value="([^"]+)"', response.content.decode())
    return found[1] if found else ""


def orders(line):
    return Order.objects.for_customer(line.customer_id).filter(kind=OrderKind.SWAP)


def test_without_scripts_it_is_two_pages(client, line, card):
    assert client.get(url(line)).status_code == 200
    values = {"iccid": card.iccid, "reason": SwapReason.LOST}
    shown = client.post(url(line), values)
    text = shown.content.decode()
    assert shown.status_code == 200 and not orders(line).exists()
    assert line.subscriber.full_name in text and card.iccid[-4:] in text and line.sim.iccid[-4:] in text

    done = client.post(url(line), values | {"token": token_in(shown)})
    assert (done.status_code, done.url) == (303, reverse("line_detail", args=[line.public_id]))
    assert orders(line).get().new_sim == card


def test_with_scripts_the_check_brings_the_confirmation(client, line, card):
    values = {"iccid": card.iccid[-5:], "reason": SwapReason.STOLEN}
    checked = client.post(url(line, "line_swap_check"), values, headers=HTMX)
    assert checked.status_code == 200 and not orders(line).exists()

    client.post(url(line), values | {"token": token_in(checked)})
    assert orders(line).get().payload["iccid"] == card.iccid


def test_a_confirmation_of_other_values_shows_them_again(client, line, card, noordkaai):
    values = {"iccid": card.iccid, "reason": SwapReason.LOST}
    token = token_in(client.post(url(line), values))
    other = factories.SimFactory(customer=noordkaai)
    again = client.post(url(line), values | {"iccid": other.iccid, "token": token})

    assert again.status_code == 200 and token_in(again) not in ("", token)
    assert not orders(line).exists()


def test_a_confirmation_sent_twice_is_one_request(client, line, card):
    values = {"iccid": card.iccid, "reason": SwapReason.LOST}
    values["token"] = token_in(client.post(url(line), values))
    client.post(url(line), values)
    second = client.post(url(line), values)
    assert second.status_code in (409, 422)
    assert orders(line).count() == 1


def test_several_cards_with_the_same_end_are_shown_to_choose_from(client, line, noordkaai):
    ends = "123"
    cards = [factories.SimFactory(customer=noordkaai, iccid=f"893203000000000{n}{ends}") for n in (1, 2)]
    for card, core in zip(cards, ("A1", "A2"), strict=True):
        Sim.objects.for_customer(noordkaai).filter(pk=card.pk).update(iccid=f"89320399990000{core[1]}7{ends}")
    typed = {"iccid": "7123", "reason": SwapReason.OTHER}
    shown = client.post(url(line, "line_swap_check"), typed, headers=HTMX)
    assert shown.content.decode().count('name="pick"') == 2 and not token_in(shown)

    picked = client.post(url(line, "line_swap_check"), typed | {"pick": f"8932039999000017{ends}"}, headers=HTMX)
    assert token_in(picked)


@pytest.mark.parametrize("typed", ["", "123", "abcd", "9999999", "8932031234567890123456789"])
def test_what_is_no_card_says_so_and_gives_no_confirmation(client, line, typed):
    response = client.post(url(line), {"iccid": typed, "reason": SwapReason.LOST})
    assert response.status_code == 422 and not token_in(response)


def test_an_odd_number_has_to_be_compared_first(client, line):
    odd = factories.iccid(888_000_001)[:-1]
    odd += str((int(factories.iccid(888_000_001)[-1]) + 1) % 10)
    values = {"iccid": odd, "reason": SwapReason.LOST}
    first = client.post(url(line), values)
    assert first.status_code == 422 and "iccid_seen" in first.content.decode()
    assert token_in(client.post(url(line), values | {"iccid_seen": odd}))


def test_cards_of_others_and_cards_in_use_are_refused(client, line, zuidpark):
    theirs = Sim.objects.for_customer(zuidpark).get(state=SimState.IN_STOCK)
    for iccid in (theirs.iccid, line.sim.iccid, theirs.iccid[-12:], theirs.iccid[-6:]):
        response = client.post(url(line), {"iccid": iccid, "reason": SwapReason.LOST})
        assert response.status_code == 422 and not token_in(response)


@pytest.mark.parametrize(("eid", "is_right"), [("", True), ("8" * 32, False), ("123", False), ("x" * 32, False)])
def test_an_eid_has_to_add_up(client, line, card, eid, is_right):
    response = client.post(url(line), {"iccid": card.iccid, "reason": SwapReason.LOST, "eid": eid})
    assert (response.status_code == 200) is is_right


def test_an_eid_is_kept_with_the_card(client, line, card):
    body = "8903302300000000000000000000" + "00"
    eid = body + f"{98 - int(body + '00') % 97:02d}"
    assert int(eid) % 97 == 1
    values = {"iccid": card.iccid, "reason": SwapReason.LOST, "eid": eid}
    client.post(url(line), values | {"token": token_in(client.post(url(line), values))})
    assert Sim.objects.for_customer(line.customer_id).get(pk=card.pk).eid == eid


# Walls


def test_the_password_is_asked_first_and_leads_back(client_for, alice, line):
    client = client_for(alice)
    asked = client.get(url(line))
    assert asked.status_code == 302 and asked.url.startswith(f"{AGAIN}?next=")
    back = client.post(asked.url, {"password": factories.PASSWORD, "next": url(line)})
    assert back.url == url(line)
    assert client.get(url(line)).status_code == 200


def test_what_was_typed_survives_giving_the_password(client, line, card):
    values = {"iccid": card.iccid, "reason": SwapReason.LOST}
    session = client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [record | {"at": record["at"] - 301} for record in records]
    session.save()
    asked = client.post(url(line), values)
    assert asked.status_code == 302 and asked.url.startswith(AGAIN)

    shown = client.post(asked.url, {"password": factories.PASSWORD, "next": url(line)})
    assert shown.status_code == 200 and card.iccid[-4:] in shown.content.decode() and token_in(shown)


def test_a_wrong_password_leads_nowhere(client_for, alice, line):
    client = client_for(alice)
    client.post(AGAIN, {"password": "niet dit", "next": url(line)})
    assert client.get(url(line)).status_code == 302


def test_what_a_requester_confirms_waits_for_approval(client_for, rita, line, card):
    client = with_password(client_for(rita))
    values = {"iccid": card.iccid, "reason": SwapReason.LOST}
    client.post(url(line), values | {"token": token_in(client.post(url(line), values))})
    assert orders(line).get().state == OrderState.AWAITING_APPROVAL
    assert client.post(url(line, "line_card_lock"), {"lock": "1"}).status_code == 403
    assert client.get(reverse("fleet_policy")).status_code == 403


def test_a_viewer_and_another_company_meet_their_walls(client_for, bob, charlie, line, card):
    values = {"iccid": card.iccid, "reason": SwapReason.LOST}
    for name in ("line_swap", "line_swap_check"):
        assert client_for(bob).post(url(line, name), values).status_code == 403
        assert with_password(client_for(charlie)).post(url(line, name), values).status_code == 404


def test_approving_a_replacement_asks_for_the_password_too(client_for, owner, alice, rita, line, card):
    asker = with_password(client_for(rita))
    values = {"iccid": card.iccid, "reason": SwapReason.LOST}
    asker.post(url(line), values | {"token": token_in(asker.post(url(line), values))})
    order = orders(line).get()
    approve = reverse("order_approve", args=[order.pk])
    approver = client_for(owner)

    assert approver.post(approve).url.startswith(AGAIN)
    order.refresh_from_db()
    assert order.state == OrderState.AWAITING_APPROVAL
    with_password(approver).post(approve)
    order.refresh_from_db()
    assert order.state == OrderState.READY


def test_a_line_that_is_not_active_has_no_such_page(client, new_line):
    assert client.get(url(new_line)).status_code == 409


def test_the_lock_of_a_line_is_set_and_lifted_on_the_page(client, client_for, owner, line):
    client.post(url(line, "line_card_lock"), {"lock": "1"})
    assert Line.objects.for_customer(line.customer_id).get(pk=line.pk).is_card_locked
    assert client.post(url(line, "line_card_lock"), {"lock": "0"}).status_code == 409
    with_password(client_for(owner)).post(url(line, "line_card_lock"), {"lock": "0"})
    assert not Line.objects.for_customer(line.customer_id).get(pk=line.pk).is_card_locked


def test_the_rules_are_changed_by_a_main_fleet_manager_with_his_password(client_for, owner, alice, noordkaai):
    where = reverse("fleet_policy")
    values = {"cool_down_hours": 4, "needs_second_person": "on", "swaps_per_person": 2, "swaps_per_company": 9}
    assert client_for(owner).post(where, values).url.startswith(AGAIN)
    assert not FleetPolicy.objects.for_customer(noordkaai).exists()
    assert with_password(client_for(alice)).get(where).status_code == 403

    client = with_password(client_for(owner))
    assert client.get(where).status_code == 200
    assert client.post(where, values | {"cool_down_hours": 900}).status_code == 422
    client.post(where, values)
    policy = FleetPolicy.objects.for_customer(noordkaai).get()
    assert (policy.cool_down_hours, policy.needs_second_person, policy.swaps_per_person) == (4, True, 2)
