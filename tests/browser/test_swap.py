"""Replacing a SIM card, from the overview to the operator and back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fleetportal.operators.simulator.models import SimulatedLine
from sims.enums import SimState
from sims.models import Line, Order, Sim
from tests.browser.demo import Demo
from tests.browser.texts import dutch
from tests.factories import PASSWORD
from tests.workers import Worker, eventually

pytestmark = pytest.mark.django_db(transaction=True)


def confirm_who_it_is(page: Page) -> None:
    """The password once more: replacing a card asks for it when it was not given in the last five minutes."""
    page.goto("/accounts/reauthenticate/")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form [type=submit], form[action*=reauthenticate] [type=submit]").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Katrien")


@pytest.fixture
def owner_page(demo: Demo, open_context: Callable, sign_in: Callable) -> Page:
    context = open_context()
    sign_in(context, demo.owner)
    page = context.new_page()
    confirm_who_it_is(page)
    return page


def test_a_card_is_replaced_in_three_clicks_and_the_line_goes_on(
    owner_page: Page, demo: Demo, start_worker: Callable[..., Worker], served: str, tmp_path: Path
):
    start_worker({"VAR_DIR": str(tmp_path), "PORTAL_URL": served, "SIMULATOR_WORK_SECONDS": "1"}, queues="orders,mail")
    page, card = owner_page, demo.cards[0]
    page.locator(".quick a[href='/sims/choose/swap/']").click()
    page.locator("main .row a.btn").first.click()
    page.locator("#id_iccid").fill(card)
    expect(page.locator("#swap-check")).to_contain_text(card[-4:])
    page.locator("form [type=submit]", has_text=dutch("Replace SIM card")).first.click()

    expect(page.locator(".toast")).to_contain_text(dutch("Replace SIM card"))
    order = Order.objects.for_customer(demo.customer).filter(kind="swap").latest("created_at")
    old = order.payload["iccid_before"]
    lines = Line.objects.for_customer(demo.customer).select_related("sim")
    eventually(lambda: lines.get(pk=order.line_id).sim.iccid == card, what="the new card on the line", seconds=30)
    line = lines.get(pk=order.line_id)
    assert SimulatedLine.objects.get(number=line.number).iccid == card
    cards = Sim.objects.for_customer(demo.customer)
    assert cards.get(iccid=card).state == SimState.IN_USE
    assert cards.get(iccid=old).state in (SimState.REPLACED, SimState.LOST, SimState.DEFECTIVE)
    page.goto(f"/sims/{line.public_id}/")
    expect(page.locator(".simcard__nr")).to_contain_text(card[-3:])
