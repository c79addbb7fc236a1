"""Pages of tickets: asking with what one came from, errors that lose nothing, the thread, files, who sees what."""

import re
import uuid
from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from sims.enums import OrderKind, OrderState
from sims.models import Order
from tests import factories
from tests.tickets.conftest import fetch, later, send
from tickets.enums import TicketState
from tickets.models import Attachment, Item, Ticket
from tickets.services.from_orders import ITEMS, USUAL_ITEM

pytestmark = pytest.mark.django_db

NEW = "/tickets/new/"


@pytest.fixture
def client(client_for, alice):
    return client_for(alice)


def sent(**fields) -> dict:
    values = {"key": str(uuid.uuid4()), "subject": "invoice", "item": "invoice-amount", "text": "Te veel aangerekend."}
    return values | fields


def tickets(customer):
    return Ticket.objects.for_customer(customer)


def test_a_ticket_is_sent_with_subject_and_words_alone(client, noordkaai, alice):
    answer = client.post(NEW, sent(item=""))

    ticket = tickets(noordkaai).get()
    assert (answer.status_code, answer.url) == (303, reverse("ticket_detail", args=[ticket.public_id]))
    assert (ticket.item_code, ticket.language, ticket.opened_by_id) == ("invoice-amount", "nl", alice.pk)
    assert ticket.item_names["fr"] == "Un montant n’est pas correct"


def test_every_type_of_field_is_kept_as_it_was_meant(client, noordkaai):
    line = factories.LineFactory(customer=noordkaai, number="+32468123456")
    client.post(
        NEW,
        sent(
            subject="roaming",
            item="roaming-not-working",
            f_lines="0468 12 34 56",
            f_country="Spanje",
            f_since="2026-11-20",
            f_what="data",
        ),
    )
    ticket = tickets(noordkaai).get()
    kept = {answer["code"]: answer["value"] for answer in ticket.answers}
    assert kept == {"lines": ["+32468123456"], "country": "Spanje", "since": "2026-11-20", "what": "data"}
    assert list(ticket.lines.all()) == [line]
    page = client.get(reverse("ticket_detail", args=[ticket.public_id])).content.decode()
    assert "20/11/2026" in page and "Internet" in page and "Spanje" in page

    client.post(NEW, sent(subject="porting", item="porting-late", f_number="+33 1 23 45 67 89"))
    assert tickets(noordkaai).first().answers[0]["value"] == "+33123456789"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": " "}, "text"),
        ({"subject": ""}, "subject"),
        ({"subject": "sim", "item": "sim-not-working"}, "f_lines"),
        ({"subject": "sim", "item": "sim-not-working", "f_lines": "0499 99 99 99"}, "f_lines"),
        ({"subject": "sim", "item": "sim-not-working", "f_lines": "hallo"}, "f_lines"),
        ({"subject": "porting", "item": "porting-late", "f_number": "12"}, "f_number"),
        ({"subject": "device", "item": "device-offer", "f_device": "x", "f_count": "-1"}, "f_count"),
        ({"f_invoice": str(uuid.uuid4())}, "f_invoice"),
    ],
)
def test_an_error_stands_at_its_field_and_keeps_what_was_typed(client, noordkaai, zuidpark, fields, field):
    factories.InvoiceFactory(customer=noordkaai)
    answer = client.post(NEW, sent(**fields))

    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {field}
    if fields.get("text") != " ":
        assert "Te veel aangerekend." in answer.content.decode()
    assert not tickets(noordkaai).exists()


