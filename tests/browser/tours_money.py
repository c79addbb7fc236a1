"""What a line may spend, where it is billed and who pays it; the company's split bill profiles."""

from collections.abc import Iterator

from playwright.sync_api import Locator, Page, expect

from tests.browser.demo import Demo


def _opened(page: Page, end: str) -> Locator:
    """The dialog behind the link that ends so, once it is open."""
    page.locator(f"main a[href$='{end}']:visible").first.click()
    expect(page.locator("#dialog[open] #dialog-title")).to_be_visible()
    return page.locator("#dialog")


def _with_errors(dialog: Locator) -> None:
    dialog.locator("[type=submit]").click()
    expect(dialog.locator("#errors")).to_be_visible()


def limits(page: Page, demo: Demo) -> Iterator[str]:
    """PayByMobile and roaming of a line, with figures of this month."""
    line = demo.line(third_party_spent__gt=0)
    page.goto(f"/sims/{line.public_id}/?tab=barrings")
    yield "limits of a line"
    dialog = _opened(page, "/limits/")
    yield "PayByMobile limit"
    dialog.locator("[name=step][value=other]").check()
    dialog.locator("[name=amount]").fill("301")
    _with_errors(dialog)
    yield "PayByMobile limit, errors"
    page.goto(f"/sims/{line.public_id}/?tab=barrings")
    dialog = _opened(page, "/roaming/")
    yield "roaming limit"
    dialog.locator("[name=how][value=none]").check()
    yield "roaming limit, none"
    dialog.locator("[name=how][value=always]").check()
    dialog.locator("[name=step][value=other]").check()
    dialog.locator("[name=amount]").fill("")
    _with_errors(dialog)
    yield "roaming limit, errors"
    for name in ("limits", "roaming"):
        page.goto(f"/sims/{line.public_id}/{name}/")
        yield f"{name}, page"


def billing(page: Page, demo: Demo) -> Iterator[str]:
    """Account, cost centre and split bill of a line."""
    line = demo.line(split_bill_profile__kind="percentage")
    tab = f"/sims/{line.public_id}/?tab=billing"
    page.goto(tab)
    yield "billing of a line"
    for name in ("billing", "cost-centre"):
        page.goto(tab)
        _opened(page, f"/{name}/")
        yield f"{name} dialog"
    page.goto(tab)
    dialog = _opened(page, f"{line.public_id}/split-bill/")
    yield "split bill of a line"
    dialog.locator("[name=profile][value='0']").check()
    expect(dialog.locator("#shares tbody tr").last.locator("td").last).to_contain_text("0,00")
    yield "split bill of a line, another choice"


def profiles(page: Page, demo: Demo) -> Iterator[str]:
    """The list, a new profile with errors, new terms, another name, retiring."""
    page.goto("/sims/split-bill/new/")
    yield "new split bill profile"
    page.locator("[name=kind][value=percentage_max]").check()
    page.locator("main [type=submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "new split bill profile, errors"
    page.locator("[name=kind][value=per_category]").check()
    yield "new split bill profile, per kind of cost"
    page.goto("/sims/split-bill/")
    yield "split bill profiles"
    _opened(page, "/name/")
    yield "name of a split bill profile"
    page.goto("/sims/split-bill/")
    _opened(page, "/retire/")
    yield "retire a split bill profile"
    page.goto("/sims/split-bill/")
    page.locator("main a[href$='/terms/']").first.click()
    page.wait_for_url("**/terms/")
    yield "new terms"
