"""Several numbers in one request: the questions, what can be wrong, and the request as it goes on."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from sims.models import PortInRequest
from sims.services.demo import new_cards
from sims.services.demo_ports import bring_numbers
from tests.browser.demo import Demo

FORWARD = ".wizfoot .btn--primary"
ROWS = "Nummer\tMedewerker\n{0}01\tÉmilie Thiry\n{0}02\tJan Nieuw\n"


def forward(page: Page, slug: str) -> None:
    page.locator(FORWARD).click()
    page.wait_for_url(f"**/{slug}/**")


def answer(page: Page, numbers: str) -> Iterator[str]:
    """Up to the rows; ``numbers`` is how all of them begin."""
    page.goto("/sims/port/")
    yield "start"
    page.locator("main .page__actions .btn--primary").click()
    expect(page.locator("#id_donor")).to_be_visible()
    page.locator(FORWARD).click()
    expect(page.locator("#errors")).to_be_visible()
    yield "operator, errors"
    page.locator("#id_donor").select_option("Proximus")
    page.locator("#id_donor_customer_number").fill("600123")
    forward(page, "holder")
    yield "holder"
    page.locator("[name=was_private][value=no]").check()
    forward(page, "numbers")
    page.locator("#id_text").fill(f"{numbers}01\n0470")
    page.locator(FORWARD).click()
    expect(page.locator("#errors")).to_be_visible()
    yield "numbers, errors"
    page.locator("#id_text").fill(ROWS.format(numbers))
    forward(page, "lines")


def asking(page: Page, demo: Demo) -> Iterator[str]:
    """From the first question to the request, with a row that is not right."""
    yield from answer(page, "0470 99 88 ")
    page.locator(FORWARD).click()
    expect(page.locator("#errors")).to_be_visible()
    page.locator("summary").first.click()
    yield "rows, errors"
    page.locator("#id_adds_people").check()
    with page.expect_response("**/people/**"):
        page.locator("#id_row-0-employee").press_sequentially(" ")
    page.locator("[name=add]").click()
    expect(page.locator("#id_row-2-number")).to_be_visible()
    yield "rows, one more"
    page.locator("[name=remove][value='1']").click()
    expect(page.locator("#id_row-1-number")).to_have_count(0)
    forward(page, "day")
    page.locator("[name=when][value=date]").check()
    yield "day"
    page.locator("[name=when][value=first]").check()
    forward(page, "check")
    yield "check"
    page.locator("#id_mandate").check()
    page.locator(FORWARD).click()
    expect(page.locator("#numbers-title")).to_be_visible()
    yield "request"


def following(page: Page, demo: Demo) -> Iterator[str]:
    """A number that was refused, its correction, a late one, and the papers."""
    bring_numbers(demo.customer, demo.owner, demo.requester, new_cards())
    numbers = PortInRequest.objects.for_customer(demo.customer).select_related("line", "batch")
    refused, late = numbers.get(number="+32472649999"), numbers.get(number="+32472640111")
    page.goto(f"/sims/port/{refused.batch.public_id}/")
    yield "request, some refused"
    page.locator("a[href$='/port/correct/?from=request']").first.click()
    expect(page.locator("main .btn--primary")).to_be_visible()
    yield "correct"
    page.locator("#id_number").fill("12")
    page.locator("main .btn--primary").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "correct, errors"
    page.goto(f"/sims/{refused.line.public_id}/")
    yield "line of a refused number"
    page.goto(f"/sims/{late.line.public_id}/")
    yield "line of a number that came late"
    page.locator("a[href$='/port/claim/']").click()
    expect(page.locator("#dialog[open] #dialog-title")).to_be_visible()
    yield "claim"
    page.goto(f"/sims/{late.line.public_id}/port/signed/add/")
    yield "signed copy"


def waiting(page: Page, demo: Demo) -> Iterator[str]:
    """Who may only ask sees that it waits, and can stop it."""
    yield from answer(page, "0470 99 77 ")
    page.locator("#id_adds_people").check()
    page.locator("#id_plan").select_option(index=1)
    page.locator("#id_billing_account").select_option(index=1)
    forward(page, "day")
    forward(page, "check")
    yield "check of a requester"
    page.locator("#id_mandate").check()
    page.locator(FORWARD).click()
    expect(page.locator("#numbers-title")).to_be_visible()
    yield "request that waits"
    page.locator("a[href$='/stop/']").click()
    expect(page.locator("#dialog[open] #dialog-title")).to_be_visible()
    yield "stop all"
