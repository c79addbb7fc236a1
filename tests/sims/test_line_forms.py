"""Plan, options and barrings on the page of a line: who sees a form, what it asks, what it refuses."""

import pytest
from django.utils import translation

from sims.enums import LineState, OrderKind, OrderState
from sims.models import BarringTemplate, Line, Order
from tests import factories

LIVE = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def line(noordkaai):
    line = factories.LineFactory(customer=noordkaai, barrings=["DCB"], plan__code="SMALL", plan__name_nl="Klein")
    tablet = factories.PlanOptionFactory(customer=noordkaai, code="TWIN", name_nl="Tablet", price_month="4.00")
    tablet.plans.set([line.plan])
    line.options.add(tablet)
    return line


@pytest.fixture
def big(noordkaai):
    return factories.TariffPlanFactory(customer=noordkaai, code="MAX", name_nl="Max", price_month="29.00")


@pytest.fixture
def client(client_for, alice):
    return client_for(alice)


def plan_url(line) -> str:
    return f"/sims/{line.public_id}/plan/"


def barrings_url(line) -> str:
    return f"/sims/{line.public_id}/barrings/"


def plan_data(**data) -> dict:
    return {"shown": "SMALL,TWIN", "plan": "SMALL", "option": ["TWIN"], "when": "now", **data}


def barring_data(**data) -> dict:
    return {"shown": "DCB", "barrings": ["DCB"], "when": "now", **data}


def orders(line) -> list[Order]:
    return list(Order.objects.for_customer(line.customer_id).filter(line=line))


def text(response) -> str:
    return response.content.decode()


def test_another_plan_is_asked_with_the_difference_only(client, line, big):
    response = client.post(plan_url(line), plan_data(plan="MAX", option=[]))

    assert response.status_code == 303
    (order,) = orders(line)
    assert (order.kind, order.state) == (OrderKind.PLAN, OrderState.READY)
    assert (order.payload["plan_code"], order.payload["option_codes"]) == ("MAX", [])


def test_a_change_for_the_next_billing_period_is_planned(client, line, big):
    client.post(plan_url(line), plan_data(plan="MAX", option=[], when="period"))
    assert [(order.state, order.not_before.astimezone().day) for order in orders(line)] == [(OrderState.SCHEDULED, 1)]


def test_what_does_not_go_together_is_named_before_and_after_sending(client, line, big):
    with translation.override("nl"):
        live = text(client.get(plan_url(line), plan_data(plan="MAX"), headers=LIVE))
    assert 'id="plan-conflicts"' in live
    assert "Tablet" in live
    response = client.post(plan_url(line), plan_data(plan="MAX"))
    assert response.status_code == 422
    assert 'id="errors"' in text(response)
    assert not orders(line)


def test_the_price_before_and_after_stands_beside_the_button(client, line, big):
    live = text(client.get(plan_url(line), plan_data(plan="MAX", option=[]), headers=LIVE))
    for amount in ("23,00", "29,00", "+ €\u00a06,00"):
        assert amount in live


def test_a_form_made_before_somebody_elses_change_asks_nothing(client, line, big):
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(plan=big)
    assert client.post(plan_url(line), plan_data(option=[])).status_code == 422
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(barrings=["MMS"])
    assert client.post(barrings_url(line), barring_data(barrings=[])).status_code == 422
    assert not orders(line)


def test_sent_twice_it_is_asked_once(client, line, big):
    for status in (303, 409):
        assert client.post(plan_url(line), plan_data(plan="MAX", option=[])).status_code == status
        assert client.post(barrings_url(line), barring_data(barrings=[])).status_code == status
    assert len(orders(line)) == 2


def test_nothing_new_is_no_request(client, line):
    assert client.post(plan_url(line), plan_data()).status_code == 422
    assert client.post(barrings_url(line), barring_data()).status_code == 422
    assert not orders(line)


def test_a_plan_that_left_the_contract_stays_with_the_lines_that_have_it(client, line, big):
    type(line.plan).objects.for_customer(line.customer_id).filter(pk=line.plan_id).update(is_available=False)
    assert 'value="SMALL"' in text(client.get(plan_url(line)))
    assert client.post(plan_url(line), plan_data(option=[])).status_code == 303
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(plan=big)
    assert 'value="SMALL"' not in text(client.get(plan_url(line)))


