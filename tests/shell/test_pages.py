import datetime as dt
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone, translation

from fleetportal.audit.actors import Actor
from fleetportal.audit.services import record
from fleetportal.shell import dashboard, navigation, registry, search
from fleetportal.shell.dashboard import greeting
from fleetportal.shell.registry import (
    AttentionItem,
    Contributions,
    Panel,
    ScheduledItem,
    SearchHit,
    SearchSource,
    Step,
    Task,
    Tile,
)
from tests.factories import MembershipFactory, UserFactory
from tests.htmx import apply, assert_same, find, page_of

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def contribute(monkeypatch):
    """Replaces what all apps contribute by the given lists."""
    # Every view is imported by now, so that none keeps the replacement.
    assert get_resolver().url_patterns

    def replace(**lists):
        found = Contributions(audit_labels=registry.contributions.audit_labels)
        found.take(SimpleNamespace(**lists))
        for module in (registry, navigation, search, dashboard):
            monkeypatch.setattr(module, "contributions", found)

    return replace


@pytest.fixture
def page(client_for, alice):
    alice.language = "en"
    alice.save()
    client = client_for(alice)
    return lambda url="/", **headers: client.get(url, headers=headers).content.decode()


@pytest.mark.parametrize(
    ("hour", "words"), [(6, "Good morning"), (12, "Good afternoon"), (17, "Good afternoon"), (18, "Good evening")]
)
def test_the_greeting_follows_belgian_time(hour, words):
    now = dt.datetime(2026, 11, 23, hour, 0, tzinfo=timezone.get_default_timezone())
    with translation.override("en"):
        assert greeting("An", now) == f"{words}, An"


def test_a_company_with_nothing_to_do_hears_so(contribute, page):
    contribute()
    assert "Everything is in order." in page()


def test_the_next_change_is_named_when_there_is_nothing_to_do(contribute, page):
    contribute(scheduled=[lambda request: [ScheduledItem(dt.date(2026, 11, 25), "Activation", "An", "/x/")]])
    assert "Everything is in order. Next change: 25 November." in page()


def test_tiles_and_attention_come_from_the_apps(contribute, page):
    contribute(
        tiles=[
            Tile(
                "Active",
                "/sims/?view=active",
                lambda r: 132,
                note=lambda r: "4 more",
                icon="circle-check",
                state="active",
            ),
            Tile("Hidden", "/x/", lambda r: 1, permission="manage_people"),
        ],
        attention=[
            lambda request: [
                AttentionItem("Low stock", "2 left", "packages", "/x/", "Order", "Order SIM cards", order=2)
            ],
            lambda request: [AttentionItem("Rejected", "", "lock", "/y/", "Look", tone="bad", is_post=True, order=1)],
        ],
    )
    shown = page()
    assert 'href="/sims/?view=active"' in shown
    assert "132" in shown and "4 more" in shown
    assert "Hidden" not in shown
    assert "There are 2 things that need your attention." in shown
    assert shown.index("Rejected") < shown.index("Low stock")
    assert 'hx-post="/y/"' in shown
    assert 'aria-label="Order SIM cards"' in shown


def test_a_new_company_is_shown_where_to_start_until_it_is_under_way(contribute, page):
    done = {"invite": True, "sim": False}
    contribute(
        getting_started=[
            Step("Invite a colleague", "", "people", lambda r: done["invite"]),
            Step("First SIM card", "", "people", lambda r: done["sim"], completes=True),
        ]
    )
    assert "Getting started" in page()
    done["sim"] = True
    assert "Getting started" not in page()


def test_recent_changes_are_those_of_the_own_company(contribute, page, noordkaai, zuidpark, alice, bob):
    contribute()
    record("invitation.created", by=Actor.user(bob), customer_id=noordkaai.pk, subject=noordkaai, label="koen@x.be")
    record("invitation.created", by=Actor.user(alice), customer_id=zuidpark.pk, subject=zuidpark, label="not@yours.be")
    shown = page()
    assert "Fleet manager invited" in shown
    assert "koen@x.be, Bob Bogaert, " in shown
    assert "not@yours.be" not in shown


def test_panels_of_apps_get_their_context(contribute, page):
    contribute(dashboard_panels=[Panel("Menu", "shell/menu_body.html", lambda request: {"x": 1})])
    assert "Light or dark" in page()


def test_the_search_asks_its_sources_with_the_company_and_the_membership(contribute, page, noordkaai, alice):
    asked = []

    def search(customer, membership, text, limit):
        asked.append((customer, membership.user, text, limit))
        return [SearchHit("device-sim", f"0468 12 34 56, <{text}>", "Sales", "/sims/1/")]

    contribute(
        search_sources=[SearchSource("lines", "SIM cards", search)], tasks=[Task("Add SIM card", "plus", "people")]
    )
    shown = page("/search/?q=sofie")
    assert asked == [(noordkaai, alice, "sofie", 20)]
    assert "&lt;sofie&gt;" in shown
    assert "<sofie>" not in shown


