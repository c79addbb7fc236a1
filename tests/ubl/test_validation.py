"""The official rules decide, in their own words; the official examples are taken or refused as they were made to be."""

import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from fleetportal.ubl import validation
from fleetportal.ubl.documents import VatAmount
from fleetportal.ubl.parsing import parse
from fleetportal.ubl.reading import read
from fleetportal.ubl.validation import RulesBroken, findings_of, require_valid
from fleetportal.ubl.writing import write
from fleetportal.web.errors import Refusal
from tests.ubl import samples

NOT_PEPPOL = "PEPPOL-EN16931-R004"
EXAMPLES = Path(os.environ.get("FLEETPORTAL_SPECS", "/nowhere")) / "einvoice" / "examples"
without_examples = pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason="FLEETPORTAL_SPECS names no folder with the official examples"
)
OF_PEPPOL = ("Allowance-example", "base-creditnote-correction", "base-example", "vat-category-O")
OF_THE_NORM = ("creditnote1", "example1", "example2", "example3", "example4", "example5")
FULL = [
    samples.document(),
    samples.credit_note(due_on=date(2026, 12, 31)),
    samples.document(is_direct_debit=True),
    samples.document(
        samples.charge("29.00", phone_number="+32468123456", codes=("MOB-MAX",), period_start_on=date(2026, 10, 1)),
        samples.charge("-4.00", number="2", quantity=Decimal(-1), price=Decimal("4.00")),
        samples.charge("-2.50", number="A1", description="Korting", unit="", is_of_document=True),
        samples.charge("1.25", number="A2", description="Toeslag", unit="", is_of_document=True),
        payable=Decimal("10.00"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("document", FULL, ids=["invoice", "credit note", "direct debit", "everything"])
def test_what_is_written_keeps_the_rules_and_is_read_back_the_same(document):
    parsed = parse(write(document))
    assert findings_of(parsed) == []
    found = read(parsed)
    for name in ("number", "issued_on", "due_on", "net", "vat", "total", "payable", "corrects", "is_direct_debit"):
        assert getattr(found, name) == getattr(document, name)
    assert (found.supplier.identifiers[0], found.buyer.name) == ("0403170701", "Noordkaai Logistics NV")
    assert found.account_references == document.account_references
    assert found.payment_reference == "+++202/6104/00919+++"
    told = [(c.net, c.price, c.quantity, c.phone_number, c.codes, c.period_start_on) for c in document.charges]
    assert [(c.net, c.price, c.quantity, c.phone_number, c.codes, c.period_start_on) for c in found.charges] == told
    assert found.vat_amounts == document.vat_amounts


BROKEN = {
    "UBL 2.1": samples.xml().replace(b"<cbc:IssueDate>2026-11-01</cbc:IssueDate>", b""),
    "BR-CO-15": samples.xml(total=Decimal("99.99"), payable=Decimal("99.99")),
    "BR-CO-10": samples.xml(net=Decimal("18.00")),
    "BR-S-08": samples.xml(vat_amounts=(VatAmount("S", Decimal(21), Decimal(18), Decimal("3.99")),)),
    "PEPPOL-EN16931-R003": samples.xml(account_references=()),
    NOT_PEPPOL: samples.xml().replace(b"#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0", b""),
    "PEPPOL-COMMON-R043": samples.xml().replace(b"0403019261", b"0403019262"),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_refuses_in_its_own_words(rule):
    with pytest.raises(RulesBroken) as refused:
        require_valid(parse(BROKEN[rule]))
    broken = next(finding for finding in refused.value.findings if finding.rule == rule)
    assert broken.text in str(refused.value) and len(broken.text) > 20
    assert rule in str(refused.value)


def test_what_no_schema_allows_is_not_asked_of_the_rules_too():
    findings = findings_of(parse(BROKEN["UBL 2.1"]))
    assert {finding.rule_set for finding in findings} == {"UBL 2.1"}
    assert "IssueDate" in findings[0].text and "urn:oasis" not in findings[0].text


@without_examples
def test_every_official_example_is_named_here():
    named = {f"peppol_{name}" for name in OF_PEPPOL} | {f"en_ubl-tc434-{name}" for name in OF_THE_NORM}
    assert {path.stem for path in EXAMPLES.glob("*.xml")} == named


@without_examples
@pytest.mark.parametrize("name", OF_PEPPOL)
def test_the_examples_of_peppol_are_taken(name):
    parsed = parse((EXAMPLES / f"peppol_{name}.xml").read_bytes())
    require_valid(parsed)
    document = read(parsed)
    assert document.charges and document.total == document.net + document.vat
    assert sum(charge.net for charge in document.charges) == document.net


@without_examples
@pytest.mark.parametrize("name", OF_THE_NORM)
def test_the_examples_of_the_bare_norm_break_no_rule_of_it_but_are_not_peppol(name):
    parsed = parse((EXAMPLES / f"en_ubl-tc434-{name}.xml").read_bytes())
    with pytest.raises(RulesBroken) as refused:
        require_valid(parsed)
    broken = {(finding.rule_set, finding.rule) for finding in refused.value.findings}
    assert ("Peppol BIS 3.0", NOT_PEPPOL) in broken
    assert {rule_set for rule_set, _rule in broken} == {"Peppol BIS 3.0"}
    document = read(parsed)
    assert sum(charge.net for charge in document.charges) == document.net


def playing(process: validation.RulesProcess, program: str) -> subprocess.Popen:
    """Something else in the place of the rules."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
    process.running = subprocess.Popen([sys.executable, "-c", program], **pipes)
    return process.running


@pytest.fixture
def process():
    made = validation.RulesProcess()
    yield made
    made.stop()
    assert made.running is None


def test_a_document_that_takes_too_long_is_refused_and_its_process_ended(process, monkeypatch):
    monkeypatch.setattr(validation, "SECONDS", 0.1)
    slow = playing(process, "import time; time.sleep(600)")
    with pytest.raises(Refusal, match="too much time or memory"):
        process.ask("<x/>")
    assert slow.returncode and process.running is None


def test_a_process_that_breaks_down_refuses(process):
    broken = playing(process, "import os, sys; sys.stdin.read(1); os.abort()")
    with pytest.raises(Refusal, match="too much time or memory"):
        process.ask("<x/>")
    assert broken.returncode and process.running is None


def test_one_that_ends_for_want_of_work_as_it_is_asked_is_followed_by_another(process):
    ending = playing(process, "import sys; sys.stdin.read(1)")
    assert process.ask(samples.xml().decode()) == []
    assert ending.returncode == 0 and process.running is not ending
