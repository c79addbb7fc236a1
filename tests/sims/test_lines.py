"""The fleet list."""

import datetime as dt
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from accounts.models import Customer
from sims.enums import AuditKind, LineState, OpenRequest, OrderKind, OrderState
from sims.filters import LineFilter
from sims.models import Line, Order, SavedView
from sims.search import refresh_search_text
from tests import factories
from tests.audit.expect import expect_audit
from tests.htmx import apply, assert_same, page_of

pytestmark = pytest.mark.django_db
LIST = "/sims/"
HTMX = {"HX-Request": "true", "HX-Request-Type": "full", "HX-Target": "div#fleet"}


def add_lines(customer: Customer, n: int, **fields) -> list[Line]:
    lines = factories.LineFactory.create_batch(n, customer=customer, **fields)
    refresh_search_text(lines)
    return lines


def numbers(response) -> list[str]:
    return [row.number for row in response.context["page"].items]


def order_for(line: Line, state: str, kind: str = OrderKind.ACTIVATE, **fields) -> Order:
    fields.setdefault("not_before", timezone.now())
    return Order.objects.create(
        customer=line.customer,
        line=line,
        kind=kind,
        conflict_group="sim",
        state=state,
        requested_by_name="An",
        **fields,
    )


def test_the_list_shows_the_own_lines_and_never_another_company_s(client_for, alice, noordkaai, zuidpark):
    add_lines(noordkaai, 1, number="+32468000001", subscriber__last_name="Noord")
    response = client_for(alice).get(LIST)
    assert response.status_code == 200
    text = response.content.decode()
    assert "0468 00 00 01" in text
    assert "Noord" in text
    assert "Zuiderling" not in text
    assert "0499 99 99 99" not in text


def test_another_company_s_plan_account_or_cost_centre_filters_nothing_out_of_it(
    client_for, alice, noordkaai, zuidpark
):
    add_lines(noordkaai, 1)
    theirs = Line.objects.for_customer(zuidpark).get()
    for name, key in (
        ("plan", theirs.plan_id),
        ("account", theirs.billing_account_id),
        ("centre", theirs.cost_centre_id),
    ):
        response = client_for(alice).get(LIST, {name: key})
        assert numbers(response) == []
        assert "Zuiderling" not in response.content.decode()


@pytest.mark.parametrize("q", ["Zuiderling", "0499 99 99 99", "9999"])
def test_search_stays_inside_the_company(client_for, alice, charlie, noordkaai, zuidpark, q):
    refresh_search_text(Line.objects.for_customer(zuidpark))
    add_lines(noordkaai, 1)
    assert len(numbers(client_for(alice).get(LIST, {"q": q}))) == 0
    assert len(numbers(client_for(charlie).get(LIST, {"q": q}))) == 1


def test_the_number_of_queries_does_not_grow_with_the_list(client_for, alice, noordkaai, django_assert_max_num_queries):
    client = client_for(alice)
    taken = []
    for n in (1, 2):
        for line in add_lines(noordkaai, n, state=LineState.NEW, open_request=OpenRequest.SCHEDULED):
            order_for(line, OrderState.SCHEDULED)
        client.get(LIST)
        with django_assert_max_num_queries(10):
            client.get(LIST, {"q": "sofie"})
        with django_assert_max_num_queries(8) as captured:
            client.get(LIST, {"q": "sofie"}, headers=HTMX)
        taken.append(len(captured))
    assert taken[0] == taken[1]


@pytest.mark.parametrize(
    ("path", "swapped"),
    [("/sims/?q=sofie&view=active", "/sims/?q=sofie"), ("/sims/", "/sims/?page=2"), ("/sims/", "/sims/stock/")],
)
def test_what_is_swapped_in_is_what_a_fresh_page_shows(client_for, alice, noordkaai, path, swapped):
    add_lines(noordkaai, 30)
    factories.SimFactory(customer=noordkaai)
    client = client_for(alice)
    answer = client.get(swapped, headers=HTMX)
    assert "<html" not in answer.content.decode()
    page = apply(page_of(client.get(path)), answer, target="#fleet", select="#fleet", swap="outerMorph")
    assert_same(page, client.get(swapped), "#fleet")


def test_going_back_in_the_browser_gets_the_whole_page(client_for, alice, noordkaai):
    add_lines(noordkaai, 1)
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true", "HX-Target": "body"}
    assert "<html" in client_for(alice).get(LIST, headers=headers).content.decode()


