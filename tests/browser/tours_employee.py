"""Employees: the directory, their details, a line handed over, and the page that an employee gets by mail."""

from collections.abc import Iterator

from django.utils import timezone
from playwright.sync_api import Page, expect

from sims.enums import ConfirmationPurpose, LineState
from sims.models import Line, SubscriberConfirmation
from sims.services.confirmations import claim_mail
from tests.browser.demo import Demo


def dialog(page: Page) -> None:
    expect(page.locator("#dialog[open] #dialog-title")).to_be_visible()


def refused(page: Page) -> None:
    page.locator("#dialog [type=submit]").click()
    expect(page.locator("#dialog #errors")).to_be_visible()


def asked(demo: Demo, purpose: str) -> SubscriberConfirmation:
    """The one that the demo asked."""
    questions = SubscriberConfirmation.objects.for_customer(demo.customer).select_related("subscriber")
    return questions.filter(purpose=purpose).earliest("pk")


def line_of(demo: Demo, purpose: str) -> Line:
    return demo.line(state=LineState.ACTIVE, subscriber=asked(demo, purpose).subscriber)


def token(demo: Demo, purpose: str) -> str:
    """The secret part of the link in a new mail."""
    question = asked(demo, purpose)
    SubscriberConfirmation.objects.for_customer(demo.customer).filter(pk=question.pk).update(mail_due_at=timezone.now())
    claim = claim_mail(question_id=question.pk)
    assert claim, "a mail that is due can be sent"
    return claim.token


def directory(page: Page, demo: Demo) -> Iterator[str]:
    """Every view and what is found."""
    for query in ("", "?state=confirmed", "?state=unconfirmed", "?state=change", "?q=qqqqqq"):
        page.goto(f"/sims/employees/{query}")
        yield f"employees {query}"
    page.goto("/sims/employees/?state=unconfirmed")
    page.locator("main .row form [type=submit]").first.click()
    expect(page.locator(".toast")).to_be_visible()
    yield "employee asked to confirm"


def details(page: Page, demo: Demo) -> Iterator[str]:
    """What may be changed, what is locked, and what waits for the employee."""
    open_, locked = (line_of(demo, purpose) for purpose in (ConfirmationPurpose.CONFIRM, ConfirmationPurpose.CHANGE))
    for line, name in ((open_, "not confirmed"), (locked, "confirmed, a change waits")):
        page.goto(f"/sims/{line.public_id}/?tab=employee")
        yield f"employee tab, {name}"
        page.locator("#tab a[href*='/edit/']").first.click()
        dialog(page)
        yield f"details, {name}"
        page.locator("#dialog [name=last_name]").fill("")
        refused(page)
        yield f"details, {name}, errors"
        page.goto(f"/sims/employees/{line.subscriber.public_id}/edit/")
        yield f"details, {name}, page"
    page.goto(f"/sims/{locked.public_id}/?tab=employee")
    page.locator("form[action*='withdraw'] [type=submit]").click()
    expect(page.locator(".toast")).to_be_visible()
    yield "employee tab, change taken back"


def handing_over(page: Page, demo: Demo) -> Iterator[str]:
    """To somebody known, to somebody new, and not to nobody."""
    line = line_of(demo, ConfirmationPurpose.CONFIRM)
    page.goto(f"/sims/{line.public_id}/?tab=employee")
    page.locator("#tab a[href$='/transfer/']").click()
    dialog(page)
    yield "hand over"
    refused(page)
    yield "hand over, nobody chosen"
    page.locator("#dialog [name=who][value=new]").check()
    yield "hand over, somebody new"
    refused(page)
    yield "hand over, somebody new without a name"
    page.goto(f"/sims/{line.public_id}/transfer/")
    yield "hand over, page"


def asking(page: Page, demo: Demo) -> Iterator[str]:
    """Who may only ask."""
    page.goto("/sims/employees/")
    yield "employees, requester"
    person = asked(demo, ConfirmationPurpose.CONFIRM).subscriber
    page.goto(f"/sims/employees/{person.public_id}/edit/")
    yield "ask for a change, requester"


def own_page(page: Page, demo: Demo) -> Iterator[str]:
    """What an employee sees without an account; he confirms at the end."""
    page.goto("/sims/my-details/no-such-token-anywhere/")
    yield "own details, link that is gone"
    reopened(demo)
    page.goto(f"/sims/my-details/{token(demo, ConfirmationPurpose.CHANGE)}/")
    yield "own details, change"
    page.goto(f"/sims/my-details/{token(demo, ConfirmationPurpose.CONFIRM)}/")
    yield "own details"
    page.locator("[name=first_name]").fill("")
    page.locator("main form [type=submit]").first.click()
    expect(page.locator("#errors")).to_be_visible()
    yield "own details, errors"
    page.locator("[name=first_name]").fill("Ine")
    page.locator("main form [type=submit]").first.click()
    page.wait_for_url("**/thanks/**")
    yield "own details, thanks"


def reopened(demo: Demo) -> None:
    """The change that was taken back is proposed again."""
    question = asked(demo, ConfirmationPurpose.CHANGE)
    SubscriberConfirmation.objects.for_customer(demo.customer).filter(pk=question.pk).update(withdrawn_at=None)
