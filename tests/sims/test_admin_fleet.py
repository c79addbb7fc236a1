"""The staff pages of catalogue, cards, employees and lines."""

import pytest

from sims.models import Line
from sims.search import refresh_search_text
from tests import factories

pytestmark = pytest.mark.django_db
PAGES = ["line", "sim", "subscriber", "tariffplan", "planoption", "splitbillprofile"]


@pytest.fixture
def staff(client_for):
    return client_for(factories.UserFactory(is_staff=True, is_superuser=True))


@pytest.mark.parametrize("model", PAGES)
def test_staff_see_every_company_with_the_same_number_of_queries(
    staff, noordkaai, zuidpark, model, django_assert_max_num_queries
):
    taken = []
    for n in (1, 2):
        factories.LineFactory.create_batch(n, customer=noordkaai)
        factories.PlanOptionFactory.create_batch(n, customer=noordkaai)
        with django_assert_max_num_queries(9) as captured:
            assert staff.get(f"/admin/sims/{model}/").status_code == 200
        taken.append(len(captured))
    assert taken[0] == taken[1]


def test_a_line_is_found_by_any_notation_and_not_changed(staff, zuidpark):
    refresh_search_text(Line.objects.for_customer(zuidpark))
    line = Line.objects.for_customer(zuidpark).get()
    found = staff.get("/admin/sims/line/", {"q": "0499 99 99 99"})
    assert [row.pk for row in found.context["cl"].result_list] == [line.pk]
    assert staff.get(f"/admin/sims/line/{line.pk}/change/").status_code == 200
    assert staff.post(f"/admin/sims/line/{line.pk}/change/", {"state": "terminated"}).status_code == 403
    assert staff.post(f"/admin/sims/line/{line.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_fleet_manager_does_not_get_in(client_for, alice):
    assert client_for(alice).get("/admin/sims/line/").status_code == 302