def test_a_contract_without_other_plans_or_options_still_has_a_page(client, noordkaai):
    lonely = factories.LineFactory(customer=noordkaai)
    page = client.get(plan_url(lonely))
    assert page.status_code == 200
    assert 'id="id_option_0"' in text(page)


def test_switches_ask_the_difference(client, line):
    assert client.post(barrings_url(line), barring_data(barrings=["ROAM_ALL", "MMS"])).status_code == 303
    (order,) = orders(line)
    assert order.payload == {"barrings": ["MMS", "ROAM_ALL"], "barrings_before": ["DCB"]}


def test_what_comes_along_has_no_switch_of_its_own(client, line):
    live = text(client.get(barrings_url(line), barring_data(barrings=["ROAM_ALL"]), headers=LIVE))
    assert 'value="ROAM_ALL"' in live
    assert 'value="ROAM_DATA"' not in live
    assert "+ " in live
    assert "− " in live


def test_a_template_sets_the_switches_and_saves_nothing(client, line):
    template = BarringTemplate.objects.create(customer=line.customer, name="Thuis", codes=["MMS"])
    page = text(client.get(f"/sims/{line.public_id}/?tab=barrings&use={template.public_id}"))
    assert 'value="MMS" id="id_barrings_MMS" checked' in page
    assert 'value="DCB" id="id_barrings_DCB" checked' not in page
    assert not orders(line)


def test_the_template_a_line_follows_is_named(client_for, bob, line):
    BarringTemplate.objects.create(customer=line.customer, name="Alleen thuis", codes=["DCB"])
    assert "Alleen thuis" in text(client_for(bob).get(f"/sims/{line.public_id}/?tab=barrings"))


def test_who_may_only_ask_sends_it_for_approval(client_for, rita, line, big):
    client = client_for(rita)
    assert client.post(plan_url(line), plan_data(plan="MAX", option=[])).status_code == 303
    assert client.post(barrings_url(line), barring_data(barrings=[])).status_code == 303
    assert {order.state for order in orders(line)} == {OrderState.AWAITING_APPROVAL}


@pytest.mark.parametrize("tab", ["plan", "barrings"])
def test_who_may_only_look_sees_no_form(client_for, bob, line, tab):
    client = client_for(bob)
    assert 'name="shown"' not in text(client.get(f"/sims/{line.public_id}/?tab={tab}"))
    assert client.post(f"/sims/{line.public_id}/{tab}/", plan_data()).status_code == 403


@pytest.mark.parametrize("tab", ["plan", "barrings"])
@pytest.mark.parametrize("state", [LineState.NEW, LineState.TERMINATED])
def test_a_new_or_ended_line_has_no_form_and_takes_no_request(client, line, tab, state):
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(state=state)
    assert 'name="shown"' not in text(client.get(f"/sims/{line.public_id}/?tab={tab}"))
    data = plan_data(option=[]) if tab == "plan" else barring_data(barrings=[])
    assert client.post(f"/sims/{line.public_id}/{tab}/", data).status_code == 409
    assert not orders(line)


def test_templates_are_added_changed_and_removed(client, line):
    assert client.post("/sims/barring-templates/new/", {"name": "", "barrings": []}).status_code == 422
    assert client.post("/sims/barring-templates/new/", {"name": "Thuis", "barrings": ["DCB"]}).status_code == 303
    template = BarringTemplate.objects.for_customer(line.customer_id).get()
    address = f"/sims/barring-templates/{template.public_id}/"
    assert "Thuis" in text(client.get("/sims/barring-templates/"))
    assert client.post(address, {"name": "Weg", "barrings": ["MMS"]}).status_code == 303
    template.refresh_from_db()
    assert (template.name, template.codes) == ("Weg", ["MMS"])
    assert client.post(f"{address}remove/").status_code == 303
    assert not BarringTemplate.objects.for_customer(line.customer_id).exists()