def test_files_of_a_form_with_an_error_are_sent_with_the_next_try(client, noordkaai):
    wrong = sent(text="", attached=[SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b.svg", b"<svg/>")])
    answer = client.post(NEW, wrong)
    page = answer.content.decode()
    assert "b.svg" in page
    (kept,) = re.findall(r'name="keep" value="([^"]+)" checked', page)

    client.post(NEW, sent(key=wrong["key"], keep=kept))

    message = tickets(noordkaai).get().messages.get()
    assert [one.name for one in message.attachments.all()] == ["a.txt"]


def test_another_subject_shows_its_own_questions_and_is_no_error(client, noordkaai):
    changed = sent(subject="porting")
    answer = client.post(NEW, changed)
    assert (answer.status_code, answer.context["form"].chosen.code) == (200, "porting-late")
    assert "Te veel aangerekend." in answer.content.decode()

    part = client.post(f"{NEW}?look=1", changed, headers={"HX-Request": "true", "HX-Target": "div#ticket-more"})
    assert 'name="f_number"' in part.content.decode()
    assert not tickets(noordkaai).exists()


def test_it_begins_with_what_the_person_came_from(client, noordkaai, zuidpark):
    line = factories.LineFactory(customer=noordkaai, number="+32468123456")
    invoice = factories.InvoiceFactory(customer=noordkaai)
    assert "0468 12 34 56" in client.get(f"{NEW}?line={line.public_id}").content.decode()
    assert f"{NEW}?invoice={invoice.public_id}" in client.get(f"/invoices/{invoice.public_id}/").content.decode()
    page = client.get(f"{NEW}?invoice={invoice.public_id}").content.decode()
    assert f'<option value="{invoice.public_id}" selected' in page

    other = factories.LineFactory(customer=zuidpark, number="+32499111222")
    bill = factories.InvoiceFactory(customer=zuidpark)
    assert "0499 11 12 22" not in client.get(f"{NEW}?line={other.public_id}").content.decode()
    assert bill.number not in client.get(f"{NEW}?invoice={bill.public_id}").content.decode()
    assert client.get(f"{NEW}?line=x&invoice=y&order=z&subject=q").status_code == 200


def test_a_line_one_came_from_is_kept_with_an_item_that_asks_for_none(client, noordkaai):
    line = factories.LineFactory(customer=noordkaai, number="+32468123456")
    client.post(NEW, sent(subject="portal", item="portal-idea", f_lines="0468123456"))

    assert list(tickets(noordkaai).get().lines.all()) == [line]


def test_a_note_is_added_and_an_empty_one_is_an_error(client, ask):
    ticket = ask()
    address = reverse("ticket_detail", args=[ticket.public_id])
    assert client.post(address, {"key": str(uuid.uuid4()), "text": ""}).status_code == 422

    assert client.post(address, {"key": str(uuid.uuid4()), "text": "<b>Nog iets</b>"}).status_code == 303
    page = client.get(address).content.decode()
    assert escape("<b>Nog iets</b>") in page and "<b>Nog" not in page


def test_the_thread_tells_what_is_under_way_and_what_the_desk_said(client, ask):
    ticket = ask("network-data")
    address = reverse("ticket_detail", args=[ticket.public_id])
    assert "Onderweg naar de helpdesk" in client.get(address).content.decode()
    send(ticket)
    later(241)
    fetch(ticket)
    page = client.get(address).content.decode()
    assert "Onderweg naar de helpdesk" not in page
    assert "De helpdesk wacht op je antwoord." in page

    part = client.get(f"{address}thread/?looks=1&seen=1", headers={"HX-Request": "true"})
    assert "data-announce" in part.content.decode()
    assert client.get(f"{address}thread/").status_code == 302

    assert client.post(f"{address}close/").status_code == 303
    ticket.refresh_from_db()
    assert ticket.state == TicketState.CLOSED


def test_a_file_is_a_download_that_runs_nothing(client, noordkaai, ask, zuidpark, charlie, client_for):
    client.post(NEW, sent(attached=[SimpleUploadedFile("rekening €.txt", b"hallo")]))
    address = reverse("ticket_file", args=[Attachment.objects.for_customer(noordkaai).get().public_id])

    answer = client.get(address)

    assert b"".join(answer.streaming_content) == b"hallo"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert client_for(charlie).get(address).status_code == 404


def test_a_draft_is_nobodys_file_yet(client, noordkaai):
    client.post(NEW, sent(text="", attached=[SimpleUploadedFile("a.txt", b"a")]))
    draft = Attachment.objects.for_customer(noordkaai).get()

    assert client.get(reverse("ticket_file", args=[draft.public_id])).status_code == 404


def test_a_ticket_about_an_invoice_is_for_who_may_see_that_invoice(client_for, ask, noordkaai, alice, bea, rita):
    invoice = factories.InvoiceFactory(customer=noordkaai)
    ticket = ask("invoice-amount", invoice=invoice)
    address = reverse("ticket_detail", args=[ticket.public_id])

    assert client_for(bea).get(address).status_code == 200
    assert client_for(rita).get(address).status_code == 404
    assert ticket.label not in client_for(rita).get("/tickets/?view=all").content.decode()
    own = ask("invoice-amount", by=rita)
    assert client_for(rita).get(reverse("ticket_detail", args=[own.public_id])).status_code == 200
    page = client_for(rita).get(f"{NEW}?subject=invoice").content.decode()
    assert invoice.number not in page


def test_who_only_reads_gets_no_form_and_no_button(client_for, bob, ask):
    ticket = ask()
    client = client_for(bob)
    page = client.get(reverse("ticket_detail", args=[ticket.public_id])).content.decode()
    assert "Geen signaal" in page and "<textarea" not in page and "close-ticket" not in page
    assert reverse("ticket_new") not in client.get("/tickets/").content.decode()


def test_the_list_has_tabs_with_counts_and_finds_words_and_numbers(client, ask, noordkaai):
    line = factories.LineFactory(customer=noordkaai, number="+32468123456")
    found = ask(text="De antenne aan de kaai zwijgt", lines=[line])
    other = ask("portal-idea", text="Iets anders")
    tickets(noordkaai).filter(pk=other.pk).update(state=TicketState.CLOSED)

    counts = [tab.count for tab in client.get("/tickets/").context["tabs"]]
    assert counts == [1, 0, 1, 2]
    for text in ("antenne kaai", "T-1001", "0468 12 34 56", "simkaarten"):
        page = client.get("/tickets/", {"q": text, "view": "all"})
        assert [one.pk for one in page.context["page"]] == [found.pk], text
    assert not client.get("/tickets/", {"q": "nergens"}).context["page"].items


def test_the_overview_and_the_menu_say_what_waits_for_an_answer(client, client_for, bob, ask, noordkaai):
    ticket = ask()
    factories.LineFactory(customer=noordkaai)
    tickets(noordkaai).filter(pk=ticket.pk).update(state=TicketState.WAITING)

    assert "1 ticket wacht op je antwoord" in client.get("/").content.decode()
    assert "1 ticket wacht op je antwoord" not in client_for(bob).get("/").content.decode()


def test_the_page_of_a_line_shows_its_tickets(client, ask, noordkaai):
    line = factories.LineFactory(customer=noordkaai)
    ask(lines=[line])
    ask("portal-idea")

    page = client.get(reverse("line_detail", args=[line.public_id]) + "?tab=tickets").content.decode()

    assert "T-1001" in page and "T-1002" not in page
    assert f"{NEW}?line={line.public_id}" in page


def an_order(noordkaai, alice, state) -> Order:
    line = factories.LineFactory(customer=noordkaai)
    return Order.objects.create(
        customer=noordkaai,
        line=line,
        kind=OrderKind.SWAP,
        conflict_group="lifecycle",
        state=state,
        error_code="sim_defective",
        error_message="Kaart defect",
        not_before=timezone.now(),
        finished_at=timezone.now() if state == OrderState.REJECTED else None,
        operator_reference="SO-00000077",
        requested_by_id=alice.pk,
        requested_by_name="Alice Aerts",
    )


@pytest.fixture
def refused_order(noordkaai, alice) -> Order:
    return an_order(noordkaai, alice, OrderState.REJECTED)


def test_a_refused_request_becomes_a_ticket_in_one_click_and_once(client, noordkaai, refused_order):
    address = reverse("ticket_for_order", args=[refused_order.pk])
    line_page = client.get(reverse("line_detail", args=[refused_order.line.public_id])).content.decode()
    assert address in line_page
    assert address in client.get("/sims/requests/?view=all").content.decode()

    answers = [client.post(address) for _n in range(2)]

    ticket = tickets(noordkaai).get()
    assert {answer.url for answer in answers} == {reverse("ticket_detail", args=[ticket.public_id])}
    assert (ticket.order_id, list(ticket.lines.all())) == (refused_order.pk, [refused_order.line])
    assert "SO-00000077" in ticket.messages.get().text
    assert "SO-00000077" in client.get(f"{NEW}?order={refused_order.pk}").content.decode()


def test_a_request_that_is_under_way_needs_no_ticket(client, noordkaai, alice):
    order = an_order(noordkaai, alice, OrderState.IN_PROGRESS)

    assert client.post(reverse("ticket_for_order", args=[order.pk])).status_code == 409
    assert not tickets(noordkaai).exists()


def test_the_items_for_requests_come_with_the_portal():
    codes = {USUAL_ITEM, "porting-late", *ITEMS.values()}
    assert set(Item.objects.filter(code__in=codes).values_list("code", flat=True)) == codes


def test_an_answer_is_promised_in_working_days(ask):
    with time_machine.travel("2026-12-23T15:00:00+01:00"):
        assert ask("invoice-amount").due_on == date(2026, 12, 29), "Christmas and the weekend do not count"
