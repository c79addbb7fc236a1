"""The staff take in files, look at what came in, and fetch the document as it came; nobody else does."""

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now

from billing.enums import AuditKind
from billing.models import BillCursor, Invoice, RefusedBill
from tests import factories
from tests.audit.expect import expect_audit
from tests.ubl import samples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
LIST, UPLOAD = "/admin/billing/invoice/", "/admin/billing/invoice/upload/"


@pytest.fixture
def clerk():
    return factories.UserFactory(is_staff=True, is_superuser=True, language="en")


@pytest.fixture
def staff(client_for, clerk):
    return client_for(clerk)


def upload(client, **files: bytes):
    return client.post(UPLOAD, {"documents": [SimpleUploadedFile(f"{name}.xml", xml) for name, xml in files.items()]})


def test_every_file_has_its_own_outcome(staff, clerk, noordkaai):
    page = upload(staff, good=samples.xml(), again=samples.xml(), bad=b"%PDF", empty=b"")
    outcomes = {o.file_name: o for o in page.context["outcomes"]}
    assert outcomes["good.xml"].imported.is_new and not outcomes["again.xml"].imported.is_new
    text = page.content.decode()
    for sentence in ("Was there already", "This file is not XML", "This file is empty", "22.99 EUR"):
        assert sentence in text
    invoice = Invoice.objects.for_customer(noordkaai).get()
    event = expect_audit(AuditKind.INVOICE_IMPORTED, subject=invoice, by=clerk)
    assert event.after["source"] == "upload"


def test_without_a_file_the_form_says_so(staff):
    page = staff.post(UPLOAD, {})
    assert page.context["form"].errors["documents"] and not page.context["outcomes"]


def test_the_document_is_handed_out_as_it_came_and_rows_are_not_changed(staff, noordkaai):
    upload(staff, good=samples.xml())
    pk = Invoice.objects.for_customer(noordkaai).get().pk
    document = staff.get(f"{LIST}{pk}/document/")
    assert document.content == samples.xml()
    assert document["Content-Disposition"] == 'attachment; filename="2026-10-0001.xml"'
    assert "SHA-256" in staff.get(f"{LIST}{pk}/change/").content.decode()
    assert staff.post(f"{LIST}{pk}/change/", {"paid": "5"}).status_code == 403
    assert staff.post(f"{LIST}{pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff.get(f"{LIST}999999/document/").status_code == 404


def test_the_lists_take_the_same_queries_however_many_rows(staff, noordkaai, zuidpark, django_assert_max_num_queries):
    for n in range(12):
        invoice = factories.InvoiceFactory(customer=noordkaai if n % 2 else zuidpark)
        factories.InvoiceLineFactory(invoice=invoice)
        RefusedBill.objects.create(customer=invoice.customer, reference=f"B{n}", reason="x")
    for name in ("invoice", "invoiceline", "refusedbill", "billcursor"):
        with django_assert_max_num_queries(9):
            page = staff.get(f"/admin/billing/{name}/")
        assert page.status_code == 200
    found = staff.get(LIST, {"q": invoice.number}).context["cl"].result_list
    assert [row.pk for row in found] == [invoice.pk]


def test_only_who_may_add_takes_in_files(client_for, owner, noordkaai):
    reader = factories.UserFactory(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_invoice"))
    client = client_for(reader)
    assert UPLOAD not in client.get(LIST).content.decode()
    assert upload(client, good=samples.xml()).status_code == 403
    assert upload(client_for(owner), good=samples.xml()).status_code == 302
    assert not Invoice.objects.for_customer(noordkaai).exists()
    reader.user_permissions.clear()
    invoice = factories.InvoiceFactory(customer=noordkaai)
    assert client.get(f"{LIST}{invoice.pk}/document/").status_code == 403


def test_the_operator_is_asked_again_at_once(staff, noordkaai, monkeypatch):
    woken = []
    monkeypatch.setattr("fleetportal.operators.feeds.wake", lambda task, pk, queue: woken.append(pk))
    cursor = BillCursor.objects.create(customer=noordkaai, failures=3)
    staff.post("/admin/billing/billcursor/", {"action": "ask_again", "_selected_action": cursor.pk})
    assert woken == [noordkaai.pk]
    assert BillCursor.objects.for_customer(noordkaai).filter(due_at__lte=Now()).exists()
