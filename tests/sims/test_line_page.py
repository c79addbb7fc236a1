"""The page of one line and the part of it that keeps itself up to date."""

import datetime as dt
import re
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.shell.registry import Panel, contributions
from sims.enums import AuditKind, LineState, OpenRequest, OrderKind, OrderState
from sims.models import Line, LineOption, Order, OrderTransition
from sims.queries.detail import line_detail
from tests import factories
from tests.htmx import apply, assert_same, find, page_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def english(alice):
    alice.language = "en"
    alice.save()
    return alice


@pytest.fixture
def new_line(noordkaai) -> Line:
    return factories.LineFactory(customer=noordkaai, number=None, state=LineState.NEW)


def ask(line: Line, state: str, kind: str = OrderKind.ACTIVATE, **fields) -> Order:
    """An order in a state, told in the audit trail, its line's column in step."""
    fields.setdefault("not_before", timezone.now())
    order = Order.objects.create(
        customer=line.customer,
        line=line,
        kind=kind,
        conflict_group="sim",
        state=state,
        requested_by_name="An",
        **fields,
    )
    request = {OrderState.SCHEDULED: OpenRequest.SCHEDULED}.get(state, OpenRequest.PENDING)
    Line.objects.for_customer(line.customer).filter(pk=line.pk).update(open_request=request if order.is_open else "")
    audit.record(
        AuditKind.ORDER_PLACED,
        by=Actor(kind="user", name="An Peeters"),
        customer_id=line.customer_id,
        subject=order,
        after={"not_before": order.not_before.isoformat()},
    )
    return order


def complete(order: Order) -> None:
    """What the engine leaves behind when the operator is done."""
    Order.objects.for_customer(order.customer).filter(pk=order.pk).update(state=OrderState.COMPLETED)
    lines = Line.objects.for_customer(order.customer).filter(pk=order.line_id)
    lines.update(state=LineState.ACTIVE, number="+32468777888", open_request="", activated_on=dt.date(2026, 11, 23))
    audit.record(
        AuditKind.LINE_ACTIVATED,
        by=Actor.operator(),
        customer_id=order.customer_id,
        subject=lines.get(),
        after={"number": "+32468777888"},
    )


def test_another_company_s_line_does_not_exist(client_for, alice, charlie, zuidpark):
    theirs = Line.objects.for_customer(zuidpark).get()
    for path in ("", "status/", "menu/", "?tab=timeline"):
        assert client_for(alice).get(f"/sims/{theirs.public_id}/{path}", headers=HTMX).status_code == 404
    assert client_for(charlie).get(f"/sims/{theirs.public_id}/").status_code == 200
    assert client_for(alice).get(f"/sims/{uuid.uuid4()}/").status_code == 404


def test_the_page_shows_who_what_and_what_it_costs(client_for, english, noordkaai):
    line = factories.LineFactory(customer=noordkaai, number="+32468111222")
    LineOption.objects.create(line=line, option=factories.PlanOptionFactory(customer=noordkaai))
    text = client_for(english).get(f"/sims/{line.public_id}/").content.decode()
    for expected in ("0468 11 12 22", line.subscriber.full_name, "Mobile Pro", "Travel outside EU", "€19.00", "€25.00"):
        assert expected in text


def test_confirmed_and_requested_state_stand_side_by_side(client_for, alice, new_line):
    ask(new_line, OrderState.IN_PROGRESS)
    html = client_for(alice).get(f"/sims/{new_line.public_id}/").content.decode()
    head = html[html.index("<h1") : html.index('class="page__sub"')]
    assert re.findall(r'data-state="(\w+)"', head) == ["stock", "pending"]


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        (OrderState.SCHEDULED, OrderKind.ACTIVATE, "Activation: planned for"),
        (OrderState.SCHEDULED, OrderKind.PORT_IN, "Number transfer: planned for"),
        (OrderState.READY, OrderKind.ACTIVATE, "It is sent to the operator within seconds."),
        (OrderState.SUBMITTING, OrderKind.ACTIVATE, "It is being sent to the operator."),
        (OrderState.IN_PROGRESS, OrderKind.ACTIVATE, "usually done within a few minutes"),
        (OrderState.IN_PROGRESS, OrderKind.PORT_IN, "usually moves within one working day"),
        (OrderState.UNKNOWN, OrderKind.ACTIVATE, "The operator has not answered yet."),
        (OrderState.NEEDS_ATTENTION, OrderKind.PORT_IN, "Number transfer: takes longer than usual"),
        (OrderState.FAILED, OrderKind.ACTIVATE, "Activation: failed"),
    ],
)
def test_an_order_is_told_in_words(client_for, english, new_line, state, kind, words):
    ask(new_line, state, kind)
    assert words in client_for(english).get(f"/sims/{new_line.public_id}/").content.decode()


