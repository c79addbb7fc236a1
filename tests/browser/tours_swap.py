"""Another SIM card for a line, the code of an eSIM, the rules for both, and what those who are told see."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from fleetportal.audit.actors import Actor
from sims.enums import LineState, SwapReason
from sims.models import Notice
from sims.orders.kinds.swap import SwapWish
from sims.services import esim, notices
from sims.services.swapping import swap_card
from tests.browser.demo import Demo
from tests.factories import PASSWORD


def confirm_who_it_is(page: Page) -> Iterator[str]:
    """The password once more, on the page that asks for it."""
    expect(page.locator("[name=password]")).to_be_visible()
    yield "password first"
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form [type=submit], form[action*=reauthenticate] [type=submit]").first.click()
    page.wait_for_url("**/sims/**")


def swapping(page: Page, demo: Demo) -> Iterator[str]:
    """From which card to what happens with it."""
    address = f"/sims/{demo.line(state=LineState.ACTIVE, orders=None).public_id}/swap/"
    page.goto(address)
    yield from confirm_who_it_is(page)
    yield "which card"
    page.locator("#id_iccid").fill("000")
    page.locator("main form .btn--primary").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "which card, errors"
    page.locator("#id_iccid").fill(demo.cards[3])
    expect(page.locator("#swap-check .dl")).to_be_visible()
    page.locator("summary").first.click()
    yield "what happens"
    page.goto("/sims/policy/")
    page.locator("#id_cool_down_hours").fill("999")
    page.locator("main form [type=submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "safety rules, errors"
    page.goto("/sims/policy/")
    yield "safety rules"


def codes(page: Page, demo: Demo) -> Iterator[str]:
    """The code of an eSIM for a manager."""
    page.goto(f"/sims/{demo.line(sim__is_esim=True, state=LineState.ACTIVE).public_id}/esim/")
    yield from confirm_who_it_is(page)
    yield "eSIM"
    page.locator("form[action$='/esim/'] [type=submit]").click()
    expect(page.locator(".qr")).to_be_visible()
    yield "eSIM, its code"


def being_told(page: Page, demo: Demo) -> Iterator[str]:
    """Pages behind the links of mails, for people without an account."""
    page.goto("/sims/notices/no-such-token/")
    yield "notice, wrong link"
    page.goto(f"/sims/notices/{_told(demo)}/")
    yield "notice"
    page.locator("main form [type=submit], form[method=post] .btn--danger").first.click()
    page.wait_for_load_state()
    yield "notice, stopped"
    page.goto("/sims/esim/no-such-token/")
    yield "eSIM link, gone"
    page.goto(f"/sims/esim/{_handed_over(demo)}/")
    yield "eSIM link"
    page.locator("form[method=post] .btn--primary").click()
    expect(page.locator(".qr")).to_be_visible()
    yield "eSIM link, its code"


def _told(demo: Demo) -> str:
    """The secret part of the link in the mail to somebody who was told of a replacement."""
    line = demo.line(state=LineState.ACTIVE, orders=None)
    wish = SwapWish(iccid=demo.cards[-1], reason=SwapReason.LOST)
    order = swap_card(line=line, wish=wish, by=Actor.user(demo.owner))
    return notices.token_of(Notice.objects.for_customer(demo.customer).filter(order=order).first())


def _handed_over(demo: Demo) -> str:
    line = demo.line(sim__is_esim=True, state=LineState.ACTIVE)
    handover = esim.send_link(line=line, by=Actor.user(demo.owner))
    return esim.claim_mail(handover_id=handover.pk).token
