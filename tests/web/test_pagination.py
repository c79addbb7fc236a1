import pytest

from accounts.models import BillingAccount
from fleetportal.web.pagination import Page, paginate
from tests import factories


@pytest.fixture
def accounts(noordkaai):
    for n in range(7):
        factories.BillingAccountFactory(customer=noordkaai, number=f"{n:03}", name="Same" if n % 2 else "Other")
    return BillingAccount.objects.for_customer(noordkaai).order_by("number")


@pytest.mark.parametrize(
    ("number", "pages", "expected"),
    [
        (1, 1, [1]),
        (1, 3, [1, 2, 3]),
        (1, 9, [1, 2, None, 9]),
        (4, 5, [1, 2, 3, 4, 5]),
        (5, 9, [1, None, 4, 5, 6, None, 9]),
        (9, 9, [1, None, 8, 9]),
    ],
)
def test_page_numbers_show_ends_and_neighbours(number, pages, expected):
    assert Page(items=[], number=number, per_page=1, total=pages).numbers == expected


def test_a_page_holds_its_rows_in_order(accounts):
    page = paginate(accounts, "2", per_page=3)
    assert [account.number for account in page] == ["003", "004", "005"]
    assert (page.first, page.last, page.total, page.previous, page.next) == (4, 6, 7, 1, 3)


@pytest.mark.parametrize(("asked", "given"), [("99", 3), ("0", 1), ("-2", 1), ("x", 1), ("", 1), (None, 1)])
def test_a_page_that_does_not_exist_gives_the_nearest(accounts, asked, given):
    assert paginate(accounts, asked, per_page=3).number == given


def test_an_empty_list_has_one_empty_page(noordkaai):
    page = paginate(BillingAccount.objects.for_customer(noordkaai).order_by("number"), "3")
    assert (page.first, page.last, page.total, page.pages, list(page)) == (0, 0, 0, 1, [])


def test_a_page_costs_three_queries_whatever_its_place(accounts, django_assert_num_queries):
    with django_assert_num_queries(3):
        paginate(accounts, 1, per_page=3)
    with django_assert_num_queries(2):
        paginate(accounts, 3, per_page=3, total=7)
