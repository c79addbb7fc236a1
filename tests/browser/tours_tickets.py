"""Tickets: none yet, asking with errors and files, the list and a thread, what a reader sees."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.demo import Demo
from tests.browser.steps import answered
from tickets.models import Ticket
from tickets.services.demo import add_tickets


def _with_tickets(demo: Demo) -> None:
    if not Ticket.objects.for_customer(demo.customer).exists():
        add_tickets(demo.customer, demo.owner, User.objects.get(pk=demo.requester.pk))


def newcomer(page: Page, _demo: Demo) -> Iterator[str]:
    page.goto("/tickets/")
    yield "no tickets"
    page.goto("/tickets/new/")
    yield "new ticket, nothing chosen"


def tickets(page: Page, demo: Demo) -> Iterator[str]:
    _with_tickets(demo)
    page.goto("/tickets/")
    yield "tickets"
    page.goto("/tickets/?q=nergens")
    yield "tickets, none found"
    page.goto(f"/tickets/new/?line={demo.active.public_id}")
    yield "new ticket about a line"
    answered(page, "[name=subject][value=network]")
    expect(page.locator("#id_f_place")).to_be_visible()
    page.locator("[name=attached]").set_input_files(
        [
            {"name": "bereik.txt", "mimeType": "text/plain", "buffer": b"Geen signaal"},
            {"name": "kaart.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"},
        ]
    )
    page.locator("main .btn--primary[type=submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "new ticket, errors"
    for state in ("waiting", "resolved", "open"):
        ticket = Ticket.objects.for_customer(demo.customer).filter(state=state).first()
        page.goto(f"/tickets/{ticket.public_id}/")
        yield f"ticket, {state}"
    line = ticket.lines.first() or demo.active
    page.goto(f"/sims/{line.public_id}/?tab=tickets")
    yield "tickets of a line"


def reader(page: Page, demo: Demo) -> Iterator[str]:
    _with_tickets(demo)
    ticket = Ticket.objects.for_customer(demo.customer).filter(invoice=None).first()
    page.goto(f"/tickets/{ticket.public_id}/")
    yield "ticket, read only"
