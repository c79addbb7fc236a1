"""One invoice: amounts, how to pay, what it charges per number, what changed and why, who sees it."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.enums import ChargeKind, InvoiceKind
from billing.models import InvoiceLine, InvoiceVat
from fleetportal.web.formatting import NBSP
from sims.history import begin_histories
from sims.models import LineFact
from tests import factories
from tests.htmx import apply, assert_same, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("november")]

ONE, TWO, THREE, FOUR = (f"+3246800000{n}" for n in "1234")
PLAN, OPTION, USAGE = ChargeKind.PLAN, ChargeKind.OPTION, ChargeKind.USAGE


def charge(invoice, number, kind, net, description="Mobile Pro", **fields):
    return factories.InvoiceLineFactory(
        invoice=invoice, number=number, kind=kind, price=Decimal(net), description=description, **fields
    )


@pytest.fixture
def pair(noordkaai, zuidpark):
    """October after September on one account, with what lies between them: another plan, new, gone, more use."""
    account = factories.BillingAccountFactory(customer=noordkaai)
    other = factories.BillingAccountFactory(customer=noordkaai)
    centre = factories.CostCentreFactory(customer=noordkaai, code="4000", name="Sales")

    def invoice(number, month, account=account, **fields):
        start, end = date(2026, month, 1), date(2026, month, 30)
        fields = {"period_start_on": start, "period_end_on": end, "issued_on": end, **fields}
        return factories.InvoiceFactory(customer=noordkaai, billing_account=account, number=number, **fields)

    before, now = invoice("SEP-1", 9, net=Decimal(61)), invoice("OCT-1", 10, net=Decimal(97))
    charge(before, ONE, PLAN, 19)
    charge(now, ONE, PLAN, 32, "Mobile Max", cost_centre=centre, cost_centre_code="4000")
    charge(before, TWO, PLAN, 19)
    charge(before, TWO, USAGE, 4, "Roaming")
    charge(now, TWO, PLAN, 19)
    charge(now, TWO, USAGE, "14.50", "Roaming")
    charge(before, THREE, PLAN, 19)
    charge(now, FOUR, PLAN, 19)
    charge(now, "", ChargeKind.BUNDLE, "12.50", "Data 2 TB")
    charge(invoice("SEP-2", 9, other), ONE, PLAN, 999)
    theirs = factories.InvoiceFactory(customer=zuidpark, number="Z-1")
    charge(theirs, ONE, PLAN, 777)
    return before, now, theirs


def url(invoice, query="") -> str:
    return f"/invoices/{invoice.public_id}/{query}"


def text_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode().replace(NBSP, " ")


def rows_of(response) -> dict:
    assert response.status_code == 200
    return {row.title: row for row in response.context["page"]}


def test_each_number_says_what_changed_since_the_invoice_before_and_why(reader, bob, pair):
    response = reader(bob).get(url(pair[1]))
    rows = {title: (row.net, row.change, row.why) for title, row in rows_of(response).items()}
    assert rows == {
        "0468 00 00 01": ("€32.00", "+\u00a0€13.00", ["Mobile Pro → Mobile Max", "Subscriptions +\u00a0€13.00"]),
        "0468 00 00 02": ("€33.50", "+\u00a0€10.50", ["Use outside the bundle +\u00a0€10.50"]),
        "0468 00 00 03": ("€0.00", "−\u00a0€19.00", ["No longer on this invoice"]),
        "0468 00 00 04": ("€19.00", "+\u00a0€19.00", ["New on this invoice"]),
        "Not for one number": ("€12.50", "+\u00a0€12.50", ["New on this invoice"]),
    }
    kinds = {kind.kind: (kind.net, kind.before) for kind, _change, _tone in response.context["kinds"]}
    assert kinds[PLAN] == (Decimal(70), Decimal(57))
    assert kinds[USAGE] == (Decimal("14.50"), Decimal(4))
    assert response.context["previous"].number == "SEP-1"
    assert "777.00" not in text_of(response)
    assert "999.00" not in text_of(response)


@pytest.mark.parametrize(
    ("sort", "first"),
    [("", "0468 00 00 02"), ("net", "0468 00 00 03"), ("name", "0468 00 00 01"), ("-change", "0468 00 00 03")],
)
def test_numbers_are_sorted_by_amount_name_and_difference(reader, bob, pair, sort, first):
    assert next(iter(rows_of(reader(bob).get(url(pair[1], f"?sort={sort}"))))) == first


def test_the_first_invoice_of_an_account_is_compared_with_nothing(reader, bob, pair):
    response = reader(bob).get(url(pair[0]))
    assert response.context["previous"] is None
    assert "Difference" not in text_of(response)


def test_costs_stand_per_cost_centre_by_the_company_s_name(reader, bob, pair):
    rows = rows_of(reader(bob).get(url(pair[1], "?view=centres")))
    assert {title: (row.net, row.sub) for title, row in rows.items()} == {
        "4000": ("€32.00", "Sales"),
        "No cost centre": ("€65.00", ""),
    }


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("0468 00 00 02", ["Mobile Pro", "Roaming"]),
        ("roam", ["Roaming"]),
        ("4000", ["Mobile Max"]),
        ("sales", ["Mobile Max"]),
        ("14,50", ["Roaming"]),
        ("Z-1", []),
    ],
)
def test_lines_are_found_by_number_words_cost_centre_and_amount(reader, bob, pair, asked, found):
    response = reader(bob).get(url(pair[1]), {"q": asked})
    assert [row.line.description for row in response.context["page"]] == found


def test_a_number_or_a_cost_centre_leads_to_exactly_its_lines(reader, bob, pair):
    client = reader(bob)
    charge(pair[1], TWO, OPTION, "4000.00", "Calls to 0468 00 00 01")
    for view, title, expected in (
        ("numbers", "0468 00 00 01", ["Mobile Max"]),
        ("centres", "4000", ["Mobile Max"]),
        ("numbers", "0468 00 00 02", ["Mobile Pro", "Roaming", "Calls to 0468 00 00 01"]),
    ):
        row = rows_of(client.get(url(pair[1], f"?view={view}")))[title]
        response = client.get(row.url)
        assert [row.line.description for row in response.context["page"]] == expected
        chip = response.context["place"].chips[0]
        assert (chip.text.replace(NBSP, " "), chip.url) == (title, url(pair[1], "?view=lines"))
    both = client.get(url(pair[1]), {"number": TWO, "q": "roam"})
    assert [row.line.description for row in both.context["page"]] == ["Roaming"]


def test_a_number_names_who_had_it_at_the_end_of_the_period(reader, bob, noordkaai, pair):
    line = factories.LineFactory(customer=noordkaai, number=TWO, subscriber__last_name="Vandaag")
    begin_histories([line])
    facts = LineFact.objects.for_customer(noordkaai).filter(line=line, kind="subscriber")
    facts.update(since="2026-11-05T00:00Z")
    facts.create(
        customer=noordkaai,
        line=line,
        kind="subscriber",
        value="Toen Wel",
        since="2026-01-01T00:00Z",
        until="2026-11-05T00:00Z",
    )
    InvoiceLine.objects.for_customer(noordkaai).filter(number=TWO).update(line=line)
    text = text_of(reader(bob).get(url(pair[1])))
    assert "Toen Wel" in text
    assert "Vandaag" not in text


def test_amounts_and_how_to_pay_stand_on_the_page(reader, bea, noordkaai):
    invoice = factories.InvoiceFactory(
        customer=noordkaai, net=Decimal("100.00"), vat=Decimal("19.00"), paid=Decimal("20.00"), reference="202610400717"
    )
    for rate, net, vat in ((21, 80, "16.80"), ("5.5", 20, "2.20")):
        InvoiceVat.objects.create(
            customer=noordkaai, invoice=invoice, category="S", rate=Decimal(rate), net=net, vat=Decimal(vat)
        )
    text = text_of(reader(bea).get(url(invoice)))
    for words in (
        "€99.00",
        "VAT 21% on €80.00",
        "VAT 5.5% on €20.00",
        "€119.00",
        "+++202/6104/00717+++",
        "BE71 0961 2345 6769",
    ):
        assert words in text, words
    assert 'data-copy="BE71096123456769"' in text


def test_a_credit_note_and_its_invoice_lead_to_each_other(reader, bob, noordkaai):
    invoice = factories.InvoiceFactory(customer=noordkaai, credited=Decimal("12.10"))
    credit = factories.InvoiceFactory(
        customer=noordkaai,
        kind=InvoiceKind.CREDIT_NOTE,
        net=Decimal(10),
        vat=Decimal("2.10"),
        corrects=invoice,
        corrects_number=invoice.number,
        billing_account=invoice.billing_account,
    )
    client = reader(bob)
    assert url(credit) in text_of(client.get(url(invoice)))
    text = text_of(client.get(url(credit)))
    assert url(invoice) in text
    assert "Account to pay to" not in text


def test_the_way_back_leads_to_the_list_as_it_was(reader, bob, pair):
    response = reader(bob).get(url(pair[1], "?list=view%3Doverdue%26q%3Dabc%26evil%3D1"))
    assert response.context["back_url"] == "/invoices/?q=abc&view=overdue"


def test_what_is_swapped_in_is_what_a_fresh_page_shows(reader, bob, pair):
    client = reader(bob)
    htmx = {"HX-Request": "true", "HX-Request-Type": "full", "HX-Target": "section#charges"}
    answer = client.get(url(pair[1], "?view=lines"), headers=htmx)
    page = apply(page_of(client.get(url(pair[1]))), answer, target="#charges", select="#charges", swap="outerMorph")
    assert_same(page, client.get(url(pair[1], "?view=lines")), "#charges")


@pytest.mark.parametrize("query", ["", "?view=centres", "?view=lines", "?q=mobile"])
def test_five_thousand_lines_cost_no_more_questions_and_a_small_page(reader, bob, noordkaai, pair, query):
    client = reader(bob)

    def questions() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            size = len(client.get(url(pair[1], query)).content)
        return len(queries), size

    few, _size = questions()
    many = [
        InvoiceLine(
            customer=noordkaai,
            invoice=pair[1],
            position=n,
            line_number=str(n),
            description=f"Mobile Pro {n}",
            kind=PLAN,
            number=f"+324700{n // 3:05d}",
            cost_centre_code=str(n // 10),
            price=1,
            net=1,
            vat_category="S",
            vat_rate=21,
        )
        for n in range(10_000, 15_000)
    ]
    InvoiceLine.objects.bulk_create(many)
    count, size = questions()
    assert count == few <= 12
    assert size < 60_000
