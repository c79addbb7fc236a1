"""The PDF says what the invoice says, to the cent, and only who asked for it gets it."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from billing.enums import AuditKind, ChargeKind, InvoiceKind
from billing.models import Invoice, InvoiceVat
from billing.paper import invoice_pdf, payment_code
from billing.queries import invoice_paper
from billing.services.papers import start_pdf
from fleetportal.audit.actors import Actor
from fleetportal.jobs import services as jobs
from fleetportal.jobs.models import Job
from fleetportal.web import formatting
from fleetportal.web.formatting import NBSP
from tests import factories
from tests.audit.expect import expect_audit
from tests.pdf import is_tagged, text_of
from tests.ubl import samples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("november")]


@pytest.fixture
def invoice(noordkaai):
    found = factories.InvoiceFactory(
        customer=noordkaai,
        number="2026-10-0402",
        net=Decimal("1260.90"),
        vat=Decimal("264.79"),
        reference="202610400717",
        paid=Decimal("25.69"),
    )
    InvoiceVat.objects.create(
        customer=noordkaai, invoice=found, category="S", rate=Decimal(21), net=found.net, vat=found.vat
    )
    days = {"period_start_on": date(2026, 10, 1), "period_end_on": date(2026, 10, 31)}
    for number, kind, net, words in (
        ("+32468000001", ChargeKind.PLAN, "19.00", "Mobile Pro"),
        ("+32468000001", ChargeKind.USAGE, "7.40", "Zoë <b>Čapek</b> & co"),
        ("", ChargeKind.BUNDLE, "1234.50", "Data 2 TB"),
    ):
        factories.InvoiceLineFactory(
            invoice=found,
            number=number,
            kind=kind,
            price=Decimal(net),
            description=words,
            cost_centre_code="4000",
            **days,
        )
    return found


def words_of(pdf: bytes) -> str:
    """Spaces of any kind as one."""
    return re.sub(r"\s+", " ", text_of(pdf).replace(NBSP, " "))


def test_the_pdf_holds_every_figure_of_the_document(invoice):
    with translation.override("nl"):
        pdf = invoice_pdf(invoice)
    text = words_of(pdf)
    for figure in (
        "2026-10-0402", "€ 1.260,90", "€ 264,79", "€ 1.525,69", "€ 1.500,00", "+++202/6104/00717+++",
        "BE71 0961 2345 6769", "0468 00 00 01", "€ 26,40", "€ 19,00", "€ 7,40", "€ 1.234,50", "01/10/2026",
        "Noordzee Mobiel NV", "Noordkaai Logistics NV", "0403.019.261",
    ):  # fmt: skip
        assert figure in text, figure
    assert "<b>" in text
    assert is_tagged(pdf)


def test_the_pdf_speaks_the_language_it_is_asked_in(invoice):
    with translation.override("fr"):
        text = words_of(invoice_pdf(invoice))
    assert "Facture 2026-10-0402" in text
    assert "1 525,69 €" in text


def test_lines_that_are_too_many_to_print_are_said_to_stand_elsewhere(invoice, monkeypatch):
    monkeypatch.setattr(invoice_paper, "MOST_LINES", 2)
    with translation.override("en"):
        text = words_of(invoice_pdf(invoice))
    assert "This document has 3 lines." in text
    assert "Mobile Pro" not in text
    assert "€1,260.90" in text


def test_the_code_pays_what_is_left_with_the_structured_communication(invoice, monkeypatch):
    asked = {}
    monkeypatch.setattr("billing.paper.segno.helpers.make_epc_qr", lambda **fields: asked.update(fields) or Code())
    assert payment_code(invoice) == "data:image/svg+xml,x"
    assert asked == {
        "name": "Noordzee Mobiel NV",
        "iban": "BE71096123456769",
        "amount": Decimal("1500.00"),
        "text": "+++202/6104/00717+++",
        "encoding": "utf-8",
    }


class Code:
    def svg_data_uri(self, **options) -> str:
        return "data:image/svg+xml,x"


@pytest.mark.parametrize(
    "fields",
    [{"paid": Decimal("1525.69")}, {"is_direct_debit": True}, {"iban": ""}, {"currency": "USD"},
     {"kind": InvoiceKind.CREDIT_NOTE}],
)  # fmt: skip
def test_there_is_no_code_where_nothing_is_transferred(invoice, fields):
    for name, value in fields.items():
        setattr(invoice, name, value)
    assert payment_code(invoice) == ""


def test_the_pdf_is_made_by_a_task_and_fetched_by_who_asked_for_it(reader, bob, bea, noordkaai, invoice):
    client = reader(bob)
    response = client.post(f"/invoices/{invoice.public_id}/pdf/")
    job = Job.objects.for_customer(noordkaai).get()
    assert response.url == f"/jobs/{job.pk}/"
    jobs.run(job.pk)
    result = client.get(f"/jobs/{job.pk}/result/")
    assert b"".join(result.streaming_content).startswith(b"%PDF-1.7")
    assert result["Content-Disposition"] == 'attachment; filename="2026-10-0402.pdf"'
    job.refresh_from_db()
    assert job.done == job.total > 0
    expect_audit(AuditKind.INVOICE_PDF_MADE, customer=noordkaai, subject=invoice, by=bob)
    assert reader(bea).get(f"/jobs/{job.pk}/").status_code == 404
    assert reader(bea).get(f"/jobs/{job.pk}/result/").status_code == 404
    assert "2026-10-0402" not in reader(bea).get("/jobs/").content.decode()


def test_a_document_that_cannot_be_made_leaves_no_file(noordkaai, bob, invoice, monkeypatch, tmp_path):
    monkeypatch.setattr("billing.jobs.temporary_file", lambda suffix: tmp_path / f"made{suffix}")
    (tmp_path / "made.pdf").touch()
    monkeypatch.setattr("billing.jobs.invoice_pdf", lambda *_args, **_fields: 1 / 0)
    job = start_pdf(invoice=invoice, name="x.pdf", by=Actor.user(bob))
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert list(tmp_path.iterdir()) == []


def test_figures_of_the_pdf_are_those_of_the_xml(taken, account):
    charges = [
        samples.charge(net, number=str(n), description=f"Regel {n}", phone_number=f"+3246820{n:04d}")
        for n, net in enumerate(("19.00", "1234.56", "-7.50", "0.01"), start=1)
    ]
    document = samples.document(*charges)
    invoice = taken(document)
    invoice = Invoice.objects.for_customer(invoice.customer).select_related("customer", "billing_account").get()
    with translation.override("nl"):
        text = words_of(invoice_pdf(invoice))
        amounts = (document.net, document.vat, document.total, document.payable, *(one.net for one in charges))
        for amount in amounts:
            assert formatting.eur(amount).replace(NBSP, " ") in text, amount
    for one in charges:
        assert f"21 % {one.description}" in text
    assert document.payment_reference in text
