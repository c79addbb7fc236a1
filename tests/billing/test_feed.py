"""The operator's invoices are taken in once, nothing is left out, and what is refused holds nothing up."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.db.models.functions import Now

from billing import tasks
from billing.enums import AuditKind, DocumentSource
from billing.models import BillCursor, Invoice, InvoiceDocument, RefusedBill
from billing.services import feed
from fleetportal.operators.contract import (
    Bill,
    BillPage,
    Busy,
    ContractError,
    OperatorLine,
    Rejected,
    ServiceStatus,
    Uncertain,
)
from fleetportal.operators.registry import get_operator
from fleetportal.operators.simulator.inventory import adopt_lines
from tests import factories
from tests.audit.expect import expect_audit
from tests.ubl import samples

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]


class Sending:
    """An operator that has these documents, one a page; the cursor is the number of the next one."""

    def __init__(self, *documents: bytes) -> None:
        self.documents = documents
        self.asked: list[str] = []
        self.before: Callable[[str], None] = lambda cursor: None

    def bills(self, customer_reference: str, cursor: str) -> BillPage:
        self.asked.append(cursor)
        self.before(cursor)
        n = int(cursor or 0)
        here = self.documents[n : n + 1]
        found = tuple(Bill(f"B{n}", f"number {n}", "1", date(2026, 11, 1)) for _document in here)
        return BillPage(found, str(min(n + 1, len(self.documents))), is_last=n + 1 >= len(self.documents))

    def bill_document(self, reference: str) -> bytes:
        return self.documents[int(reference[1:])]


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def pull(customer, operator) -> bool:
    BillCursor.objects.for_customer(customer).update_or_create(customer=customer, defaults={"due_at": Now()})
    return feed.pull(customer=customer, operator=operator, seconds=60)


def numbers(customer) -> set[str]:
    return set(Invoice.objects.for_customer(customer).values_list("number", flat=True))


def cursor_of(customer) -> BillCursor:
    return BillCursor.objects.for_customer(customer).get()


def test_everything_new_is_taken_in_and_the_next_turn_goes_on_from_there(noordkaai):
    operator = Sending(samples.xml(), samples.write(samples.credit_note()))
    assert pull(noordkaai, operator) is False
    assert numbers(noordkaai) == {"2026-10-0001", "2026-10-0001-C"}
    sources = InvoiceDocument.objects.for_customer(noordkaai).values_list("source", flat=True)
    assert set(sources) == {DocumentSource.FEED}
    expect_audit(AuditKind.INVOICE_IMPORTED, customer=noordkaai, count=2)
    operator.documents += (samples.xml(number="2026-11-0002"),)
    pull(noordkaai, operator)
    assert operator.asked == ["", "1", "2"]
    assert cursor_of(noordkaai).cursor == "3" and cursor_of(noordkaai).checked_at == NOW
    expect_audit(AuditKind.INVOICE_IMPORTED, customer=noordkaai, count=3)


def test_a_worker_that_died_before_the_cursor_moved_changes_nothing(noordkaai):
    operator = Sending(samples.xml())
    pull(noordkaai, operator)
    BillCursor.objects.for_customer(noordkaai).update(cursor="")
    pull(noordkaai, operator)
    assert numbers(noordkaai) == {"2026-10-0001"}
    expect_audit(AuditKind.INVOICE_IMPORTED, customer=noordkaai)


def test_what_is_refused_holds_nothing_up_and_is_tried_again_the_next_day(noordkaai, today):
    unknown = samples.xml(number="2026-10-0002", account_references=("555",))
    operator = Sending(b"<not an invoice", unknown, samples.xml())
    pull(noordkaai, operator)
    assert numbers(noordkaai) == {"2026-10-0001"}
    refused = {row.reference: row.reason for row in RefusedBill.objects.for_customer(noordkaai)}
    assert refused.keys() == {"B0", "B1"} and "555" in refused["B1"]

    factories.BillingAccountFactory(customer=noordkaai, number="555")
    pull(noordkaai, operator)
    assert "2026-10-0002" not in numbers(noordkaai), "only a day later"
    today.shift(timedelta(days=1))
    pull(noordkaai, operator)
    assert "2026-10-0002" in numbers(noordkaai)
    assert [row.reference for row in RefusedBill.objects.for_customer(noordkaai)] == ["B0"]


def test_asked_to_do_so_it_tries_again_at_once(noordkaai):
    operator = Sending(samples.xml(account_references=("555",)))
    pull(noordkaai, operator)
    factories.BillingAccountFactory(customer=noordkaai, number="555")
    feed.ask_now(noordkaai)
    feed.pull(customer=noordkaai, operator=operator, seconds=60)
    assert numbers(noordkaai) == {"2026-10-0001"}
    assert not RefusedBill.objects.for_customer(noordkaai).exists()


def test_a_document_for_another_company_is_refused_known_or_not(noordkaai, zuidpark):
    factories.BillingAccountFactory(customer=zuidpark, number=samples.ACCOUNT)
    theirs = samples.xml(buyer=samples.ZUIDPARK)
    pull(noordkaai, Sending(theirs))
    assert not numbers(noordkaai) and not numbers(zuidpark)
    assert "ander bedrijf" in RefusedBill.objects.for_customer(noordkaai).get().reason
    pull(zuidpark, Sending(theirs))
    assert numbers(zuidpark) == {"2026-10-0001"}
    pull(noordkaai, Sending(theirs, theirs))
    assert not numbers(noordkaai) and not RefusedBill.objects.for_customer(zuidpark).exists()


@pytest.mark.parametrize(
    ("trouble", "wait"), [(Busy(300), 300), (Uncertain("no answer"), 60), (ContractError("what?"), 60)]
)
def test_trouble_keeps_what_was_taken_and_only_delays(noordkaai, trouble, wait):
    operator = Sending(samples.xml(), samples.xml(number="2026-10-0002"))

    def fail(cursor: str) -> None:
        if cursor == "1":
            raise trouble

    operator.before = fail
    pull(noordkaai, operator)
    found = cursor_of(noordkaai)
    assert (numbers(noordkaai), found.cursor, found.failures) == ({"2026-10-0001"}, "1", 1)
    assert found.error == str(trouble)
    due = BillCursor.objects.for_customer(noordkaai).filter
    assert due(due_at__gt=Now() + timedelta(seconds=wait - 30)).exists()
    assert due(due_at__lt=Now() + timedelta(seconds=wait + 30)).exists()
    operator.before = lambda cursor: None
    pull(noordkaai, operator)
    assert len(numbers(noordkaai)) == 2 and cursor_of(noordkaai).failures == 0


def test_what_the_operator_says_it_has_and_has_not_is_refused(noordkaai, monkeypatch):
    operator = Sending(b"", samples.xml())
    has = operator.bill_document

    def rejecting(reference: str) -> bytes:
        if reference == "B0":
            raise Rejected("bill_unknown", "gone")
        return has(reference)

    monkeypatch.setattr(operator, "bill_document", rejecting)
    pull(noordkaai, operator)
    assert numbers(noordkaai) == {"2026-10-0001"}
    assert "gone" in RefusedBill.objects.for_customer(noordkaai).get().reason


def test_a_page_that_takes_too_long_is_gone_on_with_in_the_next_turn(noordkaai, monkeypatch):
    operator = Sending(*(samples.xml(number=f"2026-10-000{n}") for n in range(3)))
    one_page = BillPage(tuple(Bill(f"B{n}", str(n), "1", date(2026, 11, 1)) for n in range(3)), "3", is_last=True)
    monkeypatch.setattr(operator, "bills", lambda reference, cursor: one_page)
    BillCursor.objects.create(customer=noordkaai)
    clock = SimpleNamespace(monotonic=iter([0, 1, 1, 61]).__next__)
    monkeypatch.setattr(feed, "time", clock)
    assert feed.pull(customer=noordkaai, operator=operator, seconds=60) is True
    monkeypatch.undo()
    assert len(numbers(noordkaai)) == 2 and cursor_of(noordkaai).cursor == ""
    monkeypatch.setattr(operator, "bills", lambda reference, cursor: one_page)
    assert pull(noordkaai, operator) is False
    assert len(numbers(noordkaai)) == 3 and cursor_of(noordkaai).cursor == "3"


def test_a_page_that_leads_to_itself_is_against_the_contract(noordkaai, monkeypatch):
    operator = Sending(samples.xml())
    monkeypatch.setattr(operator, "bills", lambda reference, cursor: BillPage((), cursor or "0", is_last=False))
    pull(noordkaai, operator)
    assert "leads to itself" in cursor_of(noordkaai).error


def test_while_one_worker_asks_no_other_does(noordkaai):
    operator = Sending(samples.xml())
    operator.before = lambda _cursor: feed.pull(customer=noordkaai, operator=operator, seconds=60)
    pull(noordkaai, operator)
    assert operator.asked == [""]


def test_every_company_has_its_turn_unless_it_is_switched_off(noordkaai, zuidpark, settings, monkeypatch):
    woken = []
    monkeypatch.setattr("fleetportal.operators.feeds.wake", lambda task, pk, queue: woken.append(pk))
    tasks.pull_bills()
    assert woken == [noordkaai.pk, zuidpark.pk]
    settings.INVOICE_FEED_MINUTES = 0
    assert feed.sweep() == 0
    settings.INVOICE_FEED_MINUTES = 60
    can = get_operator().capabilities()
    monkeypatch.setattr(type(get_operator()), "capabilities", lambda self: replace(can, has_bills=False))
    assert feed.sweep() == 0


def test_the_simulated_operator_is_told_whom_it_bills_and_its_invoice_comes_in(noordkaai, today):
    plan = factories.TariffPlanFactory(customer=noordkaai, code="MOB-PRO")
    line = factories.LineFactory(customer=noordkaai, plan=plan, number="+32468000001", cost_centre__code="4120")
    row = OperatorLine(line.number, line.sim.iccid, ServiceStatus.ACTIVE, "MOB-PRO", billing_account=samples.ACCOUNT)
    adopt_lines("0403019261", [row])
    BillCursor.objects.create(customer=noordkaai)
    tasks.pull_bills_of(noordkaai.pk)
    assert not numbers(noordkaai)
    today.move_to(NOW + timedelta(days=20))
    BillCursor.objects.for_customer(noordkaai).update(due_at=Now())
    tasks.pull_bills_of(noordkaai.pk)
    invoice = Invoice.objects.for_customer(noordkaai).get()
    assert invoice.issued_on == date(2026, 12, 1) and invoice.billing_account.number == samples.ACCOUNT
    charge = invoice.lines.get(kind="plan")
    assert (charge.line, charge.cost_centre, str(charge.net)) == (line, line.cost_centre, "19.00")
