"""Adding a SIM card: the way through the four steps, drafts, sending once, other people's things."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from sims.enums import AuditKind, LineState, NumberProvenance, OpenRequest, OrderKind, OrderState, SimState
from sims.models import Line, LineDraft, Order, PortInRequest, Sim, Subscriber
from tests import factories
from tests.audit.expect import expect_audit
from tests.clock import working_morning
from tests.sims.wizard import Shop, answer, step_url, walk

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


@pytest.fixture
def shop(noordkaai):
    return Shop(noordkaai)


@pytest.fixture
def client(client_for, alice):
    client = client_for(alice)
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def key():
    return uuid.uuid4()


def lines_of(customer):
    return list(Line.objects.for_customer(customer))


def draft_of(customer, key):
    return LineDraft.objects.for_customer(customer).get(public_id=key)


def test_the_start_leads_to_an_address_of_its_own_and_stores_nothing(client, noordkaai):
    first, second = client.get(reverse("sim_add")), client.get(reverse("sim_add"))
    assert first.status_code == 302 and first["Location"] != second["Location"]
    assert client.get(first["Location"]).status_code == 200
    assert not LineDraft.objects.for_customer(noordkaai).exists()


def test_four_plain_forms_make_a_line_that_is_being_activated(client, noordkaai, alice, shop, key):
    response = walk(client, key, shop.steps())
    [line] = lines_of(noordkaai)
    assert response.status_code == 303 and response["Location"] == reverse("line_detail", args=[line.public_id])
    assert (line.state, line.number, line.open_request) == (LineState.NEW, None, OpenRequest.PENDING)
    assert (line.sim, line.plan, line.subscriber) == (shop.card, shop.plan, shop.person)
    assert (line.billing_account, line.cost_centre, line.split_bill) == (shop.account, shop.centre, False)
    assert set(line.options.all()) == {shop.travel, shop.tablet}
    assert line.number_provenance == NumberProvenance.COMPANY
    assert "lukasz zoe" in line.search_text and shop.card.iccid in line.search_text
    shop.card.refresh_from_db()
    assert shop.card.state == SimState.RESERVED
    order = line.orders.get()
    assert (order.kind, order.state, order.payload["iccid"]) == (OrderKind.ACTIVATE, OrderState.READY, shop.card.iccid)
    event = expect_audit(AuditKind.LINE_ADDED, customer=noordkaai, subject=line, by=alice)
    assert event.after["iccid"] == shop.card.iccid and event.after["employee"] == shop.person.full_name
    expect_audit(AuditKind.ORDER_PLACED, customer=noordkaai, subject=order, by=alice)


def test_a_new_employee_joins_the_list(client, noordkaai, shop, key):
    walk(client, key, [shop.card_answers(), shop.new_employee_answers(), shop.plan_answers(), shop.billing_answers()])
    person = Subscriber.objects.for_customer(noordkaai).get(employee_number="E-900")
    assert (person.full_name, person.email, person.language) == ("Wout Lemmens", "wout@noordkaai.example", "fr")
    assert lines_of(noordkaai)[0].subscriber == person


def test_a_line_may_be_added_without_activating_it(client, noordkaai, shop, key):
    walk(client, key, [*shop.steps()[:3], shop.billing_answers(when="later")])
    [line] = lines_of(noordkaai)
    assert (line.state, line.open_request) == (LineState.NEW, OpenRequest.NONE)
    assert not line.orders.exists() and line.sim.state == SimState.RESERVED


@pytest.mark.usefixtures(working_morning.__name__)
def test_everything_about_a_number_to_bring_along_is_stored(client, noordkaai, alice, shop, key):
    before = timezone.now()
    answer(client, key, 1, shop.transfer_answers())
    given = timezone.now()
    for number, answers in enumerate(shop.steps()[1:], 2):
        answer(client, key, number, answers)
    [line] = lines_of(noordkaai)
    asked = PortInRequest.objects.for_customer(noordkaai).get(line=line)
    assert (asked.number, asked.donor, asked.is_prepaid) == ("+32478112233", "Orange", False)
    assert (asked.donor_customer_number, asked.donor_iccid) == ("K-4711", "")
    assert (asked.holder_name, asked.holder_enterprise_number) == (noordkaai.name, "0403019261")
    assert (asked.mandate_by_id, asked.mandate_by_name) == (alice.pk, "Alice Aerts")
    assert asked.mandate_ip == "127.0.0.1" and asked.mandate_text_version
    assert before <= asked.mandate_at <= given
    assert line.number_provenance == NumberProvenance.COMPANY and "0478112233" in line.search_text
    order = line.orders.get()
    assert (order.kind, order.state, order.payload["number"]) == (
        OrderKind.PORT_IN, OrderState.READY, "+32478112233",
    )  # fmt: skip


def test_a_private_number_of_another_operator_by_its_old_card(client, noordkaai, shop, key):
    changes = {
        "donor": "other", "donor_other": "Klein Net", "contract": "prepaid", "donor_customer_number": "",
        "donor_iccid": factories.iccid(777_001), "holder_name": "Zoë Łukasz", "holder_enterprise_number": "",
        "was_private": "yes",
    }  # fmt: skip
    walk(client, key, [{**shop.transfer_answers(), **changes}, *shop.steps()[1:]])
    asked = PortInRequest.objects.for_customer(noordkaai).get()
    assert (asked.donor, asked.is_prepaid, asked.donor_iccid) == ("Klein Net", True, factories.iccid(777_001))
    assert asked.holder_enterprise_number == ""
    assert asked.line.number_provenance == NumberProvenance.EMPLOYEE


def test_htmx_gets_the_next_step_with_its_address(client, noordkaai, shop, key):
    for number, answers in enumerate(shop.steps()[:3], 1):
        response = answer(client, key, number, answers, **HTMX)
        assert response.status_code == 200
        assert response["HX-Push-Url"] == step_url(key, number + 1)
        body = response.content.decode()
        assert "<html" not in body and f"step {number + 1} of 4" in body
    response = answer(client, key, 4, shop.billing_answers(), **HTMX)
    assert response["HX-Redirect"] == reverse("line_detail", args=[lines_of(noordkaai)[0].public_id])


@pytest.mark.parametrize("extra", [{}, HTMX], ids=["plain", "htmx"])
def test_an_error_keeps_what_was_typed_and_stores_nothing(client, noordkaai, shop, key, extra):
    response = answer(client, key, 1, shop.card_answers(iccid="8932 0400 12"), **extra)
    body = response.content.decode()
    assert response.status_code == 422 and "HX-Push-Url" not in response
    assert 'value="8932 0400 12"' in body and 'href="#id_iccid"' in body
    assert "A SIM card number has 19 digits. You entered 10." in body
    assert not LineDraft.objects.for_customer(noordkaai).exists()


def test_the_first_submit_button_of_every_step_goes_on(client, shop, key):
    """Enter presses the first one; it must never save a draft or go back."""
    for number, answers in enumerate(shop.steps(), 1):
        body = client.get(step_url(key, number)).content.decode()
        form = body[body.index('id="wizard"') :]
        first = form[form.index('type="submit"') - 120 : form.index('type="submit"') + 60]
        assert "btn--primary" in first and "name=" not in first.split('type="submit"')[1].split(">")[0]
        answer(client, key, number, answers)


def test_a_draft_is_taken_up_again_where_it_stopped(client, noordkaai, shop, key):
    walk(client, key, shop.steps()[:2])
    response = answer(client, key, 3, {"plan": shop.small.pk, "option": [shop.tablet.pk], "draft": "1"})
    assert response.status_code == 303 and response["Location"] == reverse("sim_list")
    start = client.get(reverse("sim_add"), follow=True).content.decode()
    assert step_url(key, 3) in start and shop.person.full_name in start
    form = client.get(step_url(key, 3)).context["form"]
    assert form.chosen_plan == shop.small
    assert client.get(step_url(key, 4)).status_code == 302


def test_going_back_keeps_what_was_typed_even_when_it_is_not_right_yet(client, noordkaai, shop, key):
    walk(client, key, shop.steps()[:3])
    response = answer(client, key, 4, shop.billing_answers(when="date", date="", go="2"))
    assert response.status_code == 303 and response["Location"] == step_url(key, 2)
    form = client.get(step_url(key, 4)).context["form"]
    assert (form["when"].value(), str(form["billing_account"].value())) == ("date", str(shop.account.pk))
    assert draft_of(noordkaai, key).step == 4


def test_a_later_step_is_not_reached_by_its_address_or_by_a_forged_button(client, shop, key):
    assert client.get(step_url(key, 3)).status_code == 404
    walk(client, key, shop.steps()[:1])
    assert client.get(step_url(key, 4))["Location"] == step_url(key, 2)
    response = answer(client, key, 2, shop.employee_answers(go="4"))
    assert response["Location"] == step_url(key, 3)
    assert client.get(step_url(key, 5)).status_code == 404


def test_the_next_card_starts_from_what_the_last_one_got(client, shop, key, noordkaai):
    walk(client, key, shop.steps())
    second, card = uuid.uuid4(), factories.SimFactory(customer=noordkaai)
    walk(client, second, [shop.card_answers(iccid=card.iccid), shop.employee_answers()])
    assert client.get(step_url(second, 3)).context["form"].chosen_plan == shop.plan
    answer(client, second, 3, shop.plan_answers())
    form = client.get(step_url(second, 4)).context["form"]
    assert (form["billing_account"].value(), form["cost_centre"].value()) == (shop.account.pk, shop.centre.pk)


def test_sending_twice_adds_one_line_and_leads_to_it_both_times(client, noordkaai, shop, key):
    first = walk(client, key, shop.steps())
    again = answer(client, key, 4, shop.billing_answers())
    assert again.status_code == 303 and again["Location"] == first["Location"]
    assert len(lines_of(noordkaai)) == 1 and Order.objects.for_customer(noordkaai).count() == 1
    assert answer(client, key, 4, shop.billing_answers(), **HTMX)["HX-Redirect"] == first["Location"]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_back_after_success_says_so_and_leads_to_the_line(client, noordkaai, shop, key, number):
    walk(client, key, shop.steps())
    body = client.get(step_url(key, number)).content.decode()
    assert "This SIM card has been added already" in body
    assert reverse("line_detail", args=[lines_of(noordkaai)[0].public_id]) in body


def test_a_sent_draft_keeps_no_personal_data_and_is_no_longer_offered(client, noordkaai, shop, key):
    walk(client, key, shop.steps())
    assert draft_of(noordkaai, key).answers == {}
    assert str(key) not in client.get(reverse("sim_add"), follow=True).content.decode()


def test_a_draft_can_be_thrown_away_after_a_question(client, noordkaai, shop, key):
    walk(client, key, shop.steps()[:1])
    url = reverse("sim_add_delete", args=[key])
    assert client.get(url).status_code == 200 and draft_of(noordkaai, key)
    assert client.post(url).status_code == 302
    assert not LineDraft.objects.for_customer(noordkaai).exists()
    assert client.post(url).status_code == 404


def test_of_two_drafts_for_one_card_the_second_is_refused_at_the_field(client, noordkaai, shop, key):
    second = uuid.uuid4()
    walk(client, second, shop.steps()[:3])
    walk(client, key, shop.steps())
    response = answer(client, second, 4, shop.billing_answers())
    assert response.status_code == 422
    assert response.context["step"].key == "card" and "iccid" in response.context["form"].errors
    assert len(lines_of(noordkaai)) == 1
    assert answer(client, second, 4, shop.billing_answers(), **HTMX)["HX-Push-Url"] == step_url(second, 1)


def test_a_card_that_is_assigned_from_stock_is_filled_in(client, shop, zuidpark):
    body = client.get(f"{reverse('sim_add')}?sim={shop.card.public_id}", follow=True).content.decode()
    assert f'value="{shop.card.iccid}"' in body
    foreign = Sim.objects.for_customer(zuidpark).filter(state=SimState.IN_STOCK).get()
    body = client.get(f"{reverse('sim_add')}?sim={foreign.public_id}", follow=True).content.decode()
    assert foreign.iccid not in body


def test_another_persons_draft_is_not_there_whoever_asks(client, client_for, owner, charlie, noordkaai, shop, key):
    walk(client, key, shop.steps()[:2])
    for person in (owner, charlie):
        other = client_for(person)
        assert other.get(step_url(key, 1)).status_code == 404
        assert answer(other, key, 1, shop.card_answers()).status_code == 404
        assert other.post(reverse("sim_add_delete", args=[key])).status_code == 404
        assert str(key) not in other.get(reverse("sim_add"), follow=True).content.decode()
    assert draft_of(noordkaai, key).step == 3


def test_who_may_only_look_gets_no_part_of_it(client_for, bob, shop, key):
    client = client_for(bob)
    for url in [
        reverse("sim_add"), step_url(key, 1), reverse("sim_add_card"), reverse("sim_add_employees"),
        reverse("sim_add_options"), reverse("sim_add_delete", args=[key]),
    ]:  # fmt: skip
        assert client.get(url).status_code == 403
    assert answer(client, key, 1, shop.card_answers()).status_code == 403


def test_a_nul_character_or_a_flood_of_text_harms_nothing(client, noordkaai, shop, key):
    answer(client, key, 1, {"iccid": "89\x0032" + "1" * 5000, "draft": "1"})
    kept = draft_of(noordkaai, key).answers["card"]["iccid"]
    assert "\x00" not in kept and len(kept) <= 300
    assert client.get(reverse("sim_add_employees"), {"q": "a\x00b"}, **HTMX).status_code == 200
    assert client.get(reverse("sim_add_card"), {"iccid": "89\x0032"}, **HTMX).status_code == 200