STATES = [
    ("active", {"state": LineState.ACTIVE}),
    ("scheduled", {"state": LineState.NEW, "open_request": OpenRequest.SCHEDULED}),
    ("pending", {"state": LineState.NEW, "open_request": OpenRequest.PENDING}),
    ("pending", {"state": LineState.ACTIVE, "open_request": OpenRequest.PENDING}),
    ("blocked", {"state": LineState.SUSPENDED}),
    ("new", {"state": LineState.NEW}),
    ("ended", {"state": LineState.TERMINATED}),
]


@pytest.mark.parametrize("view", ["all", "active", "scheduled", "pending", "blocked", "new", "ended"])
def test_a_tab_holds_as_many_lines_as_it_says(client_for, alice, noordkaai, zuidpark, view):
    for n, (_view, fields) in enumerate(STATES):
        add_lines(noordkaai, n + 1, **fields)
    response = client_for(alice).get(LIST, {"view": view})
    tab = next(tab for tab in response.context["tabs"] if tab.is_current)
    expected = LineFilter(view=view).apply(noordkaai).count()
    assert tab.count == response.context["page"].total == expected > 0
    assert len(numbers(response)) == min(expected, 25)


def test_terminated_lines_get_a_tab_only_when_there_are_some(client_for, alice, noordkaai):
    add_lines(noordkaai, 1)
    client = client_for(alice)
    assert "?view=ended" not in client.get(LIST).content.decode()
    add_lines(noordkaai, 1, state=LineState.TERMINATED)
    assert "?view=ended" in client.get(LIST).content.decode()


def test_each_filter_narrows_and_they_narrow_together(client_for, alice, noordkaai):
    one, two = add_lines(noordkaai, 2)
    Line.objects.for_customer(noordkaai).filter(pk=two.pk).update(split_bill=True, open_request=OpenRequest.PENDING)
    client = client_for(alice)
    for params in (
        {"plan": two.plan_id},
        {"account": two.billing_account_id},
        {"centre": two.cost_centre_id},
        {"split": "yes"},
        {"request": "yes"},
        {"q": two.number, "plan": two.plan_id, "split": "yes"},
    ):
        assert [row.pk for row in client.get(LIST, params).context["page"]] == [two.pk], params
    assert [row.pk for row in client.get(LIST, {"split": "no"}).context["page"]] == [one.pk]
    assert len(client.get(LIST, {"plan": two.plan_id, "split": "no"}).context["page"]) == 0


def test_chips_name_each_wish_and_lead_to_the_list_without_it(client_for, alice, noordkaai):
    (line,) = add_lines(noordkaai, 1)
    client = client_for(alice)
    response = client.get(LIST, {"q": "sofie", "plan": line.plan_id, "view": "active"})
    chips = {chip.text: chip.url for chip in response.context["chips"]}
    assert chips == {"“sofie”": f"/sims/?view=active&plan={line.plan_id}", "Mobile Pro": "/sims/?q=sofie&view=active"}
    assert response.context["cleared"] == "/sims/?view=active"


@pytest.mark.parametrize("sort", ["number", "name", "plan", "state", "centre"])
def test_every_order_is_complete_and_runs_both_ways(client_for, alice, noordkaai, sort):
    plan = factories.TariffPlanFactory(customer=noordkaai)
    for _again in range(30):
        add_lines(noordkaai, 1, plan=plan, subscriber__last_name="Same", cost_centre=None)
    add_lines(noordkaai, 1, number=None, state=LineState.NEW, subscriber=None, sim=None)
    client = client_for(alice)

    def everything(key: str) -> list[int]:
        pages = [client.get(LIST, {"sort": key, "page": page}).context["page"] for page in (1, 2)]
        return [row.pk for page in pages for row in page]

    up, down = everything(sort), everything(f"-{sort}")
    assert sorted(up) == sorted(Line.objects.for_customer(noordkaai).values_list("pk", flat=True))
    assert down == up[::-1]


def test_names_sort_without_regard_to_accents_and_nobody_comes_last(client_for, alice, noordkaai):
    for name in ("Zwart", "Émile", "Łęcki", "emiel", "Maes"):
        add_lines(noordkaai, 1, subscriber__last_name=name)
    add_lines(noordkaai, 1, subscriber=None)
    page = client_for(alice).get(LIST, {"sort": "name"}).context["page"]
    assert [row.name.split()[-1] if row.name else "" for row in page] == [
        "emiel",
        "Émile",
        "Łęcki",
        "Maes",
        "Zwart",
        "",
    ]


