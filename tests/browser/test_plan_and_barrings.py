"""Plan, options and barrings of a line, from the browser to the operator and back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fleetportal.operators.simulator.models import SimulatedLine
from sims.models import Line
from tests.browser.demo import Demo
from tests.browser.steps import answered
from tests.browser.texts import dutch
from tests.browser.tours_plan import free_line
from tests.workers import Worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def line(demo: Demo) -> Line:
    return free_line(demo)


@pytest.fixture
def owner_page(
    demo: Demo,
    open_context: Callable,
    sign_in: Callable,
    start_worker: Callable[..., Worker],
    settings,
    served: str,
    tmp_path: Path,
) -> Page:
    """With a worker that sends at once."""
    settings.ORDER_UNDO_SECONDS = 0
    start_worker({"VAR_DIR": str(tmp_path), "PORTAL_URL": served, "SIMULATOR_WORK_SECONDS": "1"}, queues="orders")
    context = open_context()
    sign_in(context, demo.owner)
    return context.new_page()


def at_the_operator(line: Line) -> SimulatedLine:
    return SimulatedLine.objects.get(number=line.number)


def test_another_plan_with_an_option_and_back(owner_page: Page, line: Line):
    page = owner_page
    page.goto(f"/sims/{line.public_id}/?tab=plan")
    answered(page, "[name=plan][value=MOB-MAX]")
    answered(page, "[name=option][value=TWIN]")
    page.locator("#plan-total [type=submit]").click()
    expect(page.locator(".toast").first).to_be_visible()
    expect(page.locator("#plan-total")).to_have_count(0)

    # The page looks again by itself: once the operator has done it, the form is there with the new plan.
    expect(page.locator("[name=plan][value=MOB-MAX]")).to_be_checked()
    expect(page.locator("[name=option][value=TWIN]")).to_be_checked()
    simulated = at_the_operator(line)
    assert (simulated.plan_code, simulated.option_codes) == ("MOB-MAX", ["TWIN"])

    answered(page, "[name=plan][value=MOB-PRO]")
    answered(page, "[name=option][value=TWIN]")
    page.locator("#plan-total [type=submit]").click()
    expect(page.locator("#plan-total")).to_have_count(0)
    expect(page.locator("[name=plan][value=MOB-PRO]")).to_be_checked()
    simulated = at_the_operator(line)
    assert (simulated.plan_code, simulated.option_codes) == ("MOB-PRO", [])
    line.refresh_from_db()
    assert line.plan.code == "MOB-PRO"


def test_a_wider_barring_takes_the_narrow_one_along_and_is_lifted_again(owner_page: Page, line: Line):
    Line.objects.for_customer(line.customer).filter(pk=line.pk).update(barrings=["ROAM_DATA"])
    SimulatedLine.objects.filter(number=line.number).update(barrings=["ROAM_DATA"])
    page = owner_page
    page.goto(f"/sims/{line.public_id}/?tab=barrings")
    answered(page, "#id_barrings_ROAM_ALL")
    expect(page.locator("#id_barrings_ROAM_DATA")).to_have_count(0)
    page.locator("#barrings-save [type=submit]").click()
    expect(page.locator(".toast").first).to_be_visible()
    expect(page.locator("#barrings-save")).to_have_count(0)

    expect(page.locator("#id_barrings_ROAM_ALL")).to_be_checked()
    assert at_the_operator(line).barrings == ["ROAM_ALL"]

    answered(page, "#id_barrings_ROAM_ALL")
    page.locator("#barrings-save [type=submit]").click()
    expect(page.locator("#barrings-save")).to_have_count(0)
    expect(page.locator("#id_barrings_ROAM_ALL")).not_to_be_checked()
    assert at_the_operator(line).barrings == []
    page.goto(f"/sims/{line.public_id}/")
    expect(page.locator("#line")).to_contain_text(dutch("Nothing is barred on this line."))
