"""Documents that come at the same time: the same one twice is one invoice, a credit note finds its invoice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from billing.models import Invoice
from fleetportal.ubl.documents import Document
from fleetportal.web.errors import Refusal
from tests.ubl import samples

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("account")]


def at_once(taken, *documents: Document) -> list[str]:
    """What each of them came to, begun at the same moment."""
    ready = Barrier(len(documents))

    def run(document: Document) -> str:
        try:
            ready.wait(timeout=20)
            return str(taken(document).pk)
        except Refusal as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(documents)) as pool:
        return list(pool.map(run, documents))


def test_the_same_document_twice_is_one_invoice(noordkaai, taken):
    outcomes = at_once(taken, *[samples.document()] * 4)
    assert len(set(outcomes)) == 1
    assert Invoice.objects.for_customer(noordkaai).count() == 1


def test_two_documents_of_one_number_are_one_invoice_and_one_refusal(noordkaai, taken):
    outcomes = at_once(taken, samples.document(), samples.document(samples.charge("20.00")))
    assert sorted(outcome.isdecimal() for outcome in outcomes) == [False, True]
    assert Invoice.objects.for_customer(noordkaai).count() == 1


def test_an_invoice_and_its_credit_notes_find_each_other(noordkaai, taken):
    notes = [samples.credit_note(samples.charge("1.00"), number=f"2026-10-0001-{n}") for n in range(3)]
    at_once(taken, notes[0], samples.document(samples.charge("100.00")), *notes[1:])
    invoice = Invoice.objects.for_customer(noordkaai).get(number="2026-10-0001")
    assert str(invoice.credited) == "3.63" and invoice.credit_notes.count() == 3
