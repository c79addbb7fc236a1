"""The list of invoices: what stands in it, how it is narrowed and sorted, who sees what, what it takes out."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
import time_machine

from accounts.models import AccountLimit
from billing.enums import AuditKind, ChargeKind, InvoiceKind
from fleetportal.web.formatting import NBSP
from tests import factories
from tests.audit.expect import expect_audit
from tests.htmx import apply, assert_same, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("november")]

URL = "/invoices/"
HTMX = {"HX-Request": "true", "HX-Request-Type": "full", "HX-Target": "div#invoices"}
OCTOBER = {"period_start_on": date(2026, 10, 1), "period_end_on": date(2026, 10, 31)}
SEPTEMBER = {"period_start_on": date(2026, 9, 1), "period_end_on": date(2026, 9, 30)}


@pytest.fixture
def head_office(noordkaai):
    return factories.BillingAccountFactory(customer=noordkaai, name="Head office", number="1000 234")


@pytest.fixture
def depot(noordkaai):
    return factories.BillingAccountFactory(customer=noordkaai, name="Depot", number="1000 235")


@pytest.fixture
def invoices(noordkaai, zuidpark, head_office, depot):
    """One in every state on the head office, an overdue one on the depot, and a neighbour who owes a fortune."""

    def invoice(number, account=head_office, **fields):
        fields = {"issued_on": date(2026, 11, 1), **OCTOBER, **fields}
        return factories.InvoiceFactory(customer=noordkaai, billing_account=account, number=number, **fields)

    found = {
        "paid": invoice("P-1", due_on=date(2026, 11, 10), paid=Decimal("121.00")),
        "debit": invoice("D-1", due_on=date(2026, 11, 28), is_direct_debit=True),
        "later": invoice("O-2", due_on=date(2026, 12, 1), net=Decimal("2306.28"), vat=Decimal("484.32")),
        "open": invoice("O-1", due_on=date(2026, 11, 23), paid=Decimal("21.00"), reference="123456789002"),
        "overdue": invoice("V-1", due_on=date(2026, 11, 22), credited=Decimal("20.00"), **SEPTEMBER),
        "depot": invoice("V-2", depot, due_on=date(2026, 10, 30)),
    }
    found["credit"] = invoice(
        "C-1", kind=InvoiceKind.CREDIT_NOTE, due_on=None, corrects=found["overdue"], corrects_number="V-1"
    )
    for one in found.values():
        factories.InvoiceLineFactory(invoice=one, kind=ChargeKind.PLAN, price=Decimal("60.00"))
    factories.InvoiceFactory(customer=zuidpark, number="Z-1", due_on=date(2026, 1, 1), net=Decimal(77_000))
    return found


def limit(user, *accounts):
    membership = user.memberships.get()
    for account in accounts:
        AccountLimit.objects.create(customer=membership.customer, membership=membership, billing_account=account)


def shown(response) -> list[str]:
    assert response.status_code == 200
    return [row.invoice.number for row in response.context["page"]]


def text_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode().replace(NBSP, " ")


def test_what_is_late_stands_first_then_what_is_due_soonest(reader, bob, invoices):
    assert shown(reader(bob).get(URL)) == ["V-2", "V-1", "O-1", "O-2", "D-1", "C-1", "P-1"]


def test_tabs_count_each_state_and_hold_what_they_count(reader, bob, invoices):
    client = reader(bob)
    tabs = {str(tab.label): tab for tab in client.get(URL).context["tabs"]}
    counts = {label: tab.count for label, tab in tabs.items()}
    assert counts == {"All": 7, "To be paid": 2, "Overdue": 2, "Direct debit": 1, "Paid": 1, "Credit notes": 1}
    for tab in tabs.values():
        assert len(shown(client.get(tab.url))) == tab.count


def test_a_collection_that_stays_away_a_week_is_overdue(reader, bob, invoices):
    invoices["debit"].due_on = date(2026, 11, 16)
    invoices["debit"].save()
    assert "D-1" in shown(reader(bob).get(URL, {"view": "debit"}))
    invoices["debit"].due_on = date(2026, 11, 15)
    invoices["debit"].save()
    assert "D-1" in shown(reader(bob).get(URL, {"view": "overdue"}))


def test_outstanding_is_what_somebody_has_to_pay(reader, bea, invoices):
    response = reader(bea).get(URL)
    counts = response.context["counts"]
    assert counts.to_pay == Decimal("121") + Decimal("101") + Decimal("100") + Decimal("2790.60")
    text = text_of(response)
    assert "€3,112.60" in text
    assert "Is collected by direct debit" in text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("v-", ["V-2", "V-1", "C-1"]),
        ("+++123/4567/89002+++", ["O-1"]),
        ("123 4567 89002", ["O-1"]),
        ("***123/4567/89002***", ["O-1"]),
        ("2.790,60", ["O-2"]),
        ("2790.6", ["O-2"]),
        ("€ 2 790", ["O-2"]),
        ("2306,28", ["O-2"]),
        ("2790.61", []),
        ("Z-1", []),
        ("'; --", []),
    ],
)
def test_search_finds_a_number_a_reference_in_any_notation_and_an_amount(reader, bob, invoices, asked, found):
    assert shown(reader(bob).get(URL, {"q": asked})) == found


def test_filters_narrow_by_account_period_and_kind(reader, bob, invoices, depot, zuidpark):
    client = reader(bob)
    theirs = factories.BillingAccountFactory(customer=zuidpark)
    for params, expected in (
        ({"account": depot.pk}, ["V-2"]),
        ({"account": theirs.pk}, []),
        ({"period": "2026-09"}, ["V-1"]),
        ({"kind": "credit_note"}, ["C-1"]),
    ):
        assert shown(client.get(URL, params)) == expected, params
    nonsense = {"kind": "x", "period": "2026-13", "account": "x", "view": "y", "sort": "-urgency", "page": "z"}
    assert shown(client.get(URL, nonsense)) == shown(client.get(URL))
    fields = {field.name: field for field in client.get(URL).context["fields"]}
    assert [label for _key, label in fields["account"].choices] == ["Depot, 1000 235", "Head office, 1000 234"]
    assert [key for key, _label in fields["period"].choices] == ["2026-10", "2026-09"]


def test_every_column_sorts_both_ways(reader, bob, invoices):
    client = reader(bob)
    for heading in client.get(URL).context["headings"][:-2]:
        up, down = (shown(client.get(URL, {"sort": sign + heading.key})) for sign in ("", "-"))
        assert sorted(up) == sorted(down)
    assert shown(client.get(URL, {"sort": "-amount"}))[0] == "O-2"


def test_pages_follow_each_other_without_gap_or_repeat(reader, bob, head_office, noordkaai):
    factories.InvoiceFactory.create_batch(30, customer=noordkaai, billing_account=head_office)
    client = reader(bob)
    pages = [shown(client.get(URL, {"page": n})) for n in (1, 2, 9)]
    assert [len(page) for page in pages] == [25, 5, 5]
    assert len({*pages[0], *pages[1]}) == 30


def test_a_limited_person_meets_nothing_of_other_accounts(reader, bea, invoices, depot):
    limit(bea, depot)
    client = reader(bea)
    response = client.get(URL)
    assert shown(response) == ["V-2"]
    assert response.context["counts"].to_pay == Decimal("121")
    assert [month.total for month in response.context["chart"].months] == [Decimal(100)]
    assert [label for _key, label in response.context["fields"][0].choices] == ["Depot, 1000 235"]
    assert shown(client.get(URL, {"q": "O-"})) == []
    assert client.get(f"/invoices/{invoices['open'].public_id}/").status_code == 404
    assert client.get(f"/invoices/{invoices['depot'].public_id}/").status_code == 200
    for what in ("export", "ubl"):
        assert client.post(f"/invoices/{invoices['open'].public_id}/{what}/").status_code == 404
    rows = list(workbook(client.post("/invoices/export/")).values)
    assert [row[0] for row in rows[1:]] == ["V-2"]
    assert "O-1" not in text_of(client.get("/search/?q=O-1", headers={"HX-Request": "true"})).split("Tasks")[0]
    assert '<span class="nav__count" data-tone="bad">1<' in text_of(response)


def workbook(response):
    assert response.status_code == 200, response.headers
    return openpyxl.load_workbook(io.BytesIO(response.content)).active


def test_the_list_leaves_as_a_workbook_with_real_amounts_and_days(reader, bob, noordkaai, invoices):
    sheet = workbook(reader(bob).post("/invoices/export/", {"query": "q=V-1"}))
    headings, *rows = sheet.values
    by = [dict(zip(headings, row, strict=True)) for row in rows]
    assert [row["Invoice"] for row in by] == ["V-1", "C-1"]
    assert by[0]["Due date"].date() == date(2026, 11, 22)
    assert by[0]["Outstanding"] == 101
    assert by[1]["With VAT"] == -121
    event = expect_audit(AuditKind.INVOICES_EXPORTED, customer=noordkaai, by=bob)
    assert event.after == {"rows": 2, "filter": "q=V-1"}


def test_costs_of_a_month_are_what_was_charged_less_what_was_given_back(reader, bob, invoices):
    months = reader(bob).get(URL).context["chart"].months
    assert [(f"{month.month:%m}", month.fixed, month.other) for month in months] == [
        ("10", Decimal(60 * 5 - 60), Decimal("2306.28") + 400 - 100 - 240),
        ("09", Decimal(60), Decimal(40)),
    ]


def test_before_the_first_invoice_the_page_says_when_it_comes(reader, bob, noordkaai, zuidpark):
    factories.InvoiceFactory(customer=zuidpark)
    text = text_of(reader(bob).get(URL))
    assert "Your first invoice comes around 1 December." in text
    assert "<table" not in text


@pytest.mark.parametrize(("day", "words"), [("2026-10-31", "1 November"), ("2026-12-31", "1 January")])
def test_the_first_invoice_comes_on_the_first_of_the_next_month(reader, bob, day, words):
    with time_machine.travel(f"{day}T10:00Z", tick=False):
        assert f"Your first invoice comes around {words}." in text_of(reader(bob).get(URL))


def test_amounts_in_another_currency_are_shown_and_not_added_up(reader, bea, noordkaai):
    factories.InvoiceFactory(customer=noordkaai, currency="USD", due_on=date(2026, 11, 1))
    response = reader(bea).get(URL)
    assert "US$121.00" in text_of(response)
    assert response.context["counts"].to_pay == 0
    assert response.context["chart"] is None


def test_only_who_may_pay_is_offered_to(reader, bob, bea, invoices):
    assert 'name="invoice"' not in text_of(reader(bob).get(URL))
    text = text_of(reader(bea).get(URL))
    assert text.count('name="invoice"') == 4


def test_what_is_swapped_in_is_what_a_fresh_page_shows(reader, bob, invoices):
    client = reader(bob)
    answer = client.get("/invoices/?view=overdue", headers=HTMX)
    assert "<html" not in answer.content.decode()
    page = apply(page_of(client.get(URL)), answer, target="#invoices", select="#invoices", swap="outerMorph")
    assert_same(page, client.get("/invoices/?view=overdue"), "#invoices")
    noisy = client.get("/invoices/?q=v-1&account=&period=&kind=", headers=HTMX)
    assert noisy["HX-Push-Url"] == "/invoices/?q=v-1"


def test_the_number_of_questions_does_not_grow(reader, bob, noordkaai, invoices, django_assert_max_num_queries):
    factories.InvoiceFactory.create_batch(20, customer=noordkaai)
    client = reader(bob)
    with django_assert_max_num_queries(12):
        response = client.get(URL)
    assert len(response.content) < 60_000


def test_a_line_shows_what_the_newest_invoices_charge_for_it(reader, bob, bea, noordkaai, invoices, depot):
    line = factories.LineFactory(customer=noordkaai)
    factories.InvoiceLineFactory(invoice=invoices["later"], line=line, number=line.number, price=Decimal("19.00"))
    factories.InvoiceLineFactory(invoice=invoices["later"], line=line, number=line.number, price=Decimal("2.50"))
    factories.InvoiceLineFactory(invoice=invoices["credit"], line=line, number=line.number, price=Decimal("4.00"))
    url = f"/sims/{line.public_id}/?tab=billing"
    text = text_of(reader(bob).get(url))
    assert "€21.50" in text
    assert "-€4.00" in text
    assert "V-1" not in text
    limit(bea, depot)
    assert "No invoice has charged for this line yet." in text_of(reader(bea).get(url))
