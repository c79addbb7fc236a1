"""The demo's year of invoices: on every day one is due, one overdue, some collected, one credited, the others paid."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db.models import F, Sum
from django.utils import timezone

from accounts.models import BillingAccount
from billing.enums import ChargeKind, InvoiceKind
from billing.models import BillCursor, Invoice
from billing.services.demo import add_invoices
from billing.services.reconciling import wrong_invoices
from fleetportal.operators.contract import OperatorLine, ServiceStatus
from fleetportal.operators.simulator.inventory import adopt_lines
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def fleet(noordkaai):
    plan = factories.TariffPlanFactory(customer=noordkaai, code="MOB-PRO")
    for n in range(9):
        account = noordkaai_account(noordkaai, n % 3)
        line = factories.LineFactory(
            customer=noordkaai, plan=plan, number=f"+3246800000{n}", billing_account=account, cost_centre__code=f"4{n}"
        )
        row = OperatorLine(line.number, line.sim.iccid, ServiceStatus.ACTIVE, "MOB-PRO", billing_account=account.number)
        adopt_lines("0403019261", [row])
    return noordkaai


def noordkaai_account(customer, n):
    return BillingAccount.objects.for_customer(customer).get_or_create(customer=customer, number=f"100023{n}")[0]


@pytest.mark.parametrize("day", ["2026-11-28", "2027-01-01", "2027-03-01", "2026-12-31"])
def test_it_has_one_of_everything_whatever_the_day(fleet, day):
    with time_machine.travel(datetime.fromisoformat(f"{day}T10:00+01:00")):
        add_invoices(fleet, None, None)
        today = timezone.localdate()
        mine = Invoice.objects.for_customer(fleet)
        invoices = mine.filter(kind=InvoiceKind.INVOICE)
        assert invoices.count() == 36 and len(set(invoices.values_list("issued_on", flat=True))) == 12
        left = list(invoices.filter(payable__gt=F("paid") + F("credited")).order_by("issued_on", "pk"))
        assert [invoice.due_on < today for invoice in left] == [True, False, False]
        assert [invoice.is_direct_debit for invoice in left] == [False, False, True]
        note = mine.get(kind=InvoiceKind.CREDIT_NOTE)
        assert note.corrects == left[1] and left[1].credited == note.payable > 0
        assert wrong_invoices() == []
        assert BillCursor.objects.for_customer(fleet).get().cursor
        assert mine.filter(imported_at__lt=timezone.now() - timedelta(days=300)).exists()


def test_its_rows_are_told_apart_and_sum_up(fleet):
    add_invoices(fleet, None, None)
    kinds: Counter[str] = Counter()
    for invoice in Invoice.objects.for_customer(fleet):
        assert invoice.lines.aggregate(sum=Sum("net"))["sum"] == invoice.net
        kinds.update(invoice.lines.values_list("kind", flat=True))
        assert not invoice.lines.filter(line=None).exists()
        assert not invoice.lines.filter(cost_centre=None).exists()
    assert kinds[ChargeKind.PLAN] >= 108 and kinds[ChargeKind.USAGE] > 5
