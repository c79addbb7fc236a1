from types import SimpleNamespace

import pytest
from django.utils import translation

from fleetportal.shell.registry import (
    GROUPS,
    Contributions,
    NavItem,
    Task,
    allowed,
    contributions,
)


def test_contributions_are_kept_in_their_order_whatever_the_order_of_the_apps():
    found = Contributions()
    found.take(SimpleNamespace(navigation=[NavItem("Late", "home", "dashboard", order=50)]))
    found.take(
        SimpleNamespace(navigation=[NavItem("Early", "home", "dashboard", order=10)], audit_icons={"a.b": "lock"})
    )
    assert [item.label for item in found.navigation] == ["Early", "Late"]
    assert found.audit_icons == {"a.b": "lock"}


def test_a_portal_module_needs_only_what_it_contributes():
    found = Contributions()
    found.take(SimpleNamespace())
    assert found == Contributions()


def test_every_contributed_page_exists_and_stands_in_a_known_group():
    entries = [*contributions.navigation, *contributions.tasks, *contributions.getting_started]
    assert entries
    assert [entry.url for entry in entries]
    assert {item.group for item in contributions.navigation} <= GROUPS.keys()


def test_every_contributed_icon_is_in_the_sprite(settings):
    sprite = (settings.BASE_DIR / "static/img/icons.svg").read_text()
    icons = {entry.icon for entry in [*contributions.navigation, *contributions.tasks, *contributions.tiles]}
    icons |= set(contributions.audit_icons.values())
    assert [icon for icon in icons if f'id="{icon}"' not in sprite] == []


def test_shortcut_letters_and_places_in_the_bottom_bar_are_given_once():
    keys = [item.key for item in contributions.navigation if item.key]
    places = [entry.tab for entry in [*contributions.navigation, *contributions.tasks] if entry.tab]
    assert len(keys) == len(set(keys))
    assert len(places) == len(set(places)) <= 4


def test_every_kind_of_the_audit_trail_has_words():
    with translation.override("en"):
        assert contributions.audit_labels["invitation.created"] == "Fleet manager invited"


@pytest.mark.django_db
def test_an_entry_is_for_whom_the_role_allows(rf, bob, owner):
    entries = [Task("Invite", "users", "invite", permission="manage_people"), Task("Look", "users", "people")]
    for user, labels in ((bob, ["Look"]), (owner, ["Invite", "Look"])):
        request = rf.get("/")
        request.membership = user.memberships.get()
        assert [entry.label for entry in allowed(request, entries)] == labels
    request.membership = None
    assert allowed(request, entries) == []
