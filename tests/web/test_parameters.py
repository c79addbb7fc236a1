import pytest

from fleetportal.web.parameters import page_number, whole_number


@pytest.mark.parametrize(("value", "number"), [("0", 0), ("42", 42), (42, 42), ("9" * 18, 10**18 - 1)])
def test_plain_digits_are_a_number(value, number):
    assert whole_number(value) == number


@pytest.mark.parametrize("value", ["", None, "-1", "1.0", " 1", "1\x00", "²", "٣", "x", "9" * 19])
def test_anything_else_is_none(value):
    assert whole_number(value) is None


@pytest.mark.parametrize(("value", "page"), [("3", 3), ("0", 1), ("-2", 1), ("x", 1), (None, 1), ("9" * 8, 1)])
def test_a_page_that_makes_no_sense_is_the_first(value, page):
    assert page_number(value) == page
