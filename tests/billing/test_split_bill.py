"""Dividing what invoices charge for a line: company and employee together are the charge, always, to the cent."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.enums import ChargeKind
from billing.split_bill import Charge, by_category, divide
from sims.enums import CostCategory, SplitBillKind
from sims.models import SplitBillProfile
from sims.split_bill import USAGE, split
from tests.sims.test_split_bill import profiles

K, C = ChargeKind, CostCategory
VAT = Decimal(21)
CENT = Decimal("0.01")

nets = st.decimals(min_value=-300, max_value=900, places=2)
charges = st.lists(
    st.builds(Charge, kind=st.sampled_from(list(K)), rate=st.sampled_from([VAT, Decimal(0), Decimal(6)]), net=nets),
    max_size=8,
)
uses = st.dictionaries(st.sampled_from(USAGE), st.decimals(min_value=0, max_value=90, places=4))


def charge(net, kind=K.PLAN, rate=VAT) -> Charge:
    return Charge(kind, rate, Decimal(net))


def profile(kind: str, **terms) -> SplitBillProfile:
    return SplitBillProfile(kind=kind, **terms)


HALF = profile(SplitBillKind.PERCENTAGE, company_percentage=Decimal(50))
FIXED = profile(SplitBillKind.FIXED_AMOUNT, company_amount=Decimal(25))


def net_of(found, kind=None) -> Decimal:
    return sum((one.net for one in found if kind in (None, one.kind)), Decimal())


@given(found=charges, terms=st.none() | profiles, use=uses)
def test_company_and_employee_together_are_what_was_charged(found, terms, use):
    division = divide(found, terms, use)
    assert division.company + division.employee == net_of(found)
    for kind, share in division.by_kind.items():
        assert share.total == net_of(found, kind)
    assert sum(share.employee for share in division.by_kind.values()) == division.employee


@given(found=charges, terms=st.none() | profiles, use=uses)
def test_vat_is_that_of_the_charges_and_the_employee_pays_his_own(found, terms, use):
    division = divide(found, terms, use)
    rates = {one.rate for one in found}
    exact = sum((one.net * one.rate / 100 for one in found), Decimal())
    assert abs(division.company_vat + division.employee_vat - exact) <= CENT / 2 * len(rates)
    assert (division.employee_vat == 0) or division.employee != 0 or len(rates) > 1
    if rates == {VAT}:
        assert abs(division.employee_vat - division.employee * VAT / 100) <= CENT / 2


@given(found=charges, terms=profiles, use=uses)
def test_the_employee_always_pays_third_parties_and_never_more_than_was_charged(found, terms, use):
    division = divide(found, terms, use)
    third = net_of(found, K.THIRD_PARTY)
    if K.THIRD_PARTY in division.by_kind:
        assert division.by_kind[K.THIRD_PARTY].employee == third
    assert 0 <= division.employee - third <= max(net_of(found) - third, 0)


@given(found=charges, terms=profiles, use=uses)
def test_the_company_never_pays_more_than_its_amount(found, terms, use):
    if terms.kind in (SplitBillKind.FIXED_AMOUNT, SplitBillKind.PERCENTAGE_MAX):
        assert divide(found, terms, use).company <= terms.company_amount


@given(plan=st.decimals(0, 90, places=2), option=st.decimals(0, 90, places=2), terms=profiles)
def test_without_credits_and_use_it_is_what_the_preview_said(plan, option, terms):
    division = divide([charge(plan), charge(option, K.OPTION)], terms)
    shown = split({C.SUBSCRIPTION: plan, C.OPTIONS: option}, terms)
    assert (division.company, division.employee) == (shown.company, shown.employee)


def test_without_a_profile_the_company_pays_everything():
    division = divide([charge("19.00"), charge("5.00", K.THIRD_PARTY, Decimal(0))], None)
    assert (division.company, division.employee, division.company_vat) == (24, 0, Decimal("3.99"))


def test_the_employee_pays_with_vat_rounded_once():
    division = divide([charge("0.05"), charge("0.05", K.OPTION)], HALF)
    assert (division.employee, division.employee_vat, division.employee_pays) == (
        Decimal("0.05"),
        Decimal("0.01"),
        Decimal("0.06"),
    )
    assert division.company_vat == Decimal("0.01")


def test_an_odd_cent_is_the_companys():
    division = divide([charge("30.01")], HALF)
    assert (division.company, division.employee) == (Decimal("15.01"), Decimal("15.00"))


def test_a_credit_lowers_what_is_divided():
    division = divide([charge("30.00"), charge("10.00", K.OPTION), charge("-12.00", K.OPTION)], FIXED)
    assert (division.company, division.employee) == (25, 3)
    assert division.by_kind[K.OPTION].total == -2
    division = divide([charge("-19.00")], HALF)
    assert (division.company, division.employee) == (-19, 0)


def test_what_a_third_party_gives_back_is_the_employees():
    division = divide([charge("19.00"), charge("-4.99", K.THIRD_PARTY, Decimal(0))], FIXED)
    assert (division.company, division.employee) == (19, Decimal("-4.99"))


def test_a_one_off_cost_goes_with_the_subscription():
    terms = profile(SplitBillKind.PER_CATEGORY, category_percentages={C.SUBSCRIPTION: "100"})
    division = divide([charge("19.00"), charge("10.00", K.ONE_OFF), charge("5.00", K.OPTION)], terms)
    assert division.employee == 5


def test_use_is_told_apart_by_its_figures_and_else_is_the_companys():
    terms = profile(SplitBillKind.EXCEPT_USAGE, employee_categories=[C.ROAMING])
    use = {C.ROAMING: Decimal("6.0000"), C.DATA: Decimal("3.0000")}
    assert divide([charge("10.00", K.USAGE)], terms, use).employee == Decimal("6.67")
    assert divide([charge("10.00", K.USAGE)], terms).employee == 0


@given(found=charges, use=uses)
def test_what_a_profile_would_divide_is_what_was_charged_less_what_was_given_back(found, use):
    divided = by_category(found, use)
    assert all(amount > 0 for amount in divided.values())
    theirs = net_of(found, K.THIRD_PARTY)
    assert divided.pop(C.THIRD_PARTY, Decimal()) == max(theirs, Decimal())
    assert sum(divided.values(), Decimal()) == max(net_of(found) - theirs, Decimal())


def test_use_outside_the_bundle_is_divided_as_the_records_say():
    use = {C.ROAMING: Decimal(3), C.VOICE: Decimal(1)}
    found = by_category([charge("8.00", K.USAGE), charge("19.00"), charge("-2.00", K.OTHER)], use)
    assert found == {C.SUBSCRIPTION: Decimal("17.00"), C.VOICE: Decimal("2.00"), C.ROAMING: Decimal("6.00")}
