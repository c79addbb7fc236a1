"""The timeline of a line narrowed to what one person did, and taken out to Excel."""

import datetime as dt
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from sims.enums import AuditKind, LineState, OrderKind, OrderState
from sims.models import Order, OrderTransition
from tests import factories
from tests.audit.expect import expect_audit

pytestmark = pytest.mark.django_db


@pytest.fixture
def english(alice):
    alice.language = "en"
    alice.save()
    return alice


@pytest.fixture
def line(noordkaai, english, rita):
    """Added by Alice, a plan asked by Rita, done by the operator, details confirmed by the employee."""
    line = factories.LineFactory(customer=noordkaai, state=LineState.ACTIVE, number="+32468112233")
    by = {"alice": Actor.user(english), "rita": Actor.user(rita), "operator": Actor.operator("simulator")}
    audit.record(AuditKind.LINE_ADDED, by=by["alice"], customer_id=noordkaai.pk, subject=line)
    done = _order(line, rita, OrderState.COMPLETED)
    audit.record(AuditKind.ORDER_PLACED, by=by["rita"], customer_id=noordkaai.pk, subject=done)
    OrderTransition.objects.create(order=done, before="ready", after=OrderState.IN_PROGRESS, by_name="operator")
    audit.record(AuditKind.LINE_PLAN_CHANGED, by=by["operator"], customer_id=noordkaai.pk, subject=line)
    employee = Actor(kind="employee", name="Sofie Janssens")
    audit.record(AuditKind.ESIM_LINK_OPENED, by=employee, customer_id=noordkaai.pk, subject=line)
    _order(line, english, OrderState.SCHEDULED, OrderKind.BLOCK)
    return line


def _order(line, user, state, kind=OrderKind.PLAN) -> Order:
    later = dt.datetime(2027, 3, 1, 7, 0, tzinfo=dt.UTC)
    return Order.objects.create(
        customer=line.customer, line=line, kind=kind, conflict_group=kind, state=state, not_before=later,
        payload={}, requested_by_id=user.pk, requested_by_name=str(user), sent_at=later,
    )  # fmt: skip


def titles(client, line, who: str = "", **more: str) -> list[str]:
    response = client.get(reverse("line_detail", args=[line.public_id]), {"tab": "timeline", "who": who, **more})
    return [entry.title for entry in response.context["timeline"].entries]


def test_everybody_who_did_something_can_be_chosen_and_programs_are_one(client_for, english, line, rita):
    audit.record(AuditKind.LINE_IMPORTED, by=Actor.system("import"), customer_id=line.customer_id, subject=line)
    audit.record(AuditKind.LINE_COST_CENTRE, by=Actor.system("sweep"), customer_id=line.customer_id, subject=line)
    response = client_for(english).get(reverse("line_detail", args=[line.public_id]), {"tab": "timeline"})
    assert [(person.key, person.name) for person in response.context["people"]] == [
        (f"user-{english.pk}", "Alice Aerts"),
        ("system", "Fleet Portal"),
        ("operator", "Operator"),
        (f"user-{rita.pk}", "Rita Raes"),
        ("employee-Sofie Janssens", "Sofie Janssens"),
    ]


def test_one_persons_part_is_what_that_person_did_and_planned(client_for, english, line, rita):
    client = client_for(english)
    assert titles(client, line, f"user-{english.pk}") == ["Block: planned for 1 March 2027", "SIM card added"]
    assert titles(client, line, f"user-{rita.pk}") == ["Plan and options: requested"]
    assert titles(client, line, "operator") == ["Plan and options changed", "The operator is working on it"]
    assert titles(client, line, "employee-Sofie Janssens") == ["eSIM code opened by the employee"]
    assert titles(client, line, f"user-{english.pk}", type="line") == ["SIM card added"]


@pytest.mark.parametrize("who", ["nobody", "user-", "user-x", "user-99999999999999999999", "employee-", "\x00"])
def test_a_key_that_makes_no_sense_shows_nothing_and_breaks_nothing(client_for, english, line, who):
    if who == "\x00":
        assert titles(client_for(english), line, who)
    else:
        assert titles(client_for(english), line, who) == []


def test_the_choice_stays_with_the_kind_of_event_and_with_the_pages(client_for, english, line):
    for _n in range(30):
        audit.record(AuditKind.LINE_ADDED, by=Actor.user(english), customer_id=line.customer_id, subject=line)
    address = reverse("line_detail", args=[line.public_id])
    response = client_for(english).get(address, {"tab": "timeline", "who": f"user-{english.pk}", "type": "line"})
    links = [link.url for link in response.context["group_links"]] + [response.context["older_url"]]
    assert all(f"who=user-{english.pk}" in url for url in links)
    html = response.content.decode()
    assert 'name="type" value="line"' in html and f'value="user-{english.pk}" selected' in html


def rows_of(response) -> list[tuple]:
    sheet = load_workbook(BytesIO(response.content)).active
    return list(sheet.iter_rows(values_only=True))


def test_the_export_holds_what_the_tab_shows_on_all_its_pages(client_for, english, line):
    for _n in range(30):
        audit.record(AuditKind.LINE_ADDED, by=Actor.user(english), customer_id=line.customer_id, subject=line)
    client = client_for(english)
    response = client.get(reverse("line_detail", args=[line.public_id]), {"tab": "timeline"})
    everything = rows_of(client.post(response.context["export_url"]))
    assert everything[0] == ("When", "What", "Details", "Who", "Planned")
    assert len(everything) == 1 + 30 + 6
    assert everything[1][1:] == ("Block: planned for 1 March 2027", None, "Alice Aerts", "Yes")

    address = reverse("line_timeline_export", args=[line.public_id])
    part = rows_of(client.post(f"{address}?who=operator&type=line"))
    assert [row[1] for row in part[1:]] == ["Plan and options changed"]
    event = expect_audit(AuditKind.FLEET_EXPORTED, by=english, count=2)
    assert event.after["rows"] == 1 and "who=operator" in event.after["filter"]
