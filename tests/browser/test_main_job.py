"""The main job, as a fleet manager does it: from the mail in his inbox to an active line in an Excel file."""

import email
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from accounts import services
from accounts.models import Customer
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.operators.simulator import inventory
from sims.models import Sim
from tests.browser.texts import dutch
from tests.factories import SimFactory
from tests.workers import ROOT, Worker, eventually

pytestmark = pytest.mark.django_db(transaction=True)

CARD = "8932031012345678902"


@pytest.fixture
def company(transactional_db: None) -> Customer:
    """A company as the operator's staff leave it: a catalogue, a card in stock, nobody invited yet."""
    call_command("import_catalogue", str(ROOT / "tests" / "data" / "fleet" / "catalogue.json"))
    customer = Customer.objects.get(slug="noordkaai")
    SimFactory(customer=customer, iccid=CARD, iccid_core=CARD[:18])
    inventory.stock_sims(customer.enterprise_number, [CARD])
    return customer


def invitation_link(mailbox: Path) -> str:
    def newest() -> Path | None:
        return next(iter(sorted(mailbox.glob("*.eml"))), None)

    eventually(newest, what="the invitation mail")
    message = email.message_from_bytes(newest().read_bytes())
    body = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    return re.search(r"https?://\S+/invitations/\S+", body.get_payload(decode=True).decode()).group()


def accept(page: Page, link: str) -> None:
    page.goto(link)
    page.locator("[name=first_name]").fill("Katrien")
    page.locator("[name=last_name]").fill("Bosmans")
    page.locator("[name=password]").fill("een heel lang wachtwoord")
    page.get_by_role("button", name=dutch("Create account")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Katrien")


def sign_in_again(page: Page) -> None:
    """Leave, and come back through the sign-in page."""
    page.context.clear_cookies()
    page.goto("/sims/")
    page.locator("[name=login]").fill("katrien@noordkaai.example")
    page.locator("[name=password]").fill("een heel lang wachtwoord")
    page.locator("main button[type=submit], form[action*=login] button[type=submit]").first.click()
    expect(page).to_have_url(re.compile(r"/sims/$"))


def add_sim_card(page: Page) -> None:
    """The four steps, with a new number and a new employee, activated today."""
    page.goto("/")
    page.get_by_role("link", name=dutch("Add SIM card")).first.click()
    page.locator("[name=iccid]").fill("8932 0310 1234 5678 902")
    page.locator(".wizfoot .btn--primary").click()
    page.locator("[name=who][value=new]").check()
    page.locator("[name=first_name]").fill("Jürgen")
    page.locator("[name=last_name]").fill("Yıldız")
    page.locator("[name=email]").fill("jurgen@noordkaai.example")
    page.locator(".wizfoot .btn--primary").click()
    page.get_by_role("radio", name=re.compile("Mobile Pro")).check()
    page.get_by_role("checkbox", name=re.compile("Reizen buiten EU")).check()
    expect(page.locator("aside.stack")).to_contain_text("€\u00a025,00")
    page.locator(".wizfoot .btn--primary").click()
    page.locator("[name=billing_account]").select_option(label="Hoofdzetel, 1000234")
    page.locator("[name=cost_centre]").select_option(index=1)
    page.locator(".wizfoot .btn--primary").click()


def find(page: Page, notation: str) -> None:
    """Type in the list's search field; the row comes without a reload."""
    page.locator("#q").fill(notation)
    expect(page.locator("#sims tbody tr")).to_have_count(1)
    expect(page.locator("#sims tbody tr")).to_contain_text("Jürgen Yıldız")


def test_from_the_invitation_to_an_active_line_in_excel(
    company: Customer,
    page: Page,
    served: str,
    start_worker: Callable[..., Worker],
    tmp_path: Path,
):
    start_worker(
        {"VAR_DIR": str(tmp_path), "PORTAL_URL": served, "SIMULATOR_WORK_SECONDS": "3"},
        queues="orders,mail,bulk",
    )
    services.invite(
        customer=company,
        email="katrien@noordkaai.example",
        role=Role.OWNER,
        language="nl",
        by=Actor.ops("create_customer"),
    )
    accept(page, invitation_link(tmp_path / "mail"))
    sign_in_again(page)
    add_sim_card(page)

    # The page of the new line: first what was asked, then what the operator confirmed, without a reload.
    expect(page).to_have_url(re.compile(r"/sims/[0-9a-f-]{36}/$"))
    loaded_at = page.evaluate("performance.timeOrigin")
    header = page.locator(".page").first
    expect(header.locator(".badge", has_text="In behandeling")).to_be_visible()
    expect(header.locator(".badge", has_text="Actief")).to_be_visible()
    assert page.evaluate("performance.timeOrigin") == loaded_at
    national = header.locator("h1").inner_text()
    assert re.fullmatch(r"04\d\d \d\d \d\d \d\d", national)

    page.goto("/sims/")
    for notation in (national, "+32" + national.replace(" ", "")[1:], "jurgen yildiz", "1234 5678"):
        find(page, notation)

    page.locator("#sims tbody a.t-main").click()
    page.locator(".tabs").get_by_role("link", name=dutch("Timeline")).click()
    timeline = page.locator(".timeline")
    expect(timeline).to_contain_text(dutch("SIM card activated"))
    expect(timeline).to_contain_text(dutch("SIM card added"))
    expect(timeline).to_contain_text("Katrien Bosmans")

    page.goto("/sims/")
    page.get_by_role("link", name=dutch("Export")).click()
    dialog = page.locator("#dialog")
    expect(dialog).to_be_visible()
    with page.expect_download() as download:
        dialog.get_by_role("button", name=dutch("Export"), exact=True).click()
    assert download.value.suggested_filename.endswith(".xlsx")
    rows = list(openpyxl.load_workbook(BytesIO(download.value.path().read_bytes())).active.values)
    assert len(rows) == 2
    exported = dict(zip(*rows, strict=True))
    assert "+32" + national.replace(" ", "")[1:] in str(exported.values()).replace(" ", "")
    assert CARD in str(exported.values()).replace(" ", "")
    assert Sim.objects.for_customer(company).get().state == "in_use"
