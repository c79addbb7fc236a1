"""What the simulated operator bills: by its own clock, one document a month and account, kept as it was sent, valid."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from fleetportal.operators.contract import (
    ContractError,
    OperatorBundle,
    OperatorLine,
    Rejected,
    ServiceStatus,
)
from fleetportal.operators.registry import get_operator
from fleetportal.operators.simulator import bills
from fleetportal.operators.simulator.inventory import Payer, adopt_bundles, adopt_lines, adopt_payer
from fleetportal.ubl.parsing import parse
from fleetportal.ubl.reading import read
from fleetportal.ubl.validation import require_valid
from tests.operators.contract_cases import bills_of, card

pytestmark = pytest.mark.django_db

REFERENCE = "0403019261"
PRICES = {"MOB-PRO": "19.00", "INTL": "5.00", "GB-1": "400.00"}


@pytest.fixture
def operator():
    """The third of January: November and December are over."""
    with time_machine.travel(datetime(2027, 1, 3, 9, tzinfo=UTC), tick=False):
        yield get_operator()


def payer(reference: str = REFERENCE, **fields: object) -> None:
    values = {
        "name": "Noordkaai Logistics NV",
        "enterprise_number": "0403019261",
        "billing_accounts": ["1000234", "1000235"],
        "prices": PRICES,
        "names": {"MOB-PRO": "Mobile Pro"},
        "cost_centres": {"+32470000001": "4120"},
    }
    told = Payer(**(values | {name: value for name, value in fields.items() if name in values}))
    adopt_payer(reference, told, since=date(2026, 11, 1), direct_debit_accounts=["1000235"])


def line(n: int, **fields: object) -> None:
    values = {"status": ServiceStatus.ACTIVE, "plan_code": "MOB-PRO", "activated_on": date(2025, 1, 1)} | fields
    adopt_lines(REFERENCE, [OperatorLine(number=f"+3247000{n:04d}", iccid=card(), **values)])


def documents(operator):
    found, _cursor = bills_of(operator, REFERENCE)
    return [read(parse(operator.bill_document(bill.reference))) for bill in found]


def test_every_month_that_is_over_is_billed_once_on_each_account(operator):
    payer()
    line(1)
    line(2, billing_account="1000235")
    found, cursor = bills_of(operator, REFERENCE)
    assert [(bill.billing_account, bill.issued_on) for bill in found] == [
        ("1000234", date(2026, 12, 1)),
        ("1000235", date(2026, 12, 1)),
        ("1000234", date(2027, 1, 1)),
        ("1000235", date(2027, 1, 1)),
    ]
    assert len({bill.number for bill in found}) == 4
    assert bills_of(operator, REFERENCE, cursor) == ([], cursor)
    with time_machine.travel(datetime(2027, 1, 31, 23, 30, tzinfo=UTC), tick=False):
        more, _cursor = bills_of(operator, REFERENCE, cursor)
    assert [bill.issued_on for bill in more] == [date(2027, 2, 1)] * 2, "in Belgium it is February"


def test_its_documents_keep_the_official_rules_and_stay_the_same(operator):
    payer()
    line(1, option_codes=("INTL",))
    line(2, billing_account="1000235", activated_on=date(2026, 11, 16))
    found, _cursor = bills_of(operator, REFERENCE)
    bills.credit(found[0].number, 1, datetime(2027, 1, 3, tzinfo=UTC))
    found, _cursor = bills_of(operator, REFERENCE)
    assert len(found) == 5
    for bill in found:
        xml = operator.bill_document(bill.reference)
        assert require_valid(parse(xml)) == []
        assert operator.bill_document(bill.reference) == xml


def test_a_line_is_charged_for_what_it_has_from_the_day_it_works(operator):
    payer()
    line(1, option_codes=("INTL", "FREE"))
    line(2, activated_on=date(2026, 11, 16))
    line(3, activated_on=date(2027, 1, 1))
    line(4, status=ServiceStatus.TERMINATED)
    november = documents(operator)[0]
    fixed = [c for c in november.charges if c.codes or "Eenmalig" in c.description]
    told = [(c.phone_number[-1], c.description, c.net, c.cost_centre) for c in fixed]
    assert told == [
        ("1", "Abonnement Mobile Pro", Decimal("19.00"), "4120"),
        ("1", "Optie INTL", Decimal("5.00"), "4120"),
        ("2", "Abonnement Mobile Pro", Decimal("9.50"), ""),
        ("2", "Eenmalige aansluiting", Decimal("10.00"), ""),
    ]
    assert fixed[2].period_start_on == date(2026, 11, 16)
    assert november.payment_reference.startswith("+++261/2")


def test_bundles_direct_debit_and_cost_centres(operator):
    payer(cost_centres={"+32470000001": "4120"})
    line(1, billing_account="1000235")
    bundle = OperatorBundle("GB-A", "GB-1", date(2026, 12, 10), billing_account="1000234")
    adopt_bundles(REFERENCE, "data", [bundle])
    found = documents(operator)
    assert [(d.account_references, d.is_direct_debit, d.due_on) for d in found] == [
        (("1000235",), True, date(2026, 12, 31)),
        (("1000234",), False, date(2027, 1, 31)),
        (("1000235",), True, date(2027, 1, 31)),
    ]
    assert found[1].charges[0].net == Decimal("400.00") and not found[1].charges[0].phone_number
    assert {charge.cost_centre for charge in found[0].charges} == {"4120"}


def test_some_lines_use_more_than_their_bundles_hold(operator):
    payer()
    for n in range(60):
        line(n)
    words = [charge.description for charge in documents(operator)[0].charges]
    assert 5 <= words.count("Verbruik buiten bundel") <= 30
    assert 1 <= words.count("Diensten van derden") <= 15


def test_many_come_in_pages_and_another_customers_are_not_among_them(operator, monkeypatch):
    monkeypatch.setattr(bills, "PAGE", 1)
    payer()
    payer("1000000021", name="Zuidpark BV", enterprise_number="1000000021")
    line(1)
    adopt_lines("1000000021", [OperatorLine("+32499999999", card(), ServiceStatus.ACTIVE, "MOB-PRO")])
    mine, _cursor = bills_of(operator, REFERENCE)
    theirs, _cursor = bills_of(operator, "1000000021")
    assert len(mine) == len(theirs) == 2
    assert not {bill.reference for bill in mine} & {bill.reference for bill in theirs}


def test_what_it_was_not_told_of_has_no_invoices(operator):
    line(1)
    assert bills_of(operator, REFERENCE) == ([], "0")
    assert operator.capabilities().has_bills


@pytest.mark.parametrize("reference", ["SB-99999999", "SB-", "x", "SB-" + "9" * 40])
def test_an_unknown_reference_is_rejected(operator, reference):
    with pytest.raises(Rejected):
        operator.bill_document(reference)


def test_a_cursor_of_somebody_else_is_against_the_contract(operator):
    with pytest.raises(ContractError):
        operator.bills(REFERENCE, "2026-11")
