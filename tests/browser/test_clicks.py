"""How many clicks, or Enter, a task takes from the overview. Typing and arrow keys are not counted."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Invitation
from fleetportal.operators.registry import get_operator
from groupbundles.models import AlertRule
from sims.models import Line, TariffPlan
from tests.browser.demo import Demo
from tests.browser.steps import find_in_palette
from tests.browser.texts import dutch
from tests.browser.tours import FORWARD
from tests.browser.tours_plan import free_line
from tickets.models import Ticket
from tickets.services.sending import send_due

pytestmark = pytest.mark.django_db(transaction=True)


class Hand:
    """Clicks and counts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def click(self, target: str, leads_to: str = "") -> None:
        """``leads_to`` is the address of the page that follows, where another one does."""
        self.page.locator(target).first.click()
        self.clicks += 1
        if leads_to:
            self.page.wait_for_url(leads_to)

    def open(self, line: Line, text: str) -> None:
        """The page of a line, from any page: typing and one Enter."""
        find_in_palette(self.page, line, text)
        self.page.keyboard.press("Enter")
        self.clicks += 1
        self.page.wait_for_url(f"**/sims/{line.public_id}/")


@pytest.fixture
def hand(demo: Demo, open_context: Callable, sign_in: Callable) -> Hand:
    context = open_context()
    sign_in(context, demo.owner)
    page = context.new_page()
    page.goto("/")
    return Hand(page)


def test_a_new_employee_with_an_active_sim_card_takes_five(hand: Hand, demo: Demo):
    page = hand.page
    hand.click(".page__actions .btn--primary", leads_to="**/sims/new/**")
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
    page, line = hand.page, demo.new
    hand.open(line, line.subscriber.full_name)
    hand.click(".page__actions .btn--primary")
    page.locator("#dialog [name=when]:checked").press("ArrowDown")
    page.locator("#id_date").fill(page.locator("#id_date").get_attribute("max"))
    hand.click("#dialog [type=submit]")
    expect(page.locator(".page .badge", has_text=dutch("Scheduled"))).to_be_visible()
    assert hand.clicks == 3


def test_a_ticket_takes_three_and_its_answer_arrives_by_itself(hand: Hand, demo: Demo, settings):
    settings.SIMULATOR_DESK_SECONDS = 0
    page = hand.page
    hand.click(".quick a[href='/tickets/new/']", leads_to="**/tickets/new/")
    hand.click("[name=subject][value=invoice]")
    expect(page.locator("#id_item")).to_have_value("invoice-amount")
    page.locator("#id_text").fill("Het bedrag van oktober is te hoog.")
    hand.click("main .btn--primary[type=submit]", leads_to="**/tickets/*-*/")
    assert hand.clicks == 3
    thread = page.locator("#ticket-thread")
    expect(thread).to_contain_text("Het bedrag van oktober is te hoog.")

    ticket = Ticket.objects.for_customer(demo.customer).get()
    send_due(ticket_id=ticket.pk, operator=get_operator())

    expect(thread.locator("[data-author=desk]").first).to_be_visible()
    expect(thread.locator(".badge[data-state=done]")).to_be_visible()


def test_inviting_a_fleet_manager_takes_three(hand: Hand, demo: Demo):
    page = hand.page
    hand.click(".side a[href='/people/']", leads_to="**/people/")
    hand.click(".page__actions .btn--primary", leads_to="**/invite/")
    page.locator("[name=emails]").fill("collega@noordkaai.example")
    hand.click("main form .btn--primary")
    expect(page.locator("main")).to_contain_text("collega@noordkaai.example")
    assert Invitation.objects.for_customer(demo.customer).filter(email="collega@noordkaai.example").exists()
    assert hand.clicks == 3


def test_seeing_the_contract_takes_one(hand: Hand):
    hand.click(".side a[href='/contract/']", leads_to="**/contract/")
    expect(hand.page.locator(".table--matrix tbody tr").first).to_be_visible()
    assert hand.clicks == 1


def test_exporting_takes_three(hand: Hand):
    page = hand.page
    hand.click(".side a[href='/sims/']", leads_to="**/sims/")
    hand.click(".page__actions a[href*=export]")
    expect(page.locator("#dialog [type=submit]")).to_be_visible()
    with page.expect_download():
        hand.click("#dialog [type=submit]")
    assert hand.clicks == 3


