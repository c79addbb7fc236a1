"""``import_invoices`` reports every sample exactly, twice the same, and names what it refused."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from accounts.models import Customer
from billing.enums import ChargeKind
from billing.models import Invoice
from billing.queries.import_report import report_of
from billing.services.imports import Kept, take_in
from fleetportal.audit.models import AuditEvent
from fleetportal.ubl.parsing import parse
from fleetportal.ubl.reading import read
from tests import factories
from tests.billing.conftest import BY
from tests.ubl import samples

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def accounts(noordkaai: Customer) -> None:
    for number in ("1000234", "1000235", "1000236"):
        factories.BillingAccountFactory(customer=noordkaai, number=number)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An invoice, and its credit note, of which the name comes first."""
    for name in ("2026-10-4009", "2026-10-4009-C"):
        (tmp_path / f"{name}.xml").write_bytes(samples.sample(name))
    (tmp_path / "notes.txt").write_text("not an invoice")
    return tmp_path


def command(*arguments: object) -> tuple[list[dict], str]:
    out, err = StringIO(), StringIO()
    call_command("import_invoices", *map(str, arguments), "--json", stdout=out, stderr=err)
    return json.loads(out.getvalue()), err.getvalue()


def test_a_folder_gives_the_expected_figures_twice(folder, noordkaai):
    wanted = [samples.expected()[name] for name in ("2026-10-4009", "2026-10-4009-C")]
    reports, progress = command(folder)
    assert reports == wanted
    assert "2 of 2: 2026-10-4009-C.xml" in progress
    events = AuditEvent.objects.count()
    assert command(folder)[0] == wanted
    assert AuditEvent.objects.count() == events
    invoice = Invoice.objects.for_customer(noordkaai).get(number="2026-10-4009")
    assert str(invoice.credited) == "60.50"
    assert invoice.lines.aggregate(sum=Sum("net"))["sum"] == invoice.net
    assert set(invoice.lines.values_list("kind", flat=True)) == {ChargeKind.PLAN, ChargeKind.USAGE}
    assert not invoice.lines.filter(number="").exists()


@pytest.mark.parametrize("number", [n for n in samples.expected() if not n.startswith("2026-10-4009")])
def test_every_sample_comes_to_its_expected_figures(number):
    xml = samples.sample(number)
    done = take_in(document=read(parse(xml)), kept=Kept(xml, "0" * 64, "file", ""), by=BY)
    assert report_of(done.invoice, file_name=f"{number}.xml") == samples.expected()[number]


def test_refused_files_are_named_with_their_reasons_and_the_others_are_taken(tmp_path, noordkaai):
    (tmp_path / "a.xml").write_bytes(b"%PDF")
    (tmp_path / "b.xml").write_bytes(samples.xml())
    (tmp_path / "c.XML").write_bytes(samples.xml(number="2026-10-0002", account_references=("77",)))
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("import_invoices", str(tmp_path), str(tmp_path / "gone.xml"), stdout=out, stderr=err)
    lines = str(refused.value).splitlines()
    assert lines[0] == "Not taken in: 3 of 4"
    assert lines[1] == "a.xml: This file is not XML. An invoice is an XML file in UBL 2.1."
    assert "no billing account “77”" in lines[2] and lines[3].startswith("gone.xml: No such file")
    assert out.getvalue() == "b.xml: Invoice 2026-10-0001, 1 lines, 22.99 EUR\n"
    assert Invoice.objects.for_customer(noordkaai).count() == 1


def test_a_file_that_is_too_large_is_not_even_read(tmp_path, settings, monkeypatch):
    settings.INVOICE_MAX_BYTES = 1024 * 1024
    path = tmp_path / "large.xml"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    monkeypatch.setattr(Path, "read_bytes", lambda _path: pytest.fail("it was read"))
    with pytest.raises(CommandError, match="too large: 100 MB"):
        call_command("import_invoices", str(path), stdout=StringIO(), stderr=StringIO())
