import pytest

from accounts.models import Customer
from fleetportal.web.plain_text import plain
from sims.models import Line
from sims.search import matching, refresh_search_text, search_terms, search_text_of
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(noordkaai: Customer, zuidpark: Customer) -> Line:
    """Sofie's line; the other company has a line that everything here would find too."""
    found = None
    for customer, suffix in ((zuidpark, "7"), (noordkaai, "6")):
        found = factories.LineFactory(
            customer=customer,
            number=f"+3246812345{suffix}",
            sim__iccid=f"893204001200345678{suffix}",
            sim__iccid_core=f"89320400120034567{suffix}",
            subscriber__first_name="Zoë",
            subscriber__last_name="Łęcka-D’Hondt",
            subscriber__employee_number="E-1042",
            subscriber__email="zoe.lecka@example.be",
        )
    refresh_search_text(Line.objects.across_customers(reason="both companies' lines are part of the test"))
    return found


def found_by(text: str, customer: Customer) -> list[Line]:
    return list(Line.objects.for_customer(customer).filter(matching(text)))


@pytest.mark.parametrize(
    "typed",
    [
        "0468 12 34 56",
        "0468123456",
        "0468/12.34.56",
        "0468-12-34-56",
        "+32468123456",
        "+32 468 12 34 56",
        "+32 (0)468 12 34 56",
        "0032 468 12 34 56",
        "0032468123456",
        "32468123456",
        "3456",
        "12 34 56",
        "468 12",
        "8932 0400 1200 3456 786",
        "8932.0400.1200",
        "0400 1200 34",
        "zoe",
        "ZOË",
        "Zoe\u0308",
        "lecka zoe",
        "Zoë Łęcka",
        "łęcka-d'hondt",
        "dhondt",
        "D’Hondt, Zoë",
        "E-1042",
        "e-1042 zoe",
        "1042",
        "zoe.lecka@example.be",
        "zoe 0468",
        "0468 12 34 lecka",
        "  zoe   0468 12 ",
    ],
)
def test_any_notation_finds_the_line_and_only_the_own_company_s(typed: str, line: Line):
    assert found_by(typed, line.customer) == [line]


@pytest.mark.parametrize(
    "typed",
    ["0468 12 34 99", "+33468123456", "zoe janssens", "%", "_", "z_e", "zo%", "\\", "E-1043", "0468 12 34 56 jan"],
)
def test_what_does_not_fit_finds_nothing(typed: str, line: Line):
    assert found_by(typed, line.customer) == []


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("Łukasz", "lukasz"),
        ("Yıldız", "yildiz"),
        ("İpek", "ipek"),
        ("Bjørn", "bjorn"),
        ("Strauß", "strauss"),
        ("Đorđe", "dorde"),
        ("Noël D’Hondt", "noel dhondt"),
        ("Œuvrard", "oeuvrard"),
    ],
)
def test_names_compare_without_accents(text: str, simple: str):
    assert plain(text) == simple


def test_the_number_that_is_being_transferred_finds_its_line(noordkaai: Customer):
    from django.utils import timezone

    from sims.models import PortInRequest

    line = factories.LineFactory(customer=noordkaai, number=None, state="new")
    PortInRequest.objects.create(
        customer=noordkaai,
        line=line,
        number="+32475998877",
        donor="Elders",
        donor_customer_number="1",
        holder_name="Noordkaai",
        mandate_by_name="An",
        mandate_at=timezone.now(),
    )
    refresh_search_text(line)
    assert found_by("0475 99 88 77", noordkaai) == [line]


def test_a_line_without_employee_card_or_number_has_a_text_that_sorts_last(noordkaai: Customer):
    line = factories.LineFactory(customer=noordkaai, number=None, state="new", sim=None, subscriber=None)
    assert search_text_of(line) == "~"


def test_foreign_numbers_are_found_with_either_prefix(noordkaai: Customer):
    line = factories.LineFactory(customer=noordkaai, number="+33612345678")
    refresh_search_text(line)
    assert found_by("0033 6 12 34 56 78", noordkaai) == [line] == found_by("+33 612345678", noordkaai)


def test_an_employee_number_of_digits_and_signs_is_found_as_written(noordkaai: Customer):
    line = factories.LineFactory(customer=noordkaai, subscriber__employee_number="12/345-6")
    refresh_search_text(line)
    assert found_by("12/345-6", noordkaai) == [line] == found_by("123456", noordkaai)


def test_many_words_make_a_bounded_query():
    assert len(search_terms(" ".join(f"w{n}" for n in range(100)))) <= 8