def test_a_usage_alert_takes_three(hand: Hand, demo: Demo):
    AlertRule.objects.for_customer(demo.customer).delete()
    hand.click(".side a[href='/bundles/']", leads_to="**/bundles/")
    hand.click("main [role=switch]")
    hand.click("main form[action$='/alerts/switch/'] [type=submit]")
    expect(hand.page.locator(".toast")).to_contain_text(dutch("Alert switched on."))
    assert AlertRule.objects.for_customer(demo.customer).get(is_active=True).kind == "out_of_bundle"
    assert hand.clicks == 3


def test_blocking_takes_three(hand: Hand):
    page = hand.page
    hand.click(".quick a[href='/sims/choose/block/']", leads_to="**/choose/block/")
    hand.click("main .row a.btn")
    hand.click("#dialog [type=submit]")
    expect(page.locator(".toast")).to_contain_text(dutch("Block"))
    assert hand.clicks == 3


def test_correcting_an_employee_takes_three(hand: Hand, demo: Demo):
    page = hand.page
    line = demo.line(state="active", subscriber__confirmed_at=None, subscriber__confirmations=None)
    hand.open(line, line.number)
    hand.click(f"a[href*='/employees/{line.subscriber.public_id}/edit/']")
    page.locator("#dialog [name=department]").fill("Onthaal")
    hand.click("#dialog [type=submit]")
    expect(page.locator(".toast")).to_contain_text(line.subscriber.full_name)
    line.subscriber.refresh_from_db()
    assert line.subscriber.department == "Onthaal"
    assert hand.clicks == 3


def test_an_employee_leaving_takes_three(hand: Hand):
    page = hand.page
    hand.click(".quick a[href='/sims/choose/leave/']", leads_to="**/choose/leave/")
    hand.click("main .row a.btn", leads_to="**/sims/*-*/leave/")
    hand.click("main .btn--primary[type=submit]", leads_to="**/departures/**")
    expect(page.locator(".toast")).to_be_visible()
    assert hand.clicks == 3


def two_alike(demo: Demo, rows: list[str]) -> list[Line]:
    """Two of the lines in these rows, made so that the same options fit both."""
    plan = TariffPlan.objects.for_customer(demo.customer).get(code="MOB-PRO")
    free = Line.objects.for_customer(demo.customer).filter(state="active", orders=None)
    lines = list(free.filter(pk__in=[row.removeprefix("sim-") for row in rows])[:2])
    for line in lines:
        line.plan = plan
        line.save()
        line.options.clear()
    return lines


def test_options_on_two_lines_take_six(hand: Hand, demo: Demo):
    """Four and one for each line."""
    page = hand.page
    hand.click(".side a[href='/sims/']", leads_to="**/sims/")
    rows = page.locator("#sims tbody tr").evaluate_all("rows => rows.map(row => row.id)")
    first, second = two_alike(demo, rows)
    for line in (first, second):
        hand.click(f"#sim-{line.pk} [name=sel]")
    hand.click("#bulk [hx-get*='new/options']")
    expect(page.locator("#dialog[open] #dialog-title")).to_be_visible()
    hand.click(f"#dialog [name=add][value={first.plan.options.first().code}]")
    hand.click("#dialog .dialog__foot [type=submit]")
    expect(page.locator("#bulk-watch")).to_be_visible()
    assert hand.clicks == 4 + 2


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
    line = free_line(demo)
    hand.open(line, line.number)
    hand.click(f".tabs a[href*='tab={tab}']")
    hand.click(choice)
    hand.click(".savebar [type=submit]")
    expect(hand.page.locator(".toast").first).to_be_visible()
    assert line.orders.get().kind == tab
    assert hand.clicks == 4


def test_paying_an_invoice_takes_two_and_the_bank(hand: Hand, settings):
    settings.PAYMENT_GATEWAY, settings.PAYMENT_STEP_UP_AMOUNT = "simulated", 10**9
    hand.click("main a[href*='/invoices/pay/']", leads_to="**/invoices/pay/**")
    hand.click(".pay__go", leads_to="**/payments/simulated/**")
    assert hand.clicks == 2
