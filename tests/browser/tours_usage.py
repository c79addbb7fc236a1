"""What was used: on the page of a line and of the whole company, and the decision about single records."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from groupbundles.enums import UsageKind, UsageZone
from groupbundles.models import UsageRecord
from groupbundles.periods import first_of_month, today
from groupbundles.services.usage import partitions
from sims.models import Line
from tests.browser.demo import Demo
from tests.factories import PASSWORD
from tests.usage import GB, delivered, use


def with_usage(demo: Demo) -> Line:
    """A line that used a bit of everything this month, near its allowance, and another that used little."""
    line, other = (
        Line.objects.for_customer(demo.customer)
        .filter(state="active", plan__data_gb=20)
        .select_related("customer")
        .order_by("pk")[:2]
    )
    begin = first_of_month(today())
    use(line, begin, 17 * GB)
    use(line, begin, 8 * GB, bundle="GB-DATA-1")
    use(line, begin, GB // 3, zone=UsageZone.WORLD, bundle="", charge="44.5")
    use(line, begin, 214 * 60, kind=UsageKind.VOICE)
    use(line, begin, 300, kind=UsageKind.VOICE, zone=UsageZone.PREMIUM, bundle="", charge="6.25")
    use(line, begin, 46, kind=UsageKind.SMS)
    use(line, begin, 1, kind=UsageKind.SERVICE, zone=UsageZone.THIRD_PARTY, bundle="", charge="4.99")
    use(line, begin - timedelta(days=1), 3 * GB)
    use(other, begin, GB // 10)
    use(other, begin - timedelta(days=80), GB)
    delivered(demo.customer)
    return line


def with_records(line: Line) -> None:
    """Two records of today, one in the bundle and one outside."""
    day = today()
    partitions.require([first_of_month(day)])
    for kind, zone, bundle, charge in (("data", "BE", "own", "0"), ("voice", "PREMIUM", "", "1.5")):
        UsageRecord.objects.create(
            customer=line.customer,
            line=line,
            period=first_of_month(day),
            record_id=f"tour-{kind}",
            msisdn=line.number,
            started_at=timezone.now(),
            day=day,
            kind=kind,
            zone=zone,
            quantity=90,
            bundle=bundle,
            charge=charge,
        )


def line(page: Page, demo: Demo) -> Iterator[str]:
    """The card of the overview, its table, another month, the tab with another kind of use."""
    used = with_usage(demo)
    page.goto(f"/sims/{used.public_id}/")
    expect(page.locator("#usage [role=meter]").first).to_be_visible()
    page.locator("#usage summary").click()
    yield "usage of a line"
    page.locator("#month").select_option(index=1)
    page.wait_for_url("**month=*")
    expect(page.locator("#usage [role=img]")).to_be_visible()
    yield "usage of a line, the month before"
    page.goto(f"/sims/{used.public_id}/?tab=usage")
    yield "usage of a line, everything"
    page.locator("#tab nav a[href*='kind=voice']").click()
    page.wait_for_url("**kind=voice*")
    yield "usage of a line, calls"
    page.goto("/sims/")
    expect(page.locator("#sims [role=meter]").first).to_be_visible()
    yield "list with usage"


def company(page: Page, demo: Demo) -> Iterator[str]:
    """Every list, a search without result, nothing used for longer than the figures go back, the privacy page."""
    page.goto("/usage/")
    expect(page.locator("#lines tbody tr").first).to_be_visible()
    yield "usage of the company"
    for view in ("outside", "roaming", "extras", "unused"):
        page.goto(f"/usage/?view={view}")
        yield f"usage of the company, {view}"
    page.goto("/usage/?view=unused&months=6")
    yield "usage of the company, not known that long"
    page.goto("/usage/?q=qqqq")
    yield "usage of the company, nothing found"


def privacy(page: Page, demo: Demo) -> Iterator[str]:
    """Records are closed, then opened with a reason, looked at and closed again."""
    used = demo.active
    records = f"/sims/{used.public_id}/usage/records/"
    page.goto(records)
    yield "records, closed"
    page.goto("/usage/settings/")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main [type=submit]").first.click()
    page.wait_for_url("**/usage/settings/")
    page.locator("main form [type=submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "privacy of usage, errors"
    page.locator("[name=reason]").fill("Facturen die te hoog zijn worden nagekeken, policy punt 4.")
    page.locator("[name=is_told]").check()
    page.locator("main form [type=submit]").click()
    expect(page.locator("main [name=off]")).to_be_visible()
    yield "privacy of usage, switched on"
    page.goto(records)
    yield "records, open"
    with_records(used)
    page.locator("main form .btn--primary").click()
    expect(page.locator("main tbody tr")).to_have_count(2)
    yield "records, looked at"


def newcomer(page: Page, demo: Demo) -> Iterator[str]:
    page.goto("/usage/")
    yield "usage of a new company"
