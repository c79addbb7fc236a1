"""Usage alerts: of the company, of a line, of a bundle, and what fired."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from playwright.sync_api import Page, expect

from groupbundles.enums import AlertKind
from groupbundles.models import Alert, GroupBundle
from groupbundles.periods import first_of_month, today
from sims.models import Line
from tests.browser.demo import Demo
from tests.usage import delivered


def with_fired(demo: Demo) -> None:
    """One of every kind, one of them counted late, and so many that there is a second page."""
    lines = list(Line.objects.for_customer(demo.customer).filter(state="active").order_by("pk")[:30])
    bundle = GroupBundle.objects.for_customer(demo.customer).get(code="GB-DATA-1")
    month = first_of_month(today())
    before = first_of_month(month - timedelta(days=1))
    rows = [(kind, lines[0], month) for kind in AlertKind if kind.is_of_a_line]
    rows += [(AlertKind.OUT_OF_BUNDLE, line, month) for line in lines[1:]]
    rows += [(AlertKind.ALLOWANCE, lines[1], before)]
    Alert.objects.bulk_create(
        Alert(
            customer=demo.customer,
            kind=kind,
            threshold=Decimal(0 if kind == AlertKind.FIRST_PREMIUM else 80 if kind.is_percentage else 25),
            line=line,
            period=period,
            value=Decimal(1 if kind == AlertKind.FIRST_PREMIUM else "83.5"),
            of=Decimal(20 * 10**9) if kind == AlertKind.ALLOWANCE else Decimal(50) if kind.is_percentage else None,
        )
        for kind, line, period in rows
    )
    for kind, threshold, of in ((AlertKind.BUNDLE_PERCENT, 80, bundle.size), (AlertKind.BUNDLE_AMOUNT, 500, None)):
        Alert.objects.create(
            customer=demo.customer,
            kind=kind,
            threshold=threshold,
            bundle=bundle,
            period=month,
            value=Decimal(threshold) + 1,
            of=of,
        )
    delivered(demo.customer)


def alerts(page: Page, demo: Demo) -> Iterator[str]:
    page.goto("/bundles/alerts/")
    yield "usage alerts"
    page.locator("#id_third_party-on").check()
    page.locator("#id_third_party-amount").fill("veel")
    page.locator("main form .btn--primary").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "usage alerts, errors"
    line = demo.active
    page.goto(f"/bundles/alerts/lines/{line.public_id}/")
    page.locator("[name=roaming-mode][value=own]").check()
    yield "alerts of a line"
    page.locator("[name=allowance-mode][value=own]").check()
    page.locator("main form .btn--primary").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "alerts of a line, errors"
    bundle = GroupBundle.objects.for_customer(demo.customer).get(code="GB-DATA-1")
    page.goto(f"/bundles/alerts/bundles/{bundle.public_id}/")
    page.locator("[name=bundle_percent-mode][value=own]").check()
    yield "alerts of a bundle"
    page.goto("/bundles/alerts/fired/")
    yield "no alert fired"
    with_fired(demo)
    page.goto("/bundles/alerts/fired/")
    yield "fired alerts"
    page.locator("#f-kind").select_option("roaming", force=True)
    expect(page.locator("#alerts .rows > li")).to_have_count(1)
    yield "fired alerts of one kind"
    before = first_of_month(first_of_month(today()) - timedelta(days=1))
    page.goto(f"/bundles/alerts/fired/?month={before:%Y-%m}")
    yield "fired alerts of the month before, counted late"


def reader(page: Page, _demo: Demo) -> Iterator[str]:
    page.goto("/bundles/alerts/")
    yield "usage alerts, read only"
