"""What invoices put on the overview, into the palette and into tasks, for whom."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from accounts.services import limit_to_accounts
from billing.enums import InvoiceKind
from billing.models import Invoice
from billing.queries.invoices import today, with_state
from billing.views import documents
from fleetportal.audit.actors import Actor
from fleetportal.jobs import services as jobs
from fleetportal.jobs.models import Job
from fleetportal.web.formatting import NBSP
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("november")]

LATE, DUE = date(2026, 11, 20), date(2026, 12, 1)


def text_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode().replace(NBSP, " ")


def overview(client) -> dict:
    response = client.get("/")
    assert response.status_code == 200
    items = {item.title: item for item in response.context["attention"] if item.icon == "receipt-euro"}
    tile = next(figure for figure in response.context["figures"] if figure.label == "Outstanding")
    return {"items": items, "tile": (tile.value, tile.note, tile.url)}


def test_one_overdue_invoice_is_named_and_leads_to_paying_it(reader, bea, bob, noordkaai):
    late = factories.InvoiceFactory(customer=noordkaai, number="N-1", due_on=LATE, credited=Decimal(21))
    factories.InvoiceFactory(customer=noordkaai, due_on=DUE)
    seen = overview(reader(bea))
    item = seen["items"]["Invoice N-1 is overdue"]
    assert (item.detail, item.action, item.url) == (
        "€100.00, 3 days late", "Pay", f"/invoices/pay/?invoice={late.public_id}",
    )  # fmt: skip
    assert seen["tile"] == ("€221.00", "1 overdue", "/invoices/?view=overdue")
    item = overview(reader(bob))["items"]["Invoice N-1 is overdue"]
    assert (item.action, item.url) == ("View", f"/invoices/{late.public_id}/")


def test_several_overdue_invoices_are_one_thing_to_settle(reader, bea, noordkaai, zuidpark):
    factories.InvoiceFactory.create_batch(2, customer=noordkaai, due_on=LATE)
    factories.InvoiceFactory(customer=zuidpark, due_on=LATE)
    item = overview(reader(bea))["items"]["2 invoices are overdue"]
    assert (item.detail, item.url) == ("€242.00 together", "/invoices/pay/")


def test_who_is_limited_is_told_of_his_accounts_alone(reader, bea, noordkaai):
    factories.InvoiceFactory(customer=noordkaai, number="N-1", due_on=LATE)
    mine = factories.InvoiceFactory(customer=noordkaai, number="N-2", due_on=DUE)
    limit_to_accounts(membership=bea.memberships.get(), accounts=[mine.billing_account], by=Actor.ops("a test"))
    seen = overview(reader(bea))
    assert seen["items"] == {}
    assert seen["tile"] == ("€121.00", "Due on 1 December", "/invoices/?view=open")


def test_a_requester_meets_no_invoice_anywhere(reader, rita, noordkaai):
    factories.InvoiceFactory(customer=noordkaai, number="N-1", due_on=LATE)
    client = reader(rita)
    for url in ("/", "/search/?q=N-1"):
        assert "/invoices/" not in text_of(client.get(url))


def test_the_palette_finds_an_invoice_by_its_reference(reader, bob, noordkaai, zuidpark):
    found = factories.InvoiceFactory(customer=noordkaai, number="N-1", reference="202610400717")
    factories.InvoiceFactory(customer=zuidpark, number="Z-1", reference="202610400717")
    text = text_of(reader(bob).get("/search/?q=%2B%2B%2B202/6104/00717%2B%2B%2B"))
    assert f"/invoices/{found.public_id}/" in text
    assert "Z-1" not in text


def test_a_long_list_is_exported_by_a_task_within_the_limit(reader, bea, noordkaai, monkeypatch):
    monkeypatch.setattr(documents, "AT_ONCE", 0)
    account = factories.BillingAccountFactory(customer=noordkaai)
    mine = factories.InvoiceFactory.create_batch(2, customer=noordkaai, billing_account=account)
    factories.InvoiceFactory(customer=noordkaai, number="N-1")
    factories.InvoiceLineFactory(invoice=mine[0], number="+32468000001", price=Decimal("19.00"))
    limit_to_accounts(membership=bea.memberships.get(), accounts=[account], by=Actor.ops("a test"))
    client = reader(bea)
    client.post("/invoices/export/", {"query": ""})
    client.post(f"/invoices/{mine[0].public_id}/export/")
    found = {}
    for job in Job.objects.for_customer(noordkaai):
        jobs.run(job.pk)
        result = client.get(f"/jobs/{job.pk}/result/")
        found[job.payload["name"]] = list(openpyxl.load_workbook(io.BytesIO(result.getvalue())).active.values)
    assert {row[0] for row in found["Invoices.xlsx"][1:]} == {one.number for one in mine}
    headings, line = found[f"{mine[0].number}.xlsx"]
    row = dict(zip(headings, line, strict=True))
    assert (row["Phone number"], row["Without VAT"]) == ("+32468000001", 19)


def test_the_database_and_the_row_agree_on_what_is_left(noordkaai):
    for fields in (
        {},
        {"paid": Decimal("20.00"), "credited": Decimal("1.00")},
        {"paid": Decimal("121.00")},
        {"paid": Decimal("200.00")},
        {"kind": InvoiceKind.CREDIT_NOTE},
    ):
        factories.InvoiceFactory(customer=noordkaai, **fields)
    found = list(with_state(Invoice.objects.for_customer(noordkaai), today()))
    assert [one.left for one in found] == [one.outstanding for one in found]
