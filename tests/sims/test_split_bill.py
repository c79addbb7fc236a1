"""Dividing a bill: to the cent, for every profile and whatever was spent."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims.enums import CostCategory, SplitBillKind
from sims.models import SplitBillProfile
from sims.split_bill import USAGE, split

C = CostCategory
COSTS = {C.SUBSCRIPTION: Decimal(19), C.OPTIONS: Decimal(6), C.VOICE: Decimal("3.25"), C.ROAMING: Decimal("11.5")}

euro = st.decimals(min_value=0, max_value=2000, places=4)
costs = st.dictionaries(st.sampled_from(list(C)), euro)
percentage = st.decimals(min_value=0, max_value=100, places=2)
amount = st.decimals(min_value=0, max_value=500, places=2)
profiles = st.builds(
    SplitBillProfile,
    kind=st.sampled_from(SplitBillKind.values),
    company_amount=amount,
    company_percentage=percentage,
    category_percentages=st.dictionaries(st.sampled_from(C.values), percentage.map(str)),
    employee_categories=st.lists(st.sampled_from([str(c) for c in USAGE]), unique=True),
)


def profile(kind: str, **terms) -> SplitBillProfile:
    return SplitBillProfile(kind=kind, **terms)


@given(costs=costs, profile=profiles)
def test_company_and_employee_together_are_the_total_to_the_cent(costs, profile):
    shares = split(costs, profile)
    total = sum(costs.values(), Decimal()).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert shares.company + shares.employee == total
    assert sum((s.company for s in shares.by_category.values()), Decimal()) == shares.company
    assert sum((s.employee for s in shares.by_category.values()), Decimal()) == shares.employee


@given(costs=costs, profile=profiles)
def test_nobody_pays_less_than_nothing_and_each_category_stays_what_it_cost(costs, profile):
    shares = split(costs, profile)
    assert shares.by_category.keys() == costs.keys()
    for category, share in shares.by_category.items():
        assert share.company >= 0 and share.employee >= 0
        assert abs(share.total - costs[category]) < Decimal("0.01")


@given(costs=costs, profile=profiles)
def test_third_party_services_are_always_the_employees(costs, profile):
    shares = split(costs, profile)
    if C.THIRD_PARTY in costs:
        assert shares.by_category[C.THIRD_PARTY].company == 0
        assert shares.employee >= shares.by_category[C.THIRD_PARTY].total


@given(costs=costs, profile=profiles)
def test_the_company_never_pays_more_than_its_amount(costs, profile):
    if profile.kind in (SplitBillKind.FIXED_AMOUNT, SplitBillKind.PERCENTAGE_MAX):
        assert split(costs, profile).company <= profile.company_amount


@given(costs=costs, share=percentage)
def test_what_cannot_be_divided_evenly_is_the_companys(costs, share):
    shares = split(costs, profile(SplitBillKind.PERCENTAGE, company_percentage=share))
    third = shares.by_category[C.THIRD_PARTY].total if C.THIRD_PARTY in costs else 0
    exact = (shares.total - third) * (100 - share) / 100
    assert 0 <= exact - (shares.employee - third) < Decimal("0.01")


def test_a_fixed_amount_covers_the_subscription_first_and_the_rest_lapses():
    shares = split(COSTS, profile(SplitBillKind.FIXED_AMOUNT, company_amount=Decimal(22)))
    assert (shares.company, shares.employee) == (Decimal(22), Decimal("17.75"))
    assert shares.by_category[C.SUBSCRIPTION].employee == 0
    assert shares.by_category[C.OPTIONS].company == 3
    shares = split({C.SUBSCRIPTION: Decimal(19)}, profile(SplitBillKind.FIXED_AMOUNT, company_amount=Decimal(25)))
    assert (shares.company, shares.employee) == (Decimal(19), Decimal(0))


def test_half_of_an_odd_cent_is_the_companys():
    shares = split({C.SUBSCRIPTION: Decimal("30.01")}, profile(SplitBillKind.PERCENTAGE, company_percentage=50))
    assert (shares.company, shares.employee) == (Decimal("15.01"), Decimal("15.00"))


def test_a_percentage_stops_at_its_maximum():
    terms = profile(SplitBillKind.PERCENTAGE_MAX, company_percentage=Decimal(80), company_amount=Decimal(20))
    assert split(COSTS, terms).company == 20
    assert split({C.SUBSCRIPTION: Decimal(10)}, terms).company == 8


def test_a_percentage_of_each_kind_of_cost():
    terms = profile(SplitBillKind.PER_CATEGORY, category_percentages={C.SUBSCRIPTION: "100", C.VOICE: "40"})
    by = split(COSTS, terms).by_category
    assert [by[c].company for c in (C.SUBSCRIPTION, C.VOICE, C.OPTIONS)] == [19, Decimal("1.30"), 0]


def test_everything_but_some_kinds_of_usage():
    terms = profile(SplitBillKind.EXCEPT_USAGE, employee_categories=[C.ROAMING])
    shares = split(COSTS | {C.THIRD_PARTY: Decimal("4.99")}, terms)
    assert (shares.company, shares.employee) == (Decimal("28.25"), Decimal("16.49"))


def test_thousandths_of_a_cent_are_rounded_once():
    three = {C.VOICE: Decimal("0.0049"), C.SMS: Decimal("0.0049"), C.DATA: Decimal("0.0049")}
    shares = split(three, profile(SplitBillKind.PERCENTAGE, company_percentage=100))
    assert (shares.company, shares.employee) == (Decimal("0.01"), Decimal(0))


def test_a_cost_below_zero_is_a_defect():
    with pytest.raises(ValueError, match="below zero"):
        split({C.VOICE: Decimal("-0.01")}, profile(SplitBillKind.PERCENTAGE, company_percentage=50))
