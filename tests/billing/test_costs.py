"""Costs of a month beside the one before: whatever they are put together by, they add up to what was billed."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Customer
from billing.cost_filters import DIMENSIONS, LINE, CostFilter
from billing.enums import ChargeKind, CostCause, InvoiceKind
from billing.queries.cost_causes import all_changes, causes, change_page, count_changes
from billing.queries.cost_documents import Pair, documents, pair_of
from billing.queries.costs import Cost, all_numbers, groups, number_page, total_of
from sims.search import refresh_search_text
from tests import factories

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
K = ChargeKind


class Books:
    """Invoices of a company over September and October 2026, on one account unless said otherwise."""

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self.member = factories.MembershipFactory(customer=customer)
        self.account = factories.BillingAccountFactory(customer=customer)
        self.invoices = {}

    def document(self, month: date, *, credit: bool = False, account=None):
        account = account or self.account
        key = (month, credit, account.pk)
        if key not in self.invoices:
            self.invoices[key] = factories.InvoiceFactory(
                customer=self.customer,
                billing_account=account,
                kind=InvoiceKind.CREDIT_NOTE if credit else InvoiceKind.INVOICE,
                issued_on=month.replace(day=28),
                period_start_on=month,
                period_end_on=None,
                net=0,
                vat=0,
            )
        return self.invoices[key]

    def charge(self, month, net, *, kind=K.PLAN, number="+32470000001", what="", credit=False, account=None, **columns):
        invoice = self.document(month, credit=credit, account=account)
        what = what or {K.PLAN: "Abonnement MOB-PRO"}.get(kind, str(kind.value))
        columns.setdefault("price", Decimal(net))
        line = factories.InvoiceLineFactory(
            invoice=invoice, net=Decimal(net), kind=kind, number=number, description=what, **columns
        )
        self.discount(month, -line.net, credit=credit, account=account)

    def discount(self, month, net, **which):
        """On the document as a whole, on none of its lines."""
        invoice = self.document(month, **which)
        invoice.net -= net
        invoice.total = invoice.payable = invoice.net
        invoice.save()

    def pair(self, account=None, month=OCTOBER) -> Pair:
        return pair_of(documents(self.customer, self.member), month, account)

    def found(self, **wanted):
        """The groups that a filter gives, by what they are called: this month and the one before."""
        pair = self.pair(wanted.get("account"))
        return {
            group.label: (group.cost.this, group.cost.before)
            for group in groups(self.customer, CostFilter(**wanted), pair)
        }

    def causes(self, **wanted):
        pair = self.pair(wanted.get("account"))
        return {one.cause: one.cost.difference for one in causes(self.customer, CostFilter(**wanted), pair)}


@pytest.fixture
def books(noordkaai, zuidpark):
    with time_machine.travel("2026-11-15T12:00:00+01:00", tick=False):
        Books(zuidpark).charge(OCTOBER, 5000)
        yield Books(noordkaai)


def test_a_credit_note_lowers_the_month_it_is_about(books):
    books.charge(OCTOBER, 100)
    note = books.document(date(2026, 11, 1), credit=True)
    note.period_start_on, note.corrects = None, books.document(OCTOBER)
    note.save()
    books.charge(date(2026, 11, 1), 30, credit=True)
    found = documents(books.customer, books.member)
    assert found.months == [OCTOBER]
    assert [one.net for one in found.of(OCTOBER)] == [100, -30]
    assert total_of(groups(books.customer, CostFilter(), books.pair())) == Cost(Decimal(70), Decimal(0))


def test_a_cost_centre_has_what_is_under_it_and_subtotals_add_up(books):
    top = factories.CostCentreFactory(customer=books.customer, code="4100", name="Verkoop")
    north = factories.CostCentreFactory(customer=books.customer, code="4110", name="Noord", parent=top)
    south = factories.CostCentreFactory(customer=books.customer, code="4120", name="Zuid", parent=top)
    deep = factories.CostCentreFactory(customer=books.customer, code="4121", name="Kust", parent=south)
    for centre, net in ((top, 5), (north, 10), (south, 20), (deep, 40)):
        books.charge(OCTOBER, net, cost_centre=centre, cost_centre_code=centre.code)
    books.charge(OCTOBER, 7, cost_centre_code="7321")
    books.charge(OCTOBER, 3)
    rows = groups(books.customer, CostFilter(), books.pair())
    assert [(row.key, row.depth, row.is_own, row.cost.this) for row in rows] == [
        (str(top.pk), 0, False, 75),
        (str(top.pk), 1, True, 5),
        (str(north.pk), 1, False, 10),
        (str(south.pk), 1, False, 60),
        (str(south.pk), 2, True, 20),
        (str(deep.pk), 2, False, 40),
        ("code:7321", 0, False, 7),
        ("none", 0, False, 3),
    ]
    assert total_of(rows).this == 85
    for key, net in ((str(south.pk), 60), ("code:7321", 7), ("none", 3)):
        page, total = number_page(books.customer, CostFilter(by=LINE, centre=key), books.pair(), None)
        assert (total.this, len(page)) == (net, 1)


def test_a_number_counts_under_the_plan_that_is_billed_for_it(books):
    factories.TariffPlanFactory(customer=books.customer, code="MOB-PRO", name_nl="Mobile Pro")
    books.charge(SEPTEMBER, 12, what="Abonnement MOB-START")
    books.charge(OCTOBER, 19)
    books.charge(OCTOBER, 4, kind=K.USAGE)
    books.charge(SEPTEMBER, 9, number="+32470000002", what="Abonnement OUD")
    books.charge(OCTOBER, 90, number="", kind=K.BUNDLE)
    assert books.found(by="plan") == {"Mobile Pro": (23, 12), "Abonnement OUD": (0, 9), "": (90, 0)}


def test_an_account_and_a_kind_have_their_part(books):
    other = factories.BillingAccountFactory(customer=books.customer, number="1000999", name="Luik")
    books.charge(OCTOBER, 19)
    books.charge(OCTOBER, 6, kind=K.USAGE, account=other)
    assert books.found(by="account") == {str(books.account): (19, 0), "Luik, 1000999": (6, 0)}
    assert books.found(by="kind") == {"Abonnementen": (19, 0), "Verbruik buiten de bundel": (6, 0)}
    assert books.found(by="kind", account=other.pk) == {"Verbruik buiten de bundel": (6, 0)}


def test_lines_are_found_by_number_and_by_name_and_sorted(books):
    line = factories.LineFactory(
        customer=books.customer, number="+32468111111", subscriber__first_name="Wout", subscriber__last_name="Lemmens"
    )
    refresh_search_text(line)
    books.charge(OCTOBER, 19, number=line.number, line=line)
    books.charge(OCTOBER, 50, number="+32470000002")
    books.charge(SEPTEMBER, 20, number="+32470000002")

    def numbers(**wanted):
        page, _total = number_page(books.customer, CostFilter(by=LINE, **wanted), books.pair(), None)
        return [row.number for row in page]

    assert numbers() == ["+32470000002", "+32468111111"]
    assert numbers(sort="difference") == ["+32468111111", "+32470000002"]
    assert numbers(q="lemmens wout") == ["+32468111111"]
    assert numbers(q="0470 00 00") == ["+32470000002"]
    assert numbers(q="zuiderling") == []
    assert numbers(plan="Abonnement OUD") == []


def test_the_last_page_is_shown_beyond_the_end_and_the_sum_is_that_of_all(books):
    for n in range(30):
        books.charge(OCTOBER, 1, number=f"+3247000{n:04d}")
    page, total = number_page(books.customer, CostFilter(by=LINE), books.pair(), "9")
    assert (page.number, len(page), page.total, total.this) == (2, 5, 30, 30)


def test_each_cause_is_found(books):
    new, ended, swapped, dearer, half, moved = (f"+3247000000{n}" for n in range(2, 8))
    books.charge(OCTOBER, 19, number=new)
    books.charge(OCTOBER, 6, number=new, kind=K.OPTION)
    books.charge(SEPTEMBER, 12, number=ended)
    books.charge(SEPTEMBER, 12, number=swapped, what="Abonnement MOB-START")
    books.charge(OCTOBER, 29, number=swapped, what="Abonnement MOB-MAX")
    books.charge(OCTOBER, 5, number=swapped, kind=K.OPTION)
    books.charge(SEPTEMBER, 19, number=dearer)
    books.charge(OCTOBER, 20, number=dearer)
    books.charge(SEPTEMBER, "9.50", number=half, price=19)
    books.charge(OCTOBER, 19, number=half)
    books.charge(SEPTEMBER, 8, number=half, kind=K.USAGE)
    books.charge(OCTOBER, 3, number=half, kind=K.ONE_OFF)
    books.charge(OCTOBER, 400, number="", kind=K.BUNDLE)
    books.charge(OCTOBER, 2, number=half, credit=True)
    books.charge(SEPTEMBER, 7, number=moved)
    books.charge(OCTOBER, 7, number=moved)
    books.discount(OCTOBER, 10)
    assert books.causes() == {
        CostCause.NEW: 25,
        CostCause.ENDED: -12,
        CostCause.PLAN: 17,
        CostCause.OPTION: 5,
        CostCause.PRICE: 1,
        CostCause.PART: Decimal("9.50"),
        CostCause.USAGE: -8,
        CostCause.ONE_OFF: 3,
        CostCause.BUNDLE: 400,
        CostCause.CREDIT: -2,
        CostCause.DOCUMENT: -10,
    }


def test_a_line_that_is_booked_elsewhere_is_not_new(books):
    here, there = (factories.CostCentreFactory(customer=books.customer) for _n in "12")
    books.charge(SEPTEMBER, 19, cost_centre=here, cost_centre_code=here.code)
    books.charge(OCTOBER, 19, cost_centre=there, cost_centre_code=there.code)
    assert books.causes() == {}
    assert books.causes(centre=str(here.pk)) == {CostCause.MOVED: -19}
    assert books.causes(centre=str(there.pk)) == {CostCause.MOVED: 19}


def test_changes_are_listed_largest_first_and_by_cause(books):
    books.charge(OCTOBER, 19)
    books.charge(OCTOBER, 76, kind=K.USAGE)
    pair, wanted = books.pair(), CostFilter(cause=CostCause.USAGE)
    assert [(c.cause, c.cost.this) for c in all_changes(books.customer, CostFilter(), pair)] == [
        (CostCause.USAGE, 76),
        (CostCause.NEW, 19),
    ]
    total = count_changes(causes(books.customer, wanted, pair), wanted.cause)
    page = change_page(books.customer, wanted, pair, "7", total)
    assert (total, page.number, [change.cost.difference for change in page]) == (1, 1, [76])


charges = st.lists(
    st.tuples(
        st.sampled_from([SEPTEMBER, OCTOBER]),
        st.decimals(min_value=0, max_value=500, places=2),
        st.sampled_from(list(ChargeKind)),
        st.sampled_from(["", "+32470000001", "+32470000002"]),
        st.sampled_from(["Abonnement MOB-PRO", "Abonnement MOB-MAX"]),
        st.booleans(),
        st.integers(0, 2),
        st.integers(0, 1),
    ),
    max_size=14,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(charges=charges)
def test_whatever_was_billed_groups_and_causes_add_up_to_it(books, charges):
    with transaction.atomic():
        mine = Books(books.customer)
        accounts = [mine.account, factories.BillingAccountFactory(customer=books.customer)]
        top = factories.CostCentreFactory(customer=books.customer)
        centres = [None, top, factories.CostCentreFactory(customer=books.customer, parent=top)]
        for month, net, kind, number, what, credit, centre, account in charges:
            mine.charge(
                month,
                net,
                kind=kind,
                number=number,
                what=what,
                credit=credit,
                cost_centre=centres[centre],
                account=accounts[account],
            )
        found = documents(mine.customer, mine.member)
        for narrowed in ({}, {"account": accounts[1].pk}, {"centre": str(top.pk)}, {"kind": K.USAGE}):
            pair = pair_of(found, OCTOBER, narrowed.get("account"))
            if not narrowed:
                expected = Cost(*(sum((one.net for one in found.of(m)), Decimal()) for m in (OCTOBER, SEPTEMBER)))
            else:
                expected = total_of(groups(mine.customer, CostFilter(by="kind", **narrowed), pair))
            for by in DIMENSIONS:
                wanted = CostFilter(by=by, **narrowed)
                if by == LINE:
                    assert number_page(mine.customer, wanted, pair, None)[1] == expected
                    rows = [row.cost for row in all_numbers(mine.customer, wanted, pair)]
                    assert sum(rows, Cost()) == expected
                else:
                    assert total_of(groups(mine.customer, wanted, pair)) == expected
            why = causes(mine.customer, CostFilter(**narrowed), pair)
            assert sum((cause.cost.difference for cause in why), Decimal()) == expected.difference
        transaction.set_rollback(True)
