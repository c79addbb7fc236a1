"""What the rules leave open is read as people mean it, and bounded."""

import pytest

from fleetportal.ubl.documents import Document
from fleetportal.ubl.parsing import parse
from fleetportal.ubl.reading import read
from fleetportal.web.errors import Refusal
from tests.ubl import samples

LINE_CENTRE = b"<cbc:AccountingCost>4120</cbc:AccountingCost>"
PRICE = b'<cbc:PriceAmount currencyID="EUR">19.00</cbc:PriceAmount>'


def changed(xml: bytes, *changes: tuple[bytes, bytes]) -> Document:
    for before, after in changes:
        assert before in xml
        xml = xml.replace(before, after)
    return read(parse(xml))


def test_the_cost_centre_of_the_document_counts_where_a_line_has_none():
    header = b"<cbc:AccountingCost>9000</cbc:AccountingCost><cbc:BuyerReference>"
    found = changed(samples.xml(), (LINE_CENTRE, b""), (b"<cbc:BuyerReference>", header))
    assert found.charges[0].cost_centre == "9000"
    assert found.account_references == (samples.ACCOUNT, "9000")
    assert changed(samples.xml(), (b"<cbc:BuyerReference>", header)).charges[0].cost_centre == "4120"


def test_a_price_for_many_is_the_price_of_one():
    base = b'<cbc:BaseQuantity unitCode="MON">100</cbc:BaseQuantity>'
    assert str(changed(samples.xml(), (PRICE, PRICE + base)).charges[0].price) == "0.190000"


def test_one_of_several_means_of_payment_collects():
    second = b"<cac:PaymentMeans><cbc:PaymentMeansCode>49</cbc:PaymentMeansCode></cac:PaymentMeans><cac:TaxTotal>"
    found = changed(samples.xml(), (b"<cac:TaxTotal>", second))
    assert found.is_direct_debit and found.iban == "BE71096123456769"


def test_a_credit_note_about_two_invoices_is_about_none_in_particular():
    other = (
        b"<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>2026-09-0001</cbc:ID>"
        b"</cac:InvoiceDocumentReference></cac:BillingReference><cac:AccountingSupplierParty>"
    )
    xml = samples.write(samples.credit_note())
    assert read(parse(xml)).corrects == "2026-10-0001"
    assert changed(xml, (b"<cac:AccountingSupplierParty>", other)).corrects == ""


def test_vat_in_another_currency_is_not_added():
    other = (
        b'<cac:TaxTotal><cbc:TaxAmount currencyID="DKK">29.00</cbc:TaxAmount></cac:TaxTotal><cac:LegalMonetaryTotal>'
    )
    found = changed(samples.xml(), (b"<cac:LegalMonetaryTotal>", other))
    assert (str(found.vat), len(found.vat_amounts)) == ("3.99", 1)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (PRICE, PRICE.replace(b"19.00", b"1" + b"0" * 30), "too large"),
        (PRICE, PRICE + b'<cbc:BaseQuantity unitCode="MON">0.0001</cbc:BaseQuantity>', None),
        (
            PRICE,
            PRICE.replace(b"19.00", b"9" * 10) + b'<cbc:BaseQuantity unitCode="MON">0.0001</cbc:BaseQuantity>',
            "too large",
        ),
        (b"<cbc:Percent>21</cbc:Percent>", b"<cbc:Percent>1000</cbc:Percent>", "too large"),
        (b"<cbc:ID>2026-10-0001</cbc:ID>", b"<cbc:ID>" + b"1" * 61 + b"</cbc:ID>", "longer than 60"),
        (b"<cbc:IssueDate>2026-11-01<", b"<cbc:IssueDate>2026-11-31<", "not a day of the calendar"),
    ],
    ids=["price", "price of one", "price of one too large", "rate", "number", "day"],
)
def test_what_cannot_be_stored_is_refused(before, after, reason):
    if reason is None:
        assert changed(samples.xml(), (before, after)).charges[0].price == 190_000
        return
    with pytest.raises(Refusal, match=reason):
        changed(samples.xml(), (before, after))
