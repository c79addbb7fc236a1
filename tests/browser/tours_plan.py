"""Plan, options and barrings of a line on its page, and the company's templates of barrings."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from sims.enums import LineState, OrderKind
from sims.models import Line, Order
from tests.browser.demo import Demo
from tests.browser.steps import answered
from tests.browser.texts import dutch

EXCLUDING = ("ROAM-DAY", "ROAM-WORLD")


def free_line(demo: Demo) -> Line:
    """Active, on a plan with every option, with nothing open."""
    return demo.line(state=LineState.ACTIVE, plan__code="MOB-PRO", options=None, orders=None)


def plan(page: Page, demo: Demo) -> Iterator[str]:
    """What a choice costs before it is saved, and what cannot be saved."""
    line = free_line(demo)
    page.goto(f"/sims/{line.public_id}/?tab=plan")
    expect(page.locator("#plan-total [type=submit]")).to_be_visible()
    yield "plan"
    answered(page, "[name=plan][value=MOB-MAX]")
    expect(page.locator("#plan-total")).to_contain_text("→")
    yield "another plan"
    for code in EXCLUDING:
        answered(page, f"[name=option][value={code}]")
    expect(page.locator("#plan-conflicts")).to_be_visible()
    yield "options that exclude each other"
    answered(page, "[name=when][value=date]")
    expect(page.locator("#id_date")).to_be_visible()
    yield "on a date"
    page.locator("#id_date").fill("2020-01-01")
    page.locator("#plan-total [type=submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "plan, errors"
    page.goto(f"/sims/{line.public_id}/?tab=plan")
    page.locator("#plan-total [type=submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "nothing changed, saved"
    planned = Order.objects.for_customer(demo.customer).filter(kind=OrderKind.PLAN).first()
    page.goto(f"/sims/{planned.line.public_id}/?tab=plan")
    yield "plan, a change is planned"
    yield from lines_without_form(page, demo, "plan")


def barrings(page: Page, demo: Demo) -> Iterator[str]:
    """Switches that take others along, and the bar to save with."""
    line = free_line(demo)
    Line.objects.for_customer(demo.customer).filter(pk=line.pk).update(barrings=["ROAM_DATA"])
    page.goto(f"/sims/{line.public_id}/?tab=barrings")
    expect(page.locator("#barrings-save [type=submit]")).to_be_visible()
    yield "barrings"
    answered(page, "#id_barrings_ROAM_ALL")
    answered(page, "#id_barrings_INTL_CALLS")
    answered(page, "#id_barrings_PREMIUM_ALL")
    expect(page.locator("#barring-switches .tag").first).to_be_visible()
    yield "switches moved"
    page.locator("#barring-switches .switch").last.scroll_into_view_if_needed()
    expect(page.locator("#barrings-save")).to_be_in_viewport()
    yield "the bar to save with, from below"
    answered(page, "[name=when][value=date]")
    page.locator("#id_date").fill("2020-01-01")
    page.locator("#barrings-save [type=submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "barrings, errors"
    page.goto(f"/sims/{line.public_id}/?tab=barrings")
    page.locator("a[id^=use-]").first.click()
    expect(page.locator("#barring-switches .tag").first).to_be_visible()
    yield "set as in a template"
    page.goto(f"/sims/{line.public_id}/?tab=barrings")
    answered(page, "#id_barrings_MMS")
    page.locator("#barrings-save [type=submit]").click()
    expect(page.locator(".toast").first).to_be_visible()
    expect(page.locator("#barrings-save")).to_have_count(0)
    yield "barrings, a request is open"
    yield from lines_without_form(page, demo, "barrings")


def lines_without_form(page: Page, demo: Demo, tab: str) -> Iterator[str]:
    """Lines on which nothing can be chosen: not active yet, or ended."""
    for state in (LineState.NEW, LineState.TERMINATED):
        page.goto(f"/sims/{demo.line(state=state).public_id}/?tab={tab}")
        yield f"{tab}, line {state}"


def templates(page: Page, demo: Demo) -> Iterator[str]:
    """The list, adding with errors, changing and removing until the list is empty."""
    page.goto("/sims/barring-templates/")
    yield "templates"
    page.locator("main a.btn--primary").click()
    page.locator("main form [type=submit]").wait_for()
    yield "add template"
    page.locator("main form [type=submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "add template, errors"
    answered(page, "#id_barrings_DATA_ALL")
    page.locator("[name=name]").fill("Alleen bellen")
    page.locator("main form [type=submit]").click()
    expect(page.locator("main .rows")).to_contain_text("Alleen bellen")
    yield "templates, one more"
    page.locator("main .rows a").filter(has_text=dutch("Change")).first.click()
    expect(page.locator("[name=name]")).not_to_have_value("")
    yield "change template"
    page.goto("/sims/barring-templates/")
    for left in (2, 1, 0):
        page.locator("main .rows a").filter(has_text=dutch("Remove")).first.click()
        expect(page.locator("#dialog[open] #dialog-title")).to_be_visible()
        yield f"remove template, {left} left"
        page.locator("#dialog [type=submit]").click()
        expect(page.locator("main .rows > li")).to_have_count(left)
    yield "no templates"


def reader(page: Page, demo: Demo) -> Iterator[str]:
    """Who may not save."""
    line = free_line(demo)
    for tab in ("plan", "barrings"):
        page.goto(f"/sims/{line.public_id}/?tab={tab}")
        yield f"reader, {tab}"


def requester(page: Page, demo: Demo) -> Iterator[str]:
    """Who may only ask: the button says that it goes to a colleague."""
    line = free_line(demo)
    for tab, bar in (("plan", "#plan-total"), ("barrings", "#barrings-save")):
        page.goto(f"/sims/{line.public_id}/?tab={tab}")
        expect(page.locator(f"{bar} [type=submit]")).to_have_text(dutch("Send for approval"))
        yield f"requester, {tab}"
