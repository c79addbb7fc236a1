"""An employee whose last day is today: from the overview to the operator and back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from fleetportal.operators.contract import ServiceStatus
from fleetportal.operators.simulator.models import SimulatedLine
from sims.models import Departure
from sims.orders import calendar
from tests.browser.demo import Demo
from tests.browser.texts import dutch
from tests.workers import Worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_line_of_who_leaves_today_is_blocked_now(
    demo: Demo,
    open_context: Callable,
    sign_in: Callable,
    start_worker: Callable[..., Worker],
    settings,
    served: str,
    tmp_path: Path,
):
    settings.ORDER_UNDO_SECONDS = 0
    start_worker({"VAR_DIR": str(tmp_path), "PORTAL_URL": served, "SIMULATOR_WORK_SECONDS": "1"}, queues="orders")
    context = open_context()
    sign_in(context, demo.owner)
    page = context.new_page()
    page.goto("/")
    page.locator(".quick a[href='/sims/choose/leave/']").click()
    page.locator("main .row a.btn").first.click()
    page.wait_for_url("**/leave/")
    page.locator("[name=last_day]").fill(calendar.local_day(timezone.now()).isoformat())
    page.locator("main .btn--primary[type=submit]").click()
    page.wait_for_url("**/departures/**")

    line = Departure.objects.for_customer(demo.customer).latest("pk").lines.get().line
    page.goto(f"/sims/{line.public_id}/")
    header = page.locator(".page").first
    expect(header.locator(".badge", has_text=dutch("Blocked"))).to_be_visible()
    assert SimulatedLine.objects.get(number=line.number).status == ServiceStatus.SUSPENDED
