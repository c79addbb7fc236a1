"""Links and forms do everything; scripts only make it faster."""

from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from accounts.models import Invitation
from sims.enums import OrderState
from sims.models import Line
from tests.browser.demo import Demo, run_waiting_jobs
from tests.browser.texts import dutch
from tests.browser.tours import FORWARD

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = "#sims tbody tr"


@pytest.fixture
def plain(demo: Demo, open_context: Callable, sign_in: Callable) -> Page:
    """A page of the demo's owner in a browser that runs no scripts."""
    context = open_context(java_script_enabled=False)
    sign_in(context, demo.owner)
    return context.new_page()


def send(page: Page) -> None:
    """The one form in the middle of the page."""
    page.locator("main form button.btn--primary, main form button.btn--danger").first.click()


def test_the_list_is_searched_filtered_sorted_and_paged(plain: Page, demo: Demo):
    plain.goto("/sims/")
    plain.locator("#q").fill("jurgen")
    plain.locator("#sims-form noscript button, #sims-form > button[type=submit]").first.click()
    expect(plain.locator(ROWS).first).to_contain_text("Jürgen")
    plain.goto("/sims/")
    plain.locator("#f-plan").select_option(label="Data 10")
    plain.locator("#q").press("Enter")
    expect(plain.locator(".chip")).to_contain_text("Data 10")
    expect(plain.locator(f"{ROWS}:not(:has-text('Data 10'))")).to_have_count(0)
    plain.locator("thead a", has_text=dutch("Employee")).click()
    expect(plain.locator("th[aria-sort]")).to_contain_text(dutch("Employee"))
    first = plain.locator(ROWS).first.inner_text()
    plain.locator(".pager__nav a[rel=next]").click()
    assert plain.locator(ROWS).first.inner_text() != first
    expect(plain.locator(".chip")).to_contain_text("Data 10")


def test_a_sim_card_is_added_and_its_activation_moved_and_cancelled(plain: Page, demo: Demo):
    plain.goto("/sims/new/")
    plain.locator("#id_iccid").fill(demo.cards[0])
    plain.locator(FORWARD).click()
    plain.locator("[name=who][value=new]").check()
    plain.locator("[name=first_name]").fill("Wout")
    plain.locator("[name=last_name]").fill("Zonderscript")
    plain.locator(FORWARD).click()
    plain.locator("[name=plan]").first.check()
    plain.locator(FORWARD).click()
    plain.locator("[name=billing_account]").select_option(index=1)
    plain.locator("[name=when][value=date]").check()
    days = plain.locator("#id_date")
    days.fill(days.get_attribute("max"))
    plain.locator(FORWARD).click()
    expect(plain.locator(".page .badge", has_text=dutch("Scheduled"))).to_be_visible()
    order = demo.line(subscriber__last_name="Zonderscript").orders.get()

    plain.locator(".notice a[href*=reschedule]").click()
    plain.locator("#id_date").fill(plain.locator("#id_date").get_attribute("min"))
    send(plain)
    moved = demo.line(subscriber__last_name="Zonderscript").orders.get()
    assert moved.not_before < order.not_before

    plain.locator(".notice a[href*=cancel]").click()
    send(plain)
    expect(plain.locator(".page .badge").first).to_contain_text(dutch("Not activated"))
    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED

    plain.locator(".page__actions a").click()
    send(plain)
    expect(plain.locator(".page .badge", has_text=dutch("In progress"))).to_be_visible()


def test_a_form_that_must_be_corrected_says_so_on_its_own_page(plain: Page, demo: Demo):
    plain.goto("/sims/new/")
    plain.locator(FORWARD).click()
    expect(plain.locator("#errors a").first).to_be_visible()
    assert plain.title().startswith(dutch("Error:"))


def test_sim_cards_go_out_as_a_file(plain: Page, demo: Demo):
    plain.goto("/sims/?view=blocked")
    plain.locator(".page__actions a[href*=export]").click()
    with plain.expect_download() as download:
        send(plain)
    rows = list(openpyxl.load_workbook(BytesIO(download.value.path().read_bytes())).active.values)
    assert len(rows) == 1 + 6


def test_sim_cards_come_in_from_a_file(plain: Page, demo: Demo):
    before = Line.objects.for_customer(demo.customer).count()
    plain.goto("/sims/import/")
    plain.locator("[type=file]").set_input_files(
        {"name": "vloot.csv", "mimeType": "text/csv", "buffer": demo.fleet_file()}
    )
    send(plain)
    expect(plain.locator("h1")).to_have_text(dutch("Checking the file"))
    run_waiting_jobs()
    plain.locator("noscript a, main a[href*='/sims/import/']", has_text=dutch("Show how far it is now")).click()
    expect(plain.locator("h1")).to_contain_text("2")
    plain.locator(".page__actions form button").click()
    run_waiting_jobs()
    plain.reload()
    expect(plain.locator("#import")).to_have_attribute("data-announce", plain.locator("h1").inner_text())
    assert Line.objects.for_customer(demo.customer).count() == before + 2


def test_people_are_invited_the_language_is_changed_and_one_leaves(plain: Page, demo: Demo):
    plain.goto("/people/invite/")
    plain.locator("[name=emails]").fill("collega@noordkaai.example")
    send(plain)
    expect(plain.locator("main")).to_contain_text("collega@noordkaai.example")
    assert Invitation.objects.for_customer(demo.customer).filter(email="collega@noordkaai.example").exists()
    plain.locator(".top a[hreflang=fr]").click()
    expect(plain.locator("html")).to_have_attribute("lang", "fr-BE")
    expect(plain).to_have_url("/people/")
    plain.locator("[popovertarget=account]").click()
    plain.locator("#account form button").click()
    plain.goto("/sims/")
    expect(plain.locator("[name=login]")).to_be_visible()


def test_the_help_desk_is_asked_with_a_file(plain: Page, demo: Demo):
    page = plain
    page.goto("/tickets/new/")
    page.locator("[name=subject][value=porting]").check()
    page.locator("[name=attached]").set_input_files(
        {"name": "brief.txt", "mimeType": "text/plain", "buffer": b"Geweigerd"}
    )
    page.locator("[name=look]").first.click()
    page.locator("#id_f_number").fill("0475 12 34 00")
    page.locator("#id_text").fill("De overdracht is te laat.")
    page.locator("main .btn--primary[type=submit]").click()
    page.wait_for_url("**/tickets/*-*/")
    thread = page.locator("#ticket-thread")
    expect(thread).to_contain_text("De overdracht is te laat.")
    expect(thread).to_contain_text("brief.txt")
    page.locator("[form=close-ticket]").click()
    expect(thread).to_contain_text(dutch("Closed the ticket."))
