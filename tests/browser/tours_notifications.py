"""The inbox, full and empty, and the settings behind it."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from fleetportal.notifications.models import Notification
from fleetportal.notifications.services import Note, notify_many
from sims.models import Line
from sims.orders.telling import WAITING, WRONG
from tests.browser.demo import Demo


def tell(line: Line, user: User) -> None:
    """A refusal today, and more than a page that waits for approval since yesterday."""
    about = {"kind": "block", "number": line.number, "card": "", "name": line.subscriber.full_name, "who": "Rik Maes"}
    waiting = [Note(f"waiting {n}", [user.pk], about, "/sims/requests/?view=approval") for n in range(26)]
    notify_many(customer_id=line.customer_id, event=WAITING, notes=waiting)
    old = Notification.objects.for_customer(line.customer_id).filter(event=WAITING)
    old.update(created_at=timezone.now() - timedelta(days=1))
    refused = about | {"state": "rejected", "code": "line_blocked", "message": ""}
    notify_many(customer_id=line.customer_id, event=WRONG, notes=[Note("wrong", [user.pk], refused, "/sims/")])


def notifications(page: Page, demo: Demo) -> Iterator[str]:
    Notification.objects.for_customer(demo.customer).delete()
    page.goto("/notifications/")
    yield "no notifications"
    tell(demo.active, demo.owner)
    page.goto("/notifications/")
    yield "notifications"
    page.locator("[id^=note-read-]").first.click()
    expect(page.locator("#inbox li").first.locator("[name=unread]")).to_be_visible()
    yield "notifications, one read"
    page.goto("/notifications/?show=unread&page=2")
    yield "unread notifications, second page"
    page.locator("form[action$='/notifications/read/'] [type=submit]").click()
    expect(page.locator("#inbox .empty")).to_be_visible()
    yield "nothing unread"
    page.goto("/settings/notifications/")
    yield "notification settings"
    page.locator("main form [type=submit]").click()
    expect(page.locator(".toast")).to_be_visible()
    yield "notification settings, saved"
