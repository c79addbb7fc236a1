"""Walks along every page and open state of the portal. Each ``yield`` names what the page shows at that moment."""

from collections.abc import Callable, Iterator

from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from fleetportal.jobs.models import Job
from sims.enums import LineState, OrderState
from tests.browser import (
    tours_alerts,
    tours_bulk,
    tours_bundles,
    tours_costs,
    tours_employee,
    tours_history,
    tours_invoices,
    tours_leave,
    tours_money,
    tours_notifications,
    tours_pay,
    tours_plan,
    tours_ports,
    tours_requests,
    tours_swap,
    tours_tickets,
    tours_usage,
)
from tests.browser.demo import Demo
from tests.browser.steps import dialog_of

Tour = Callable[[Page, Demo], Iterator[str]]
FORWARD = ".wizfoot .btn--primary"


def entrance(page: Page, demo: Demo) -> Iterator[str]:
    """What anybody can see."""
    page.goto("/accounts/login/")
    yield "sign in"
    page.locator("[name=login]").fill("nobody@example.be")
    page.locator("[name=password]").fill("not the password")
    page.locator("form[action*=login] button[type=submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "sign in, refused"
    page.goto("/accounts/password/reset/")
    yield "forgotten password"
    page.locator("[name=email]").fill("nobody@example.be")
    page.locator("main [type=submit]").first.click()
    page.wait_for_url("**/done/")
    yield "forgotten password, sent"
    page.goto("/accounts/password/reset/key/1-set-password/")
    yield "link to a new password that is too old"
    page.goto(f"/invitations/{demo.token('nieuw2@noordkaai.example')}/")
    yield "invitation"
    page.locator("main [type=submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "invitation, errors"
    page.goto(f"/invitations/{demo.token(demo.neighbour.email)}/")
    yield "invitation of somebody with an account"
    page.goto("/invitations/no-such-token/")
    yield "invitation that is gone"
    page.locator("main form [type=submit]").click()
    page.wait_for_url("**/asked/")
    yield "new invitation asked"
    page.goto("/no/such/page/")
    yield "page not found"
    page.goto("/accounts/login/")
    page.route("**/broken/", lambda route: route.fulfill(status=500, body=render_to_string("500.html")))
    page.goto("/broken/")
    yield "server error"


def lists(page: Page, demo: Demo) -> Iterator[str]:
    """The overview and the lists, with their menus and dialogs."""
    page.goto("/")
    yield "overview"
    yield from frame(page)
    page.goto("/sims/")
    expect(page.locator("#sims tbody tr").first).to_be_visible()
    yield "list"
    if (columns := page.locator("[popovertarget=cols]:visible")).count():
        columns.click()
        yield "list, columns"
        page.keyboard.press("Escape")
    filters = page.locator("[popovertarget=filter-sheet]:visible, [popovertarget=more-filters]:visible").first
    filters.click()
    yield "list, filters"
    page.keyboard.press("Escape")
    if (menus := page.locator("[data-menu=rowmenu] [aria-haspopup=menu]:visible")).count():
        menus.first.click()
        expect(page.locator("#rowmenu a").first).to_be_visible()
        yield "list, menu of a row"
        page.keyboard.press("Escape")
    if (boxes := page.locator("[name=sel]:visible")).count():
        boxes.nth(1).check()
        expect(page.locator("#bulk")).to_be_visible()
        yield "list, one selected"
    page.goto("/sims/?view=active&plan=MOB-PRO&sort=-name&page=2")
    yield "list, narrowed and sorted"
    dialog_of(page, page.locator("a[href*='views/new']"))
    yield "save view"
    page.locator("#dialog [type=submit]").click()
    expect(page.locator("#dialog #errors")).to_be_visible()
    yield "save view, errors"
    page.goto("/sims/")
    dialog_of(page, page.locator(".page__actions a[href*=export]"))
    yield "export"
    page.goto("/sims/export/")
    yield "export, page"
    page.goto("/sims/?q=nothing+like+this")
    yield "list, no match"
    page.goto("/sims/stock/")
    yield "stock"
    page.goto("/sims/stock/?q=000000000000")
    yield "stock, no match"
    page.goto("/search/?q=sofie")
    yield "search"
    page.goto("/search/?q=qqqqq")
    yield "search, nothing"


def frame(page: Page) -> Iterator[str]:
    """What every page has around it."""
    page.locator("[data-open=palette]:visible").first.click()
    with page.expect_response("**/search/**"):
        page.locator("#palette-q").fill("sim")
    expect(page.locator("#palette-list [role=option]").first).to_be_visible()
    yield "palette"
    page.locator("#palette-q").fill("qqqqqq")
    expect(page.locator("#palette-list .empty")).to_be_visible()
    yield "palette, nothing"
    page.keyboard.press("Escape")
    page.locator("[popovertarget=account]").click()
    yield "account menu"
    page.keyboard.press("Escape")
    if (more := page.locator("[data-open=more]:visible")).count():
        more.click()
        assert page.locator("#more .nav__link").count() == page.locator("#menu .nav__link").count() > 0
        expect(page.locator("#more .nav__link").last).to_be_visible()
        yield "menu of a phone"
        page.keyboard.press("Escape")
    if (company := page.locator(".side [popovertarget=companies]:visible")).count():
        company.click()
        yield "companies menu"
        page.keyboard.press("Escape")


def lines(page: Page, demo: Demo) -> Iterator[str]:
    """One line in each state, its parts and its dialogs."""
    page.route("**/status/*", lambda route: None)  # no answer: the page stays as it is while it is looked at
    active = f"/sims/{demo.active.public_id}/"
    for tab in ("", "?tab=plan", "?tab=timeline"):
        page.goto(active + tab)
        yield f"line {tab}"
    states = [OrderState.IN_PROGRESS, OrderState.REJECTED, OrderState.NEEDS_ATTENTION, OrderState.SCHEDULED]
    for state in states:
        line = demo.with_order(state) if state != OrderState.NEEDS_ATTENTION else demo.line(state=LineState.SUSPENDED)
        page.goto(f"/sims/{line.public_id}/")
        yield f"line, order {state}"
    dialog_of(page, page.locator("a[href*=reschedule]"))
    yield "another date"
    page.locator("#id_date").fill("2020-01-01")
    page.locator("#dialog [type=submit]").click()
    expect(page.locator("#dialog #errors")).to_be_visible()
    yield "another date, errors"
    page.locator("#dialog .dialog__foot [data-close]").click()
    dialog_of(page, page.locator(".notice a[href*=cancel]"))
    yield "cancel request"
    order = demo.with_order(OrderState.SCHEDULED).orders.get()
    for what in ("reschedule", "cancel"):
        page.goto(f"/sims/orders/{order.pk}/{what}/")
        yield f"{what}, page"
    new = f"/sims/{demo.new.public_id}/"
    page.goto(new)
    yield "line that is not active"
    dialog_of(page, page.locator("a[href*=activate]"))
    yield "activate"
    page.locator("#dialog [name=when][value=date]").check()
    expect(page.locator("#dialog #id_date")).to_be_visible()
    yield "activate on a date"
    page.locator("#id_date").fill("2020-01-01")
    page.locator("#dialog [type=submit]").click()
    expect(page.locator("#dialog #errors")).to_be_visible()
    yield "activate, errors"
    page.goto(f"{new}activate/")
    yield "activate, page"
    page.goto(f"{active}activate/")
    yield "not possible any more"
    for state in (LineState.TERMINATED, LineState.LIMITED):
        page.goto(f"/sims/{demo.line(state=state).public_id}/")
        yield f"line {state}"


def wizard(page: Page, demo: Demo) -> Iterator[str]:
    """Adding a SIM card, with what can go wrong at each step."""
    page.goto("/sims/new/")
    yield "step 1"
    page.locator("[name=number_kind][value=existing]").check()
    page.locator(FORWARD).click()
    expect(page.locator("#errors")).to_be_focused()
    yield "step 1, transfer, errors"
    page.locator("[name=number_kind][value=new]").check()
    page.locator("#id_iccid").fill("8932031234567890124")
    page.locator("#id_iccid").blur()
    expect(page.locator("#card-check > *").first).to_be_visible()
    yield "step 1, number with a warning"
    page.locator("#id_iccid").fill(demo.cards[0])
    page.locator("#id_iccid").blur()
    expect(page.locator("#card-check .hint")).to_be_visible()
    yield "step 1, card in stock"
    page.locator(FORWARD).click()
    expect(page.locator("[name=who]").first).to_be_visible()
    yield "step 2"
    page.locator("#id_q").fill("qqqq")
    expect(page.locator("#employees .choices p")).to_be_visible()
    yield "step 2, nobody found"
    page.locator("[name=who][value=new]").check()
    page.locator(FORWARD).click()
    expect(page.locator("#errors")).to_be_focused()
    yield "step 2, errors"
    page.locator("[name=first_name]").fill("Wout")
    page.locator("[name=last_name]").fill("Lemmens")
    page.locator(FORWARD).click()
    expect(page.locator("[name=plan]").first).to_be_visible()
    yield "step 3"
    page.locator("[name=plan]:not(:checked)").first.check()
    expect(page.locator("#options .choices > *").first).to_be_visible()
    yield "step 3, another plan"
    page.locator(FORWARD).click()
    expect(page.locator("[name=billing_account]")).to_be_visible()
    yield "step 4"
    page.locator("[name=split_bill][value=yes]").check()
    page.locator("[name=when][value=date]").check()
    page.locator("#id_date").fill("2020-01-01")
    page.locator("[name=billing_account]").select_option("")
    page.locator(FORWARD).click()
    expect(page.locator("#errors")).to_be_focused()
    yield "step 4, errors"
    page.locator("[name=split_bill][value=no]").check()
    page.locator("[name=when][value=later]").check()
    page.locator("[name=billing_account]").select_option(index=1)
    key = page.url
    page.locator(FORWARD).click()
    expect(page.locator(".tabs")).to_be_visible()
    yield "line that was added"
    page.goto(key)
    yield "added already"
    page.goto("/sims/new/")
    yield "step 1, drafts"
    page.locator("a[href$='/delete/']").first.click()
    page.wait_for_url("**/delete/")
    yield "delete draft"


def files(page: Page, demo: Demo) -> Iterator[str]:
    """Excel in, tasks."""
    page.goto("/jobs/")
    yield "no tasks"
    page.goto("/sims/import/")
    yield "import"
    page.locator("main form [type=submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "import, errors"
    unknown = demo.job(b"Wie belt;Kaartje;Wat\n1;2;3\n", "kolommen.csv")
    page.goto(f"/sims/import/{unknown.pk}/")
    expect(page.locator("main select").first).to_be_visible()
    yield "columns of the file"
    page.locator("main form [type=submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "columns of the file, errors"
    check = demo.job(demo.fleet_file(), "vloot.csv")
    for tab in ("", "?show=warning"):
        page.goto(f"/sims/import/{check.pk}/{tab}")
        yield f"checked file {tab}"
    page.goto(f"/sims/import/{demo.imported(check).pk}/")
    yield "imported"
    broken = demo.job(b"\x00\x01", "kapot.xlsx")
    page.goto(f"/sims/import/{broken.pk}/")
    yield "file that cannot be read"
    for job in (check, broken):
        page.goto(f"/jobs/{job.pk}/")
        yield f"task {job.state}"
    # A worker is at it: the row says so, as a worker that is still busy would leave it.
    Job.objects.for_customer(demo.customer).filter(pk=check.pk).update(state="running", done=3, total=10)
    for path in (f"/sims/import/{check.pk}/", f"/jobs/{check.pk}/", "/jobs/"):
        page.goto(path)
        yield f"running {path}"


def people(page: Page, demo: Demo) -> Iterator[str]:
    """Who signs in here, and one's own settings."""
    page.goto("/people/")
    yield "fleet managers"
    page.goto("/people/invite/")
    yield "invite"
    page.locator("main form [type=submit]").first.click()
    expect(page.locator("#errors")).to_be_visible()
    yield "invite, errors"
    page.goto("/people/")
    page.locator("main a[href*=revoke]").first.click()
    page.wait_for_url("**/revoke/")
    yield "withdraw invitation"
    page.goto(f"/invitations/{demo.token('nieuw2@noordkaai.example')}/")
    yield "invitation of somebody else"
    for path in (
        "/profile/",
        "/companies/",
        "/shortcuts/",
        "/menu/",
        "/accounts/password/change/",
        "/accounts/logout/",
    ):
        page.goto(path)
        yield path
    page.goto("/accounts/password/change/")
    page.locator("main form [type=submit]").first.click()
    expect(page.locator("[data-invalid]").first).to_be_visible()
    yield "change password, errors"


def newcomer(page: Page, demo: Demo) -> Iterator[str]:
    """A company that starts today."""
    for path in ("/", "/sims/", "/sims/stock/", "/sims/new/", "/jobs/", "/people/"):
        page.goto(path)
        yield f"new company {path}"


def viewer(page: Page, demo: Demo) -> Iterator[str]:
    """Who may only look."""
    for path in ("/", "/sims/", f"/sims/{demo.new.public_id}/", "/sims/new/"):
        page.goto(path)
        yield f"read only {path}"


def stranger(page: Page, demo: Demo) -> Iterator[str]:
    page.goto("/")
    yield "no company"


def development(page: Page, demo: Demo) -> Iterator[str]:
    """Exists only where DEBUG is on."""
    page.goto("/styleguide/")
    yield "style guide"


# Who walks which tours; those of one entry follow each other in one test.
TOURS: dict[str, list[tuple[str, Tour]]] = {
    "entrance": [("", entrance), ("newcomer", newcomer), ("viewer", viewer), ("stranger", stranger)],
    "lists": [("owner", lists), ("", development)],
    "lines": [("owner", lines), ("owner", people)],
    "wizard": [("owner", wizard), ("owner", files)],
    "employee": [
        ("owner", tours_employee.directory),
        ("owner", tours_employee.details),
        ("owner", tours_employee.handing_over),
        ("requester", tours_employee.asking),
        ("", tours_employee.own_page),
    ],
    "history": [("owner", tours_history.history)],
    "bulk": [("owner", tours_bulk.bulk)],
    "leave": [("owner", tours_leave.leave)],
    "ports": [("owner", tours_ports.asking), ("owner", tours_ports.following), ("requester", tours_ports.waiting)],
    "swap": [("owner", tours_swap.swapping), ("owner", tours_swap.codes), ("", tours_swap.being_told)],
    "plan": [
        ("owner", tours_plan.plan),
        ("owner", tours_plan.barrings),
        ("owner", tours_plan.templates),
        ("viewer", tours_plan.reader),
        ("requester", tours_plan.requester),
    ],
    "money": [
        ("owner", tours_money.limits),
        ("owner", tours_money.billing),
        ("owner", tours_money.profiles),
    ],
    "bundles": [
        ("newcomer", tours_bundles.newcomer),
        ("owner", tours_bundles.bundles),
        ("requester", tours_bundles.requester),
    ],
    "tickets": [
        ("newcomer", tours_tickets.newcomer),
        ("owner", tours_tickets.tickets),
        ("viewer", tours_tickets.reader),
    ],
    "usage": [
        ("owner", tours_usage.line),
        ("owner", tours_usage.company),
        ("owner", tours_usage.privacy),
        ("newcomer", tours_usage.newcomer),
    ],
    "invoices": [
        ("owner", tours_invoices.invoices),
        ("viewer", tours_invoices.reader),
        ("newcomer", tours_invoices.newcomer),
    ],
    "costs": [
        ("owner", tours_costs.contract),
        ("owner", tours_costs.costs),
        ("newcomer", tours_costs.newcomer),
    ],
    "alerts": [("owner", tours_alerts.alerts), ("viewer", tours_alerts.reader)],
    "notifications": [("owner", tours_notifications.notifications)],
    "pay": [("newcomer", tours_pay.nothing_due), ("owner", tours_pay.paying)],
    "requests": [
        ("owner", tours_requests.requests),
        ("owner", tours_requests.planning),
        ("owner", tours_requests.blocking),
        ("requester", tours_requests.requester),
    ],
}
