"""A group bundle, from the browser to the operator and back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from fleetportal.operators.simulator.models import SimulatedBundle
from tests.browser.demo import Demo
from tests.browser.texts import dutch
from tests.browser.tours_plan import answered
from tests.workers import Worker

pytestmark = pytest.mark.django_db(transaction=True)

WITHIN = 30_000


def test_a_bundle_is_requested_and_confirmed(
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

    page.goto("/bundles/new/")
    answered(page, "[name=offer][value=GB-DATA-5TB]")
    expect(page.locator("#bundle-cost")).to_contain_text("→")
    page.locator("#bundle-cost [type=submit]").click()
    page.wait_for_url("**/bundles/*-*/")
    expect(page.locator(".toast").first).to_be_visible()

    # The page looks again by itself until the operator has made it.
    expect(page.get_by_role("link", name=dutch("Change bundle"))).to_be_visible(timeout=WITHIN)
    expect(page.locator("h1")).to_have_text("Data 5 TB")
    made = SimulatedBundle.objects.get(customer_reference=demo.customer.enterprise_number, offer="GB-DATA-5TB")
    expect(page.locator("#bundle")).to_contain_text(made.code)
    assert made.numbers
