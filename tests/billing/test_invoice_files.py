"""What leaves the portal about one invoice: the XML as it came in, its lines as a workbook."""

import pytest

from billing.enums import AuditKind, DocumentSource
from billing.models import InvoiceDocument
from tests import factories
from tests.audit.expect import expect_audit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("november")]

XML = b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\r\n<Invoice>caf\xc3\xa9</Invoice>\n'


@pytest.fixture
def invoice(noordkaai):
    found = factories.InvoiceFactory(customer=noordkaai, number="2026/10-0402")
    InvoiceDocument.objects.create(
        customer=noordkaai, invoice=found, xml=XML, sha256="ab" * 32, source=DocumentSource.FEED
    )
    return found


def test_the_xml_leaves_byte_for_byte_as_a_download_that_is_recorded(reader, bob, noordkaai, invoice):
    response = reader(bob).post(f"/invoices/{invoice.public_id}/ubl/")
    assert response.content == XML
    assert response["Content-Type"] == "application/xml"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == 'attachment; filename="2026-10-0402.xml"'
    event = expect_audit(AuditKind.INVOICE_XML_FETCHED, customer=noordkaai, subject=invoice, by=bob)
    assert event.after == {"sha256": "ab" * 32}


def test_an_invoice_without_xml_has_none_to_take(reader, bob, noordkaai):
    bare = factories.InvoiceFactory(customer=noordkaai)
    assert reader(bob).post(f"/invoices/{bare.public_id}/ubl/").status_code == 404
