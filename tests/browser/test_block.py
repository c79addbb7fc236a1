"""Blocking and unblocking a line, from the overview to the operator and back, and second thoughts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fleetportal.operators.contract import ServiceStatus
from fleetportal.operators.simulator.models import SimulatedLine
from sims.enums import OrderState
from sims.models import Line, Order
from tests.browser.demo import Demo
from tests.browser.texts import dutch
from tests.workers import Worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner_page(demo: Demo, open_context: Callable, sign_in: Callable) -> Page:
    context = open_context()
    sign_in(context, demo.owner)
    page = context.new_page()
    page.goto("/")
    return page


def block_first(page: Page) -> None:
    """Tile, line, confirm."""
    page.locator(".quick a[href='/sims/choose/block/']").click()
    page.locator("main .row a.btn").first.click()
    page.locator("#dialog [name=reason][value=stolen]").check()
    page.locator("#dialog [type=submit]").click()


def test_a_stolen_phone_is_blocked_and_later_unblocked(
    owner_page: Page, demo: Demo, start_worker: Callable[..., Worker], settings, served: str, tmp_path: Path
):
    settings.ORDER_UNDO_SECONDS = 0
    start_worker({"VAR_DIR": str(tmp_path), "PORTAL_URL": served, "SIMULATOR_WORK_SECONDS": "1"}, queues="orders")
    page = owner_page
    block_first(page)
    expect(page.locator(".toast")).to_contain_text(dutch("Block"))
    order = Order.objects.for_customer(demo.customer).filter(kind="block").order_by("-created_at").first()
    line = Line.objects.for_customer(demo.customer).get(pk=order.line_id)

    page.goto(f"/sims/{line.public_id}/")
    header = page.locator(".page").first
    expect(header.locator(".badge", has_text=dutch("Blocked"))).to_be_visible()
    assert SimulatedLine.objects.get(number=line.number).status == ServiceStatus.SUSPENDED

    header.get_by_role("link", name=dutch("Unblock"), exact=True).click()
    expect(page.locator("#dialog")).to_contain_text(dutch("Stolen"))
    page.locator("#dialog [type=submit]").click()
    expect(header.locator(".badge", has_text=dutch("Active"))).to_be_visible()
    assert SimulatedLine.objects.get(number=line.number).status == ServiceStatus.ACTIVE


def test_second_thoughts_send_nothing(owner_page: Page, demo: Demo):
    page = owner_page
    block_first(page)
    page.locator(".toast form button").click()
    order = Order.objects.for_customer(demo.customer).filter(kind="block").order_by("-created_at").first()
    expect(page.locator(".toast").last).to_contain_text(dutch("Undone. Nothing was sent to the operator."))
    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