def test_a_refusal_gives_the_reason_and_what_to_do_until_something_new_is_asked(client_for, english, new_line):
    ask(new_line, OrderState.REJECTED, error_code="sim_in_use")
    url = f"/sims/{new_line.public_id}/"
    text = client_for(english).get(url).content.decode()
    assert "Activation: refused by the operator" in text
    assert "This SIM card is active already. Use another card." in text
    assert f"{url}activate/" in text
    ask(new_line, OrderState.IN_PROGRESS)
    assert "Activation: refused by the operator" not in client_for(english).get(url).content.decode()


def test_only_a_planned_request_can_be_changed_and_only_by_those_who_may(client_for, alice, bob, new_line):
    order = ask(new_line, OrderState.SCHEDULED, not_before=timezone.now() + dt.timedelta(days=9))
    url = f"/sims/{new_line.public_id}/"
    assert f"/sims/orders/{order.pk}/cancel/" in client_for(alice).get(url).content.decode()
    assert f"/sims/orders/{order.pk}/" not in client_for(bob).get(url).content.decode()
    Order.objects.for_customer(new_line.customer).filter(pk=order.pk).update(state=OrderState.IN_PROGRESS)
    assert f"/sims/orders/{order.pk}/" not in client_for(alice).get(url).content.decode()


@pytest.mark.parametrize(
    ("state", "looks"),
    [
        (OrderState.READY, True),
        (OrderState.SUBMITTING, True),
        (OrderState.IN_PROGRESS, True),
        (OrderState.UNKNOWN, True),
        (OrderState.SCHEDULED, False),
        (OrderState.NEEDS_ATTENTION, False),
        (OrderState.REJECTED, False),
        (OrderState.CANCELLED, False),
    ],
)
def test_the_page_looks_again_only_while_something_moves(client_for, alice, new_line, state, looks):
    ask(new_line, state)
    assert ('id="look-' in client_for(alice).get(f"/sims/{new_line.public_id}/").content.decode()) is looks


def poll_url(response) -> str:
    found = re.search(r'hx-get="(/sims/[^"]+/status/[^"]*)"', response.content.decode())
    assert found
    return found.group(1).replace("&amp;", "&")


def test_looking_slows_down_and_ends_by_itself(client_for, alice, new_line):
    ask(new_line, OrderState.IN_PROGRESS)
    client = client_for(alice)
    response, delays = client.get(f"/sims/{new_line.public_id}/"), []
    for _look in range(12):
        delays.append(re.search(r"load delay:(\ds)", response.content.decode()).group(1))
        response = client.get(poll_url(response), headers=HTMX)
    assert delays == ["1s"] * 10 + ["3s"] * 2
    assert "data-poll" not in client.get(f"/sims/{new_line.public_id}/status/?looks=200", headers=HTMX).content.decode()


@pytest.mark.parametrize("tab", ["", "?tab=plan", "?tab=timeline", "?tab=timeline&type=requests"])
def test_the_answer_put_into_the_old_page_is_what_a_fresh_page_shows(client_for, alice, new_line, tab):
    client, url = client_for(alice), f"/sims/{new_line.public_id}/{tab}"
    order = ask(new_line, OrderState.IN_PROGRESS)
    old = client.get(url)
    complete(order)
    answer = client.get(poll_url(old), headers=HTMX)
    assert "data-poll" not in answer.content.decode()
    assert 'data-announce="' in answer.content.decode()
    answer.content = re.sub(rb' data-announce="[^"]*"', b"", answer.content)
    page = apply(page_of(old), answer, target="#line", select="#line", swap="outerMorph")
    assert_same(page, client.get(url), "#line")
    assert "0468 77 78 88" in str(find(page, "#line"))


def test_an_answer_that_tells_nothing_new_is_not_announced(client_for, alice, new_line):
    ask(new_line, OrderState.IN_PROGRESS)
    client = client_for(alice)
    answer = client.get(poll_url(client.get(f"/sims/{new_line.public_id}/")), headers=HTMX)
    assert "data-announce" not in answer.content.decode()


def test_the_status_asked_for_as_a_page_is_the_page(client_for, alice, new_line):
    assert client_for(alice).get(f"/sims/{new_line.public_id}/status/").url == f"/sims/{new_line.public_id}/"


