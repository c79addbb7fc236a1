"""How many clicks, or Enter, a task takes from the overview. Typing and arrow keys are not counted."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import Invitation
from sims.models import Line
from tests.browser.demo import Demo
from tests.browser.texts import dutch
from tests.browser.tours import FORWARD

pytestmark = pytest.mark.django_db(transaction=True)


class Hand:
    """Clicks and counts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def click(self, target: str | Locator) -> None:
        where = self.page.locator(target).first if isinstance(target, str) else target
        where.click()
        self.clicks += 1

    def enter(self) -> None:
        self.page.keyboard.press("Enter")
        self.clicks += 1


@pytest.fixture
def hand(demo: Demo, open_context: Callable, sign_in: Callable) -> Hand:
    context = open_context()
    sign_in(context, demo.owner)
    page = context.new_page()
    page.goto("/")
    return Hand(page)


def test_a_new_employee_with_an_active_sim_card_takes_five(hand: Hand, demo: Demo):
    page = hand.page
    hand.click(".page__actions .btn--primary")
    page.locator("#id_iccid").fill(demo.cards[0])
    hand.click(FORWARD)
    page.locator("[name=who][value=existing]").press("ArrowDown")
    page.locator("[name=first_name]").fill("Wout")
    page.locator("[name=last_name]").fill("Lemmens")
    hand.click(FORWARD)
    hand.click(FORWARD)
    hand.click(FORWARD)
    expect(page.locator(".page .badge", has_text=dutch("In progress"))).to_be_visible()
    assert hand.clicks == 5


def test_activating_on_a_date_takes_three(hand: Hand, demo: Demo):
    page = hand.page
    page.keyboard.press("Control+k")
    with page.expect_response("**/search/**"):
        page.locator("#palette-q").fill(demo.new.subscriber.full_name)
    hand.enter()
    hand.click(".page__actions .btn--primary")
    page.locator("#dialog [name=when]:checked").press("ArrowDown")
    page.locator("#id_date").fill(page.locator("#id_date").get_attribute("max"))
    hand.click("#dialog [type=submit]")
    expect(page.locator(".page .badge", has_text=dutch("Scheduled"))).to_be_visible()
    assert hand.clicks == 3


def test_inviting_a_fleet_manager_takes_three(hand: Hand, demo: Demo):
    page = hand.page
    hand.click(".side a[href='/people/']")
    hand.click(".page__actions .btn--primary")
    page.locator("[name=emails]").fill("collega@noordkaai.example")
    hand.click("main form .btn--primary")
    expect(page.locator("main")).to_contain_text("collega@noordkaai.example")
    assert Invitation.objects.for_customer(demo.customer).filter(email="collega@noordkaai.example").exists()
    assert hand.clicks == 3


def test_exporting_takes_three(hand: Hand):
    page = hand.page
    hand.click(".side a[href='/sims/']")
    hand.click(".page__actions a[href*=export]")
    expect(page.locator("#dialog [type=submit]")).to_be_visible()
    with page.expect_download():
        hand.click("#dialog [type=submit]")
    assert hand.clicks == 3


def test_blocking_takes_three(hand: Hand):
    page = hand.page
    hand.click(".quick a[href='/sims/choose/block/']")
    hand.click("main .row a.btn")
    hand.click("#dialog [type=submit]")
    expect(page.locator(".toast")).to_contain_text(dutch("Block"))
    assert hand.clicks == 3


def test_correcting_an_employee_takes_three(hand: Hand, demo: Demo):
    page = hand.page
    line = demo.line(state="active", subscriber__confirmed_at=None, subscriber__confirmations=None)
    page.keyboard.press("Control+k")
    with page.expect_response("**/search/**"):
        page.locator("#palette-q").fill(line.number)
    hand.enter()
    hand.click(f"a[href*='/employees/{line.subscriber.public_id}/edit/']")
    page.locator("#dialog [name=department]").fill("Onthaal")
    hand.click("#dialog [type=submit]")
    expect(page.locator(".toast")).to_contain_text(line.subscriber.full_name)
    line.subscriber.refresh_from_db()
    assert line.subscriber.department == "Onthaal"
    assert hand.clicks == 3


def test_an_employee_leaving_takes_three(hand: Hand):
    page = hand.page
    hand.click(".quick a[href='/sims/choose/leave/']")
    hand.click("main .row a.btn")
    page.wait_for_url("**/leave/")
    hand.click("main .btn--primary[type=submit]")
    page.wait_for_url("**/departures/**")
    expect(page.locator(".toast")).to_be_visible()
    assert hand.clicks == 3


def test_options_on_two_lines_take_six(hand: Hand, demo: Demo):
    """Four and one for each line."""
    page = hand.page
    lines = Line.objects.for_customer(demo.customer).filter(state="active", options=None, orders=None)
    fitting = {f"sim-{line.pk}": line for line in lines.filter(plan__code="MOB-PRO")}
    hand.click(".side a[href='/sims/']")
    page.wait_for_url("**/sims/")
    shown = page.locator("#sims tbody tr").evaluate_all("rows => rows.map(row => row.id)")
    first, second = [fitting[row] for row in shown if row in fitting][:2]
    for line in (first, second):
        hand.click(f"#sim-{line.pk} [name=sel]")
    hand.click("#bulk [hx-get*='new/options']")
    expect(page.locator("#dialog[open] #dialog-title")).to_be_visible()
    hand.click(f"#dialog [name=add][value={first.plan.options.first().code}]")
    hand.click("#dialog .dialog__foot [type=submit]")
    expect(page.locator("#bulk-watch")).to_be_visible()
    assert hand.clicks == 4 + 2


def line_by_search(hand: Hand, demo: Demo) -> Line:
    """A line on which plan, options and barrings can be chosen, from the overview: one Enter."""
    lines = Line.objects.for_customer(demo.customer).filter(state="active", options=None, orders=None)
    line = lines.filter(plan__code="MOB-PRO").order_by("number").first()
    hand.page.keyboard.press("Control+k")
    with hand.page.expect_response("**/search/**"):
        hand.page.locator("#palette-q").fill(line.number)
    expect(hand.page.locator("#palette-list [role=option]").first).to_be_visible()
    hand.enter()
    expect(hand.page.locator("#line")).to_be_visible()
    return line


@pytest.mark.parametrize(
    ("tab", "choice"),
    [
        ("plan", "[name=plan][value=MOB-MAX]"),
        ("plan", "[name=option][value=TWIN]"),
        ("barrings", "#id_barrings_ROAM_ALL"),
    ],
    ids=["plan", "option", "barrings"],
)
def test_changing_what_a_line_may_do_takes_four(hand: Hand, demo: Demo, tab: str, choice: str):
    line = line_by_search(hand, demo)
    hand.click(f".tabs a[href*='tab={tab}']")
    hand.click(choice)
    hand.click(".savebar [type=submit]")
    expect(hand.page.locator(".toast").first).to_be_visible()
    assert line.orders.get().kind == tab
    assert hand.clicks == 4
