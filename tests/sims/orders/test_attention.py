"""The staff page and the commands for orders that need a person."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db.models.functions import Now
from django.urls import reverse

from sims.enums import OrderState
from sims.orders.attention import stuck_orders
from tests import factories
from tests.sims.orders.driving import rows
from tests.sims.orders.test_placing import put_in

LIST = "admin:sims_order_changelist"


@pytest.fixture
def troubled(activation):
    return put_in(activation, OrderState.NEEDS_ATTENTION)


@pytest.fixture
def staff(db, client_for):
    return client_for(factories.UserFactory(is_staff=True, is_superuser=True))


def act(client, action, order):
    return client.post(
        reverse(LIST), {"action": action, "_selected_action": [str(order.pk)]}, follow=True
    ).content.decode()


def test_the_page_opens_on_what_needs_attention(staff, troubled):
    assert str(troubled.pk) in staff.get(reverse(LIST)).content.decode()


def test_what_goes_well_is_one_click_or_search_away(staff, activation):
    def listed(**query):
        return str(activation.pk) in staff.get(reverse(LIST), query).content.decode()

    assert not listed()
    assert listed(show="all")
    assert listed(state__exact="ready")
    assert listed(q=str(activation.pk))
    assert not listed(state__exact="completed")
    assert not listed(show="stuck")


def test_every_step_stands_on_the_orders_page(staff, troubled):
    page = staff.get(reverse("admin:sims_order_change", args=[troubled.pk])).content.decode()

    assert page.count("field-after") >= troubled.transitions.count()


def test_sending_again(staff, troubled):
    act(staff, "send_again", troubled)

    assert rows(troubled).get().state == OrderState.READY


def test_marking_as_failed(staff, troubled):
    act(staff, "mark_as_failed", troubled)

    order = rows(troubled).get()
    assert order.state == OrderState.FAILED
    assert order.error_code == "given_up"


def test_an_order_that_went_on_meanwhile_is_left_alone(staff, activation):
    page = staff.post(
        f"{reverse(LIST)}?show=all", {"action": "mark_as_failed", "_selected_action": [str(activation.pk)]}, follow=True
    ).content.decode()

    assert rows(activation).get().state == OrderState.READY
    assert "messagelist" in page


def test_orders_are_not_edited_or_removed_by_hand(staff, troubled):
    url = reverse("admin:sims_order_change", args=[troubled.pk])

    assert staff.post(url, {"state": "completed"}).status_code == 403
    assert staff.post(reverse("admin:sims_order_delete", args=[troubled.pk]), {"post": "yes"}).status_code == 403
    assert rows(troubled).get().state == OrderState.NEEDS_ATTENTION


def test_a_fleet_manager_does_not_see_the_staff_page(client_for, alice, troubled):
    assert client_for(alice).get(reverse(LIST)).status_code == 302


def test_staff_without_the_right_see_but_do_not_act(client_for, troubled):
    looker = factories.UserFactory(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_order", content_type__app_label="sims"))

    client = client_for(looker)
    assert str(troubled.pk) in client.get(reverse(LIST)).content.decode()
    act(client, "mark_as_failed", troubled)

    assert rows(troubled).get().state == OrderState.NEEDS_ATTENTION


@pytest.mark.parametrize(
    ("columns", "is_stuck"),
    [
        ({}, False),
        ({"state": OrderState.NEEDS_ATTENTION}, True),
        ({"due_at": Now() - timedelta(minutes=11)}, True),
        ({"due_at": Now() - timedelta(minutes=9)}, False),
        ({"state": OrderState.IN_PROGRESS, "sent_at": Now() - timedelta(hours=25)}, False),
        ({"state": OrderState.IN_PROGRESS, "created_at": Now() - timedelta(hours=25)}, True),
        (
            {
                "state": OrderState.IN_PROGRESS,
                "created_at": Now() - timedelta(hours=90),
                "promised_for": Now() + timedelta(hours=2),
            },
            False,
        ),
    ],
)
def test_what_counts_as_stuck(activation, columns, is_stuck):
    rows(activation).update(**columns)

    assert stuck_orders().exists() == is_stuck


def test_the_command_lists_what_is_stuck_and_fails_for_monitoring(troubled, capsys):
    with pytest.raises(SystemExit) as exit_:
        call_command("orders", stuck=True)

    assert exit_.value.code == 1
    assert str(troubled.pk) in capsys.readouterr().out


def test_the_command_is_content_when_nothing_is_stuck(activation, capsys):
    call_command("orders", stuck=True)

    assert str(activation.pk) not in capsys.readouterr().out


def test_an_order_is_sent_again_from_the_command_line(troubled, capsys):
    call_command("retry_order", str(troubled.pk))

    assert rows(troubled).get().state == OrderState.READY
    assert "ready" in capsys.readouterr().out


def test_the_command_says_why_it_did_nothing(activation, noordkaai):
    with pytest.raises(CommandError):
        call_command("retry_order", str(activation.pk))
    with pytest.raises(CommandError, match="no order"):
        call_command("retry_order", str(noordkaai.public_id))


def test_the_actor_of_a_command_is_named(troubled):
    call_command("retry_order", str(troubled.pk))

    assert troubled.transitions.last().by_name == "retry_order"
