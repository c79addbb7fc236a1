"""Group bundles: those of the company, asking for one, changing one, ending one."""

from collections.abc import Iterator

from django.utils import timezone
from playwright.sync_api import Page, expect

from fleetportal.audit.actors import Actor
from groupbundles.models import GroupBundle
from groupbundles.services.demo_usage import fill
from sims.models import Order
from tests.browser.demo import Demo
from tests.browser.steps import dialog_of
from tests.browser.tours_plan import answered


def bundle_of(demo: Demo, code: str) -> GroupBundle:
    return GroupBundle.objects.for_customer(demo.customer).get(code=code)


def bundles(page: Page, demo: Demo) -> Iterator[str]:
    """What there is, what can be asked, and what cannot."""
    page.goto("/bundles/")
    yield "group bundles"
    page.goto(f"/bundles/{bundle_of(demo, 'GB-DATA-1').public_id}/")
    yield "bundle with a planned change"
    yield from _usage(page, demo)
    page.goto("/bundles/new/")
    yield "new bundle"
    answered(page, "[name=offer][value=GB-DATA-5TB]")
    expect(page.locator("#bundle-cost")).to_contain_text("→")
    yield "new bundle, size chosen"
    answered(page, "[name=scope][value=chosen]")
    page.locator("#id_numbers").fill(f"{demo.active.number}\n0499 00 00 01")
    answered(page, "[name=when][value=date]")
    expect(page.locator("#bundle-who .notice").first).to_be_visible()
    yield "new bundle, some cannot join"
    page.locator("#bundle-cost [type=submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "new bundle, errors"
    yield from _change(page, demo)


def _usage(page: Page, demo: Demo) -> Iterator[str]:
    """What was used and what to expect, on the bundle, in the list and on the overview."""
    fill(demo.customer, by=Actor.user(demo.owner), now=timezone.now())
    bundle = bundle_of(demo, "GB-DATA-1")
    page.goto(f"/bundles/{bundle.public_id}/")
    page.locator("details summary").first.click()
    yield "bundle, its use as a table"
    page.goto(f"/bundles/{bundle.public_id}/usage/")
    yield "bundle, biggest users"
    page.goto(f"/bundles/{bundle.public_id}/usage/?show=unused")
    yield "bundle, without use"
    page.goto("/bundles/")
    yield "group bundles with their use"
    page.goto("/")
    yield "overview with the card of a bundle"


def _change(page: Page, demo: Demo) -> Iterator[str]:
    bundle = bundle_of(demo, "GB-VOICE-1")
    page.goto(f"/bundles/{bundle.public_id}/?tab=lines")
    page.locator("[name=sel]").first.check()
    expect(page.locator("#bulk")).to_be_visible()
    yield "bundle, members ticked"
    page.locator("#bulk [type=submit]").click()
    page.wait_for_url("**/change/?**")
    yield "change of a bundle"
    page.goto(f"/bundles/{bundle.public_id}/")
    dialog_of(page, page.locator(f"a[href$='{bundle.public_id}/end/']"))
    yield "end of a bundle"


def newcomer(page: Page, _demo: Demo) -> Iterator[str]:
    """A company whose contract has none."""
    page.goto("/bundles/")
    yield "no group bundles"


def requester(page: Page, demo: Demo) -> Iterator[str]:
    """What is asked for waits on its own page."""
    page.goto("/bundles/new/")
    answered(page, "[name=offer][value=GB-DATA-1TB]")
    page.locator("#bundle-cost [type=submit]").click()
    order = Order.objects.for_customer(demo.customer)
    page.wait_for_url("**/bundles/*-*/")
    assert order.filter(kind="bundle_new").exists()
    yield "bundle that waits for approval"