def test_the_heading_of_the_order_says_so_and_turns_it_around(client_for, alice, noordkaai):
    add_lines(noordkaai, 1)
    html = client_for(alice).get(LIST, {"sort": "name"}).content.decode()
    assert html.count('aria-sort="ascending"') == 1
    assert 'href="/sims/?sort=-name"' in html
    assert 'aria-sort="descending"' in client_for(alice).get(LIST, {"sort": "-name"}).content.decode()


def test_pages_follow_each_other_without_gap_or_repeat(client_for, alice, noordkaai):
    add_lines(noordkaai, 60)
    client = client_for(alice)
    pages = [client.get(LIST, {"page": n}).context["page"] for n in (1, 2, 3)]
    assert [len(page) for page in pages] == [25, 25, 10]
    assert len({row.pk for page in pages for row in page}) == 60
    assert client.get(LIST, {"page": 99}).context["page"].number == 3
    assert client.get(LIST, {"page": "x"}).context["page"].number == 1


def test_far_pages_of_a_large_list_are_read_from_its_end_and_are_the_same(noordkaai, monkeypatch):
    from sims.queries import lines as queries
    from sims.queries.counts import fleet_counts

    add_lines(noordkaai, 60)
    counts = fleet_counts(noordkaai)
    near = [row.pk for n in "123" for row in queries.line_page(noordkaai, LineFilter(), n, counts)]
    monkeypatch.setattr(queries, "FAR", 10)
    far = [row.pk for n in "123" for row in queries.line_page(noordkaai, LineFilter(), n, counts)]
    assert near == far


def test_a_broad_search_counts_only_so_far_but_every_page_can_be_reached(noordkaai, monkeypatch):
    from sims.queries import lines as queries
    from sims.queries.counts import fleet_counts

    add_lines(noordkaai, 260)
    monkeypatch.setattr(queries, "COUNTED", 30)
    counts = fleet_counts(noordkaai)
    wanted = LineFilter(q="sofie")
    first = queries.line_page(noordkaai, wanted, "1", counts)
    assert first.is_open_ended
    assert first.total_text.endswith("+")
    seen, number = set(), 1
    while True:
        page = queries.line_page(noordkaai, wanted, str(number), counts)
        seen |= {row.pk for row in page}
        if page.next is None:
            break
        number = page.next
    assert len(seen) == 260
    assert not page.is_open_ended
    assert page.total == 260


def test_wrong_parameters_are_left_out_instead_of_failing(client_for, alice, noordkaai):
    add_lines(noordkaai, 1)
    params = {"view": "?", "sort": "--", "plan": "x", "account": "9" * 40, "centre": "-1", "split": "1", "page": "-3"}
    assert len(client_for(alice).get(LIST, {**params, "q": "\x00"}).context["page"]) == 1


@pytest.mark.parametrize(
    ("state", "kind", "note"),
    [
        (OrderState.SCHEDULED, OrderKind.ACTIVATE, "Starts on 1 December"),
        (OrderState.SCHEDULED, OrderKind.PORT_IN, "Number transfer on 1 December"),
        (OrderState.IN_PROGRESS, OrderKind.PORT_IN, "Number transfer: in progress"),
        (OrderState.READY, OrderKind.ACTIVATE, "Activation: in progress"),
        (OrderState.UNKNOWN, OrderKind.ACTIVATE, "Takes longer than usual"),
        (OrderState.REJECTED, OrderKind.ACTIVATE, "Refused by the operator"),
    ],
)
def test_under_the_badge_stands_what_is_going_on(client_for, alice, noordkaai, state, kind, note):
    alice.language = "en"
    alice.save()
    (line,) = add_lines(noordkaai, 1, state=LineState.NEW)
    order_for(line, state, kind, not_before=dt.datetime(2026, 11, 30, 23, 30, tzinfo=dt.UTC))
    assert note in client_for(alice).get(LIST).content.decode()


def test_columns_are_remembered_per_person(client_for, alice, bob, noordkaai):
    add_lines(noordkaai, 1, subscriber__employee_number="E-777")
    client = client_for(alice)
    assert "E-777" not in client.get(LIST).content.decode()
    response = client.post("/sims/columns/", {"column": ["employee", "nonsense"], "query": "view=active"})
    assert response.url == "/sims/?view=active"
    assert "E-777" in client.get(LIST).content.decode()
    assert client.get(LIST).context["shown"] == ["employee"]
    assert "E-777" not in client_for(bob).get(LIST).content.decode()