def titles(response) -> list[str]:
    return [entry.title for entry in response.context["timeline"].entries]


def test_the_timeline_runs_from_what_is_planned_back_to_the_beginning(client_for, english, new_line):
    audit.record(
        AuditKind.LINE_ADDED, by=Actor(kind="user", name="An"), customer_id=new_line.customer_id, subject=new_line
    )
    refused = ask(new_line, OrderState.REJECTED)
    OrderTransition.objects.create(order=refused, before="ready", after=OrderState.IN_PROGRESS, by_name="operator")
    audit.record(
        AuditKind.ORDER_REJECTED,
        by=Actor.operator(),
        customer_id=new_line.customer_id,
        subject=refused,
        after={"message": "SIM card unknown"},
    )
    ask(new_line, OrderState.SCHEDULED, OrderKind.PORT_IN, not_before=dt.datetime(2027, 3, 1, 7, 0, tzinfo=dt.UTC))
    client, url = client_for(english), f"/sims/{new_line.public_id}/?tab=timeline"
    assert titles(client.get(url)) == [
        "Number transfer: planned for 1 March 2027",
        "Number transfer: requested",
        "Activation: refused by the operator",
        "The operator is working on it",
        "Activation: requested",
        "SIM card added",
    ]
    assert titles(client.get(f"{url}&type=line")) == ["SIM card added"]
    assert "SIM card added" not in titles(client.get(f"{url}&type=requests"))


def test_the_timeline_holds_only_this_line_s_events(client_for, english, new_line, zuidpark):
    theirs = Line.objects.for_customer(zuidpark).get()
    other = factories.LineFactory(customer=new_line.customer)
    for line in (theirs, other):
        audit.record(AuditKind.LINE_ADDED, by=Actor.system("x"), customer_id=line.customer_id, subject=line)
    # The same key, written about another company's row.
    audit.record(AuditKind.LINE_ADDED, by=Actor.system("x"), customer_id=zuidpark.pk, subject=new_line)
    assert titles(client_for(english).get(f"/sims/{new_line.public_id}/?tab=timeline")) == []


def test_a_long_timeline_comes_in_pages(client_for, english, new_line):
    for n in range(30):
        audit.record(AuditKind.LINE_ADDED, by=Actor.system(f"{n}"), customer_id=new_line.customer_id, subject=new_line)
    client, url = client_for(english), f"/sims/{new_line.public_id}/?tab=timeline"
    first, second = client.get(url), client.get(f"{url}&page=2")
    assert [len(r.context["timeline"].entries) for r in (first, second)] == [25, 5]
    assert "page=2" in first.context["older_url"]
    assert second.context["older_url"] == ""
    assert client.get(f"{url}&page=x").status_code == 200


def test_queries_do_not_grow_with_orders_and_options(client_for, alice, new_line, django_assert_max_num_queries):
    client, url = client_for(alice), f"/sims/{new_line.public_id}/"
    taken = []
    for n in (1, 2):
        for _again in range(n):
            LineOption.objects.create(line=new_line, option=factories.PlanOptionFactory(customer=new_line.customer))
            ask(new_line, OrderState.CANCELLED)
        client.get(url)
        with django_assert_max_num_queries(12) as captured:
            client.get(url)
        taken.append(len(captured))
    assert taken[0] == taken[1]


def test_apps_above_add_their_panels(client_for, alice, new_line, monkeypatch):
    panel = Panel("Usage", "ui/mark.html", lambda _request, line: {"line": line})
    monkeypatch.setattr(contributions, "line_panels", [panel])
    response = client_for(alice).get(f"/sims/{new_line.public_id}/")
    assert response.context["panels"] == [(panel, {"line": new_line})]


def test_a_request_that_is_completed_while_the_page_is_read_is_looked_at_again(noordkaai):
    line = factories.LineFactory(customer=noordkaai)
    plan = factories.TariffPlanFactory(customer=noordkaai)
    order = ask(line, OrderState.IN_PROGRESS, OrderKind.PLAN)
    asked = []

    def complete_after_the_first(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        asked.append(sql)
        if len(asked) == 1:
            Order.objects.for_customer(noordkaai).filter(pk=order.pk).update(state=OrderState.COMPLETED)
            Line.objects.for_customer(noordkaai).filter(pk=line.pk).update(plan=plan, open_request="")
        return result

    with connection.execute_wrapper(complete_after_the_first):
        detail = line_detail(noordkaai, line.public_id)
    assert detail.line.plan == plan or detail.is_moving, "the page would show the old plan and stop looking"