def test_a_source_is_not_asked_for_one_letter_nor_by_who_may_not(contribute, page):
    def search(customer, membership, text, limit):
        raise AssertionError("asked")

    contribute(
        search_sources=[
            SearchSource("a", "A", search, permission="manage_people"),
        ]
    )
    assert "Nothing found" in page("/search/?q=sofie")
    contribute(search_sources=[SearchSource("a", "A", search)])
    page("/search/?q=s")


def test_tasks_are_found_by_part_of_their_name_without_accents(contribute, page):
    contribute(tasks=[Task("Réserver une carte", "plus", "people", keywords="nouveau")])
    assert "Réserver" in page("/search/?q=reserver+carte", **FRAGMENT)
    assert "Réserver" in page("/search/?q=nouv", **FRAGMENT)
    assert "Nothing found" in page("/search/?q=facture", **FRAGMENT)


def test_the_palette_answers_what_the_frame_starts_with(client_for, alice):
    client = client_for(alice)
    before = page_of(client.get("/"))
    after = apply(before, client.get("/search/?q=", headers=FRAGMENT), target="#palette-list")
    assert_same(after, client.get("/"), "#palette-list")


def test_a_page_swap_picks_the_same_part_as_a_full_load(client_for, alice):
    client = client_for(alice)
    full = {"HX-Request": "true", "HX-Request-Type": "full"}
    before = page_of(client.get("/shortcuts/"))
    after = apply(before, client.get("/", headers=full), target="#main", select="#main", swap="outerMorph")
    assert_same(after, client.get("/"), "#main")
    assert find(after, "h1")


def test_the_menu_works_as_a_page(page):
    assert "Fleet managers" in page("/menu/")


def test_pages_of_the_frame_ask_to_sign_in_and_a_stranger_has_no_company(client_for):
    for url in ("/", "/search/", "/menu/", "/shortcuts/"):
        assert Client().get(url).headers["Location"].startswith("/accounts/login/")

    response = client_for(UserFactory()).get("/")
    assert response.status_code == 404
    assert "person" in response.content.decode()


def test_single_keys_can_be_switched_off_in_this_browser(client_for, alice):
    client = client_for(alice)
    assert "data-single-keys" not in client.get("/").content.decode()
    client.post("/shortcuts/single-keys/", {"single_keys": "off"})
    assert 'data-single-keys="off"' in client.get("/").content.decode()
    client.post("/shortcuts/single-keys/", {"single_keys": "on"})
    assert "data-single-keys" not in client.get("/").content.decode()


def test_the_theme_is_printed_by_the_server_and_only_if_it_is_one(client_for, alice):
    client = client_for(alice)
    assert "data-theme=" not in client.get("/").content.decode()
    assert client.post("/theme/", {"next": "/search/?q=a"}).headers["Location"] == "/search/?q=a"
    assert 'data-theme="dark"' in client.get("/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert "data-theme=" not in client.get("/").content.decode()


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_switch_never_leads_to_another_site(target):
    assert Client().get("/language/fr/", {"next": target}).headers["Location"] == "/"
    assert Client().post("/theme/", {"next": target}).headers["Location"] == "/"


def test_an_unknown_language_is_not_found():
    assert Client().get("/language/de/").status_code == 404


def test_the_style_guide_is_for_development(client, settings):
    assert client.get("/styleguide/").status_code == 404
    settings.DEBUG = True
    assert client.get("/styleguide/").status_code == 200


def test_the_company_switch_appears_with_a_second_company(client_for, alice, zuidpark):

    client = client_for(alice)
    assert 'id="companies"' not in client.get("/").content.decode()
    MembershipFactory(user=alice, customer=zuidpark)
    shown = client.get("/").content.decode()
    assert 'id="companies"' in shown
    assert "Noordkaai Logistics NV – Fleet Portal</title>" in shown


def test_a_failing_page_says_that_nothing_was_changed(settings, client, monkeypatch):
    def fail(request):
        raise RuntimeError("broken")

    monkeypatch.setattr("fleetportal.shell.context.navigation.groups", fail)
    monkeypatch.setattr("fleetportal.shell.views._next", fail)
    client.raise_request_exception = False
    response = client.get("/language/fr/")
    assert response.status_code == 500
    assert "Fleet Portal" in response.content.decode()


def test_a_form_without_token_is_explained():
    response = Client(enforce_csrf_checks=True).post("/theme/")
    assert response.status_code == 403
    assert "<html" in response.content.decode()