def test_a_saved_view_is_a_tab_of_its_owner_and_a_shared_one_of_the_company(client_for, alice, bob, charlie, noordkaai):
    add_lines(noordkaai, 1)
    client = client_for(alice)
    for name, shared in (("Mine", ""), ("Ours", "on")):
        response = client.post("/sims/views/new/?q=sofie&sort=-name", {"name": name, "is_shared": shared})
        assert response.url == "/sims/?q=sofie&sort=-name"
        expect_audit(AuditKind.VIEW_SAVED, customer=noordkaai, by=alice, count=1 if name == "Mine" else 2)

    def labels(user) -> set[str]:
        return {str(tab.label) for tab in client_for(user).get(LIST).context["tabs"]} & {"Mine", "Ours"}

    assert labels(alice) == {"Mine", "Ours"}
    assert labels(bob) == {"Ours"}
    assert labels(charlie) == set()


def test_a_view_needs_a_name_and_a_free_one(client_for, alice, noordkaai):
    client = client_for(alice)
    assert client.post("/sims/views/new/?q=a", {"name": ""}).status_code == 422
    client.post("/sims/views/new/?q=a", {"name": "Mine"})
    assert client.post("/sims/views/new/?q=b", {"name": "Mine"}, headers=HTMX).status_code == 422
    assert SavedView.objects.for_customer(noordkaai).count() == 1


def test_only_its_owner_removes_a_view(client_for, alice, bob, charlie, noordkaai):
    client_for(alice).post("/sims/views/new/?q=a", {"name": "Ours", "is_shared": "on"})
    view = SavedView.objects.for_customer(noordkaai).get()
    url = f"/sims/views/{view.public_id}/delete/"
    for other in (bob, charlie):
        assert client_for(other).post(url).status_code == 404
    assert client_for(alice).get(url).status_code == 200
    assert client_for(alice).post(url).status_code == 302
    expect_audit(AuditKind.VIEW_REMOVED, customer=noordkaai, by=alice)
    assert not SavedView.objects.for_customer(noordkaai).exists()


def test_a_new_company_is_told_how_to_start_and_a_viewer_who_can(client_for, alice, bob, zuidpark):
    assert "/sims/new/" in client_for(alice).get(LIST).content.decode()
    assert "/sims/new/" not in client_for(bob).get(LIST).content.decode()


def test_the_row_menu_offers_what_this_person_may_do(client_for, alice, bob, charlie, noordkaai):
    (line,) = add_lines(noordkaai, 1, state=LineState.NEW)
    url = f"/sims/{line.public_id}/menu/"
    assert f"/sims/{line.public_id}/activate/" in client_for(alice).get(url, headers=HTMX).content.decode()
    assert "activate" not in client_for(bob).get(url, headers=HTMX).content.decode()
    assert client_for(charlie).get(url, headers=HTMX).status_code == 404
    assert client_for(alice).get(url).url == f"/sims/{line.public_id}/"


def test_a_form_s_empty_fields_do_not_stay_in_the_address(client_for, alice, noordkaai):
    response = client_for(alice).get("/sims/?q=sofie&plan=&centre=&view=active", headers=HTMX)
    assert response["HX-Push-Url"] == "/sims/?q=sofie&view=active"
    assert "HX-Push-Url" not in client_for(alice).get("/sims/?page=2", headers=HTMX)


def test_cards_in_stock_are_those_on_no_line(client_for, alice, noordkaai, zuidpark):
    add_lines(noordkaai, 1)
    card = factories.SimFactory(customer=noordkaai)
    factories.SimFactory(customer=noordkaai, state="retired")
    client = client_for(alice)
    assert [sim.pk for sim in client.get("/sims/stock/").context["page"]] == [card.pk]
    spaced = f"{card.iccid[6:10]} {card.iccid[10:]}"
    assert [sim.pk for sim in client.get("/sims/stock/", {"q": spaced}).context["page"]] == [card.pk]
    assert len(client.get("/sims/stock/", {"q": "%"}).context["page"]) == 0
    tab = next(tab for tab in client.get(LIST).context["tabs"] if urlsplit(tab.url).path == "/sims/stock/")
    assert tab.count == 1


def test_the_way_back_from_a_line_leads_to_the_list_as_it_was(client_for, alice, noordkaai):
    (line,) = add_lines(noordkaai, 1)
    client = client_for(alice)
    html = client.get(LIST, {"q": "sofie", "view": "active"}).content.decode()
    link = f"/sims/{line.public_id}/?list=q%3Dsofie%26view%3Dactive"
    assert link in html
    assert 'href="/sims/?q=sofie&amp;view=active"' in client.get(link).content.decode()


def test_filters_survive_being_written_and_read():
    wanted = LineFilter(q="é & ü", view="active", plan=3, account=4, centre=5, split="yes", request="no", sort="-name")
    assert LineFilter.from_text(wanted.query()) == wanted
    assert LineFilter().query() == ""
