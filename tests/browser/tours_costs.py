"""The contract, and what everything costs: a month beside the one before, unused lines, divided bills."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from accounts.models import CostCentre
from billing.enums import ChargeKind
from billing.models import Invoice
from groupbundles.periods import first_of_month, previous_period, today
from sims.models import Line
from tests import factories
from tests.browser.demo import Demo
from tests.browser.tours_usage import with_usage

NUMBER = "TOUR"


def with_costs(demo: Demo) -> Line:
    """Two months of invoices after all others, of a line whose bill is divided and of one that is gone; in a tree."""
    line = demo.line(split_bill_profile__kind="percentage")
    if not Invoice.objects.for_customer(demo.customer).filter(number__startswith=NUMBER).exists():
        top = factories.CostCentreFactory(customer=demo.customer, code="4990", name="Commercieel")
        CostCentre.objects.for_customer(demo.customer).filter(code="4120").update(parent=top)
        centre = CostCentre.objects.for_customer(demo.customer).get(code="4120")
        this = first_of_month(today())
        for month in (previous_period(this), this):
            _billed(demo, line, month, centre, is_newest=month == this)
    with_usage(demo)
    return line


def _billed(demo: Demo, line: Line, month, centre: CostCentre, *, is_newest: bool) -> None:
    invoice = factories.InvoiceFactory(
        customer=demo.customer,
        billing_account=line.billing_account,
        number=f"{NUMBER}-{month:%Y-%m}",
        issued_on=month,
        period_start_on=month,
        period_end_on=None,
    )
    own = {"line": line, "number": line.number, "cost_centre": centre, "cost_centre_code": centre.code}
    charges = [{**own, "kind": ChargeKind.PLAN}, {"kind": ChargeKind.BUNDLE, "net": 400, "description": "Data 2 TB"}]
    if is_newest:
        charges += [{**own, "kind": ChargeKind.USAGE, "net": 76, "description": "Verbruik buiten bundel"}]
        charges += [
            {**own, "kind": ChargeKind.THIRD_PARTY, "net": 5, "vat_rate": 0, "description": "Diensten van derden"}
        ]
    else:
        charges += [{"number": "+32470000009", "kind": ChargeKind.PLAN, "cost_centre_code": "7321"}]
    for charge in charges:
        factories.InvoiceLineFactory(invoice=invoice, **charge)


def costs(page: Page, demo: Demo) -> Iterator[str]:
    """Overview in its ways, what changed, lines without use, who pays what, and the line itself."""
    line = with_costs(demo)
    page.goto("/costs/")
    expect(page.locator("main [data-depth='1']").first).to_be_visible()
    yield "costs"
    page.locator(".chart + details summary").click()
    yield "costs, chart as table"
    page.goto("/costs/?by=line&sort=-difference")
    yield "costs per line"
    page.locator("#q").fill("no such person")
    expect(page.locator("#rows .empty")).to_be_visible()
    yield "costs, nothing found"
    page.goto("/costs/changes/")
    yield "why costs changed"
    page.goto("/costs/unused/")
    yield "lines without use and their costs"
    page.goto("/costs/split-bill/")
    yield "who pays what"
    page.goto(f"/sims/{line.public_id}/?tab=billing")
    expect(page.locator("#h-division")).to_be_visible()
    yield "costs of a line"


def contract(page: Page, demo: Demo) -> Iterator[str]:
    page.goto("/contract/")
    yield "contract"
    page.locator("#q").fill("reizen")
    expect(page.locator(".table--matrix tbody tr")).to_have_count(3)
    yield "contract, searched"
    page.locator("#q").fill("no such plan")
    expect(page.locator(".table--matrix")).to_have_count(0)
    yield "contract, nothing found"


def newcomer(page: Page, demo: Demo) -> Iterator[str]:
    for name in ("costs", "costs/split-bill", "contract"):
        page.goto(f"/{name}/")
        yield f"{name} of a new company"
