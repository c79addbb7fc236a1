"""One stored form for every notation people and files use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from sims.identifiers import (
    IdentifierError,
    NumberProblem,
    SimProblem,
    SimWarning,
    normalise_iccid,
    normalise_msisdn,
)


@pytest.mark.parametrize(
    "raw",
    [
        "0468 12 34 56",
        "+32468123456",
        "0032 468 12 34 56",
        "0468/12.34.56",
        "+32 (0)468 123456",
        "0032 (0)468 12 34 56",
        "\u00a00468123456\u00a0",
        "\u202a0468 12\u00a034\u00a056\u202c",
        "+32 468\u2011123\u2011456",
        "'0468123456",
        "468123456",
        468123456,
        468123456.0,
        32468123456,
        "０４６８１２３４５６",
    ],
)
def test_every_notation_of_a_number_is_stored_as_e164(raw):
    assert normalise_msisdn(raw) == "+32468123456"


@pytest.mark.parametrize("prefix", ["45", "46", "47", "48", "49"])
def test_every_belgian_mobile_prefix_is_taken(prefix):
    assert normalise_msisdn(f"0{prefix}5123456") == f"+32{prefix}5123456"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (None, NumberProblem.MISSING),
        ("  \u00a0", NumberProblem.MISSING),
        ("0468 12 34", NumberProblem.NOT_A_NUMBER),
        ("0468 12 34 567", NumberProblem.NOT_A_NUMBER),
        ("geen", NumberProblem.NOT_A_NUMBER),
        ("0468123456 x12", NumberProblem.NOT_A_NUMBER),
        ("=1+1", NumberProblem.NOT_A_NUMBER),
        (4.681234e8 + 0.5, NumberProblem.NOT_A_NUMBER),
        ("02 218 40 17", NumberProblem.NOT_MOBILE),
        ("+31 6 12345678", NumberProblem.NOT_BELGIAN),
        ("+31 20 123 4567", NumberProblem.NOT_BELGIAN),
    ],
)
def test_what_is_not_a_belgian_mobile_number_is_refused_with_its_reason(raw, problem):
    with pytest.raises(IdentifierError) as refused:
        normalise_msisdn(raw)
    assert refused.value.problem == problem


@pytest.mark.parametrize(
    "raw",
    [
        "8932031012345678902",
        "8932 0310 1234 5678 902",
        "8932.0310.1234.5678.902",
        "8932031012345678902F",
        " 8932031012345678902f ",
        "\u00a08932031012345678902",
        "'8932031012345678902",
    ],
)
def test_padding_of_a_sim_number_is_dropped(raw):
    sim = normalise_iccid(raw)
    assert (sim.digits, sim.core, sim.warnings) == (
        "8932031012345678902",
        "893203101234567890",
        (),
    )


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", SimProblem.MISSING),
        (8.932039760110438e18, SimProblem.NUMBER_CELL),
        (8932039760110438000, SimProblem.NUMBER_CELL),
        ("8,93204E+18", SimProblem.NUMBER_CELL),
        ("8932O34872777535500", SimProblem.NOT_DIGITS),
        ("89320310123456789٠٢", SimProblem.NOT_DIGITS),
        ("893203977235874", SimProblem.TOO_SHORT),
        (893203, SimProblem.TOO_SHORT),
        ("89320310123456789021234", SimProblem.TOO_LONG),
        ("1234567890123456789", SimProblem.NOT_A_SIM),
    ],
)
def test_what_is_not_a_sim_number_is_refused_with_its_reason(raw, problem):
    with pytest.raises(IdentifierError) as refused:
        normalise_iccid(raw)
    assert refused.value.problem == problem


def test_a_check_digit_that_does_not_fit_is_a_warning():
    assert normalise_iccid("8932031012345678903").warnings == (SimWarning.CHECK_DIGIT,)


def test_a_foreign_card_is_a_warning():
    assert normalise_iccid("8931043554007862900").warnings == (SimWarning.NOT_BELGIAN,)


def test_a_number_printed_without_check_digit_is_its_own_core_and_matches_the_full_one():
    assert normalise_iccid("893203101234567890").core == normalise_iccid("8932031012345678902").core


@given(st.integers(min_value=0, max_value=10**12 - 1))
def test_a_fitting_check_digit_never_warns_and_any_other_always_does(n):
    body = f"893203{n:012d}"
    right = luhn.calc_check_digit(body)
    for digit in "0123456789":
        assert bool(normalise_iccid(body + digit).warnings) == (digit != right)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none()))
def test_any_text_is_either_taken_or_refused_with_a_reason(raw):
    for normalise in (normalise_msisdn, normalise_iccid):
        try:
            normalise(raw)
        except IdentifierError as refused:
            assert refused.message
