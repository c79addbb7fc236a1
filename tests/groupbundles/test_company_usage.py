"""What the whole company used: totals, lists, lines without use, and each of them as a workbook."""

import io
from datetime import UTC, date, datetime, time

import openpyxl
import pytest
from django.core.cache import caches

from fleetportal.jobs import services as jobs
from fleetportal.jobs.models import Job
from fleetportal.web.formatting import NBSP
from groupbundles.enums import AuditKind, UsageKind, UsageZone
from groupbundles.filters import VIEWS, UsageFilter
from groupbundles.models import UsageImport
from groupbundles.queries import company_usage as queries
from groupbundles.queries.freshness import freshness
from groupbundles.views import company_usage as views
from sims.enums import LineState
from sims.search import refresh_search_text
from tests import factories
from tests.audit.expect import expect_audit
from tests.htmx import apply, assert_same, page_of
from tests.usage import GB, delivered, use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("november")]

URL = "/usage/"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HTMX = {"HX-Request": "true", "HX-Request-Type": "full", "HX-Target": "div#usage"}


@pytest.fixture
def fleet(noordkaai, zuidpark):
    """Three lines with different use, a fourth without any, and a neighbour who uses more than all of them."""
    plan = factories.TariffPlanFactory(customer=noordkaai, price_month="19.00", name_en="Pro")
    lines = [
        factories.LineFactory(
            customer=noordkaai,
            number=f"+3246800000{n}",
            plan=plan,
            subscriber__last_name=name,
            activated_on=date(2025, 1, 1),
        )
        for n, name in enumerate(("Adam", "Baert", "Claes", "Dubois"), start=1)
    ]
    refresh_search_text(lines)
    one, two, three, _none = lines
    use(one, date(2026, 11, 3), 30 * GB)
    use(two, date(2026, 11, 3), 5 * GB)
    use(two, date(2026, 11, 4), GB, zone=UsageZone.WORLD, bundle="", charge="12.5")
    use(three, date(2026, 11, 5), 600, kind=UsageKind.VOICE)
    use(three, date(2026, 11, 5), 90, kind=UsageKind.VOICE, zone=UsageZone.PREMIUM, bundle="", charge="3")
    use(three, date(2026, 11, 6), 1, kind=UsageKind.SERVICE, zone=UsageZone.THIRD_PARTY, bundle="", charge="4.25")
    use(one, date(2026, 10, 3), 20 * GB)
    theirs = factories.LineFactory(customer=zuidpark)
    use(theirs, date(2026, 11, 3), 900 * GB, charge="900")
    delivered(noordkaai)
    delivered(zuidpark)
    return lines


def shown(response) -> list[str]:
    return [row.line.number[-1] for row in response.context["page"]]


def texts(response) -> str:
    assert response.status_code == 200
    return response.content.decode().replace(NBSP, " ")


def test_totals_stand_beside_those_of_the_month_before(reader, bob, fleet):
    text = texts(reader(bob).get(URL))
    figures = reader(bob).get(URL).context["figures"]
    assert [figure.value.replace(NBSP, " ") for figure in figures] == ["36.0 GB", "€19.75", "€12.50", "€7.25"]
    assert figures[0].note.replace(NBSP, " ") == "20.0 GB in October 2026"
    assert "Updated on 23/11/2026, 10:00." in text
    assert "900." not in text and f"900{NBSP}GB" not in text, "what another company used"


def test_a_month_is_chosen_and_the_first_one_has_nothing_to_compare_with(reader, bob, fleet):
    response = reader(bob).get(URL, {"month": "2026-10"})
    assert response.context["figures"][0].value == f"20.0{NBSP}GB"
    assert response.context["figures"][0].note == ""
    assert shown(response) == ["1"]
    assert "tab=usage&amp;month=2026-10" in response.content.decode()


@pytest.mark.parametrize(
    ("view", "lines", "first"),
    [
        ("data", ["1", "2", "3"], "30.0 GB"),
        ("outside", ["2", "3"], "€12.50"),
        ("roaming", ["2"], "€12.50"),
        ("extras", ["3"], "€7.25"),
    ],
)
def test_each_list_holds_whom_it_is_about_the_highest_first(reader, bob, fleet, view, lines, first):
    response = reader(bob).get(URL, {"view": view})
    assert shown(response) == lines
    assert response.context["page"].items[0].cells[0].replace(NBSP, " ") == first
    tab = next(tab for tab in response.context["tabs"] if tab.is_current)
    assert tab.count == response.context["page"].total == len(lines)


def test_lists_narrow_to_a_search_a_plan_and_a_cost_centre_of_the_company_alone(reader, bob, fleet, zuidpark):
    client = reader(bob)
    theirs = factories.TariffPlanFactory(customer=zuidpark)
    for params, expected in (
        ({"q": "baert"}, ["2"]),
        ({"q": "0468 00 00 03"}, ["3"]),
        ({"centre": fleet[0].cost_centre_id}, ["1"]),
        ({"plan": fleet[0].plan_id}, ["1", "2", "3"]),
        ({"plan": theirs.pk}, []),
        ({"q": "Zuiderling"}, []),
    ):
        assert shown(client.get(URL, params)) == expected, params
    chips = client.get(URL, {"q": "baert", "view": "outside"}).context["chips"]
    assert [(chip.text, chip.url) for chip in chips] == [("“baert”", "/usage/?view=outside")]


@pytest.mark.parametrize("view", [name for name in VIEWS if name != "unused"])
def test_every_list_can_be_sorted_by_each_column_both_ways(reader, bob, fleet, view):
    client = reader(bob)
    for name in ("number", "name", *VIEWS[view].columns):
        up = shown(client.get(URL, {"view": view, "sort": name}))
        down = shown(client.get(URL, {"view": view, "sort": f"-{name}"}))
        assert sorted(up) == sorted(down)
        heading = next(h for h in client.get(URL, {"view": view, "sort": name}).context["headings"] if h.key == name)
        assert heading.sorted == "ascending"
    assert shown(client.get(URL, {"sort": "-name"})) == ["3", "2", "1"]
    assert shown(client.get(URL, {"sort": "data"})) == ["3", "2", "1"]


def test_pages_follow_each_other_without_gap_or_repeat(reader, bob, noordkaai):
    delivered(noordkaai)
    for n in range(30):
        use(factories.LineFactory(customer=noordkaai), date(2026, 11, 3), (n // 10 + 1) * GB)
    client = reader(bob)
    pages = [client.get(URL, {"page": n}).context["page"] for n in (1, 2, 9)]
    assert [len(page) for page in pages] == [25, 5, 5]
    assert len({row.line.id for page in pages for row in page}) == 30


def test_nonsense_in_the_address_is_left_out(reader, bob, fleet):
    params = {"view": "x", "sort": "--", "month": "2026-99", "months": "7", "plan": "x", "page": "-1", "q": "\x00"}
    assert shown(reader(bob).get(URL, params)) == ["1", "2", "3"]


def test_filters_survive_being_written_and_read():
    wanted = UsageFilter(q="é", view="roaming", plan=3, centre=4, month=date(2026, 9, 1), sort="data_roaming")
    assert UsageFilter.from_text(wanted.query()) == wanted
    assert UsageFilter.from_text("view=unused&months=6").months == 6
    assert UsageFilter().query() == ""


def test_before_the_first_delivery_the_page_says_what_will_stand_there(reader, bob, noordkaai):
    text = texts(reader(bob).get(URL))
    assert "No usage yet" in text
    assert "tile__value" not in text


def test_old_figures_are_called_old(reader, bob, fleet, noordkaai):
    UsageImport.objects.for_customer(noordkaai).update(finished_at=datetime(2026, 11, 20, 6, tzinfo=UTC))
    assert "The last ones came on 20/11/2026, 07:00." in texts(reader(bob).get(URL))


def test_what_is_swapped_in_is_what_a_fresh_page_shows(reader, bob, fleet):
    client = reader(bob)
    answer = client.get("/usage/?view=outside", headers=HTMX)
    assert "<html" not in answer.content.decode()
    page = apply(page_of(client.get(URL)), answer, target="#usage", select="#usage", swap="outerMorph")
    assert_same(page, client.get("/usage/?view=outside"), "#usage")


def test_a_form_s_empty_fields_do_not_stay_in_the_address(reader, bob, fleet):
    response = reader(bob).get("/usage/?q=adam&plan=&centre=&month=2026-11", headers=HTMX)
    assert response["HX-Push-Url"] == "/usage/?q=adam"


def test_the_number_of_questions_does_not_grow_with_the_fleet(reader, bob, noordkaai, django_assert_max_num_queries):
    client = reader(bob)
    delivered(noordkaai)
    asked: dict[str, list[int]] = {}
    for _again in range(3):
        use(factories.LineFactory(customer=noordkaai), date(2026, 11, 3), charge="3")
        factories.LineFactory(customer=noordkaai)
        for query in ("", "?view=outside&q=sofie", "?view=unused"):
            with django_assert_max_num_queries(12) as captured:
                client.get(URL + query)
            asked.setdefault(query, []).append(len(captured))
    assert all(len(set(counts)) == 1 for counts in asked.values()), asked


def test_totals_of_a_large_fleet_are_kept_until_newer_figures_come(noordkaai, fleet, monkeypatch):
    monkeypatch.setattr(queries, "LARGE", 1)
    caches["memory"].clear()

    def total() -> int:
        return queries.month_totals(noordkaai, date(2026, 11, 1), freshness(noordkaai)).this.data_bytes

    before = total()
    use(fleet[0], date(2026, 11, 9), GB)
    assert total() == before
    delivered(noordkaai, datetime(2026, 11, 23, 9, 59, tzinfo=UTC))
    assert total() == before + GB
    caches["memory"].clear()


# Lines without use


@pytest.fixture
def known_for_a_year(fleet):
    """The company's figures reach back for a year."""
    use(fleet[0], date(2025, 11, 3))
    return fleet


@pytest.mark.parametrize(
    ("months", "last_use", "is_unused"),
    [
        (1, date(2026, 10, 22), True),
        (1, date(2026, 10, 23), False),
        (3, date(2026, 8, 22), True),
        (3, date(2026, 8, 23), False),
        (6, date(2026, 5, 22), True),
        (6, date(2026, 6, 1), False),
        (6, None, True),
    ],
)
def test_a_line_is_without_use_when_its_last_use_lies_before_the_day(
    reader, bob, known_for_a_year, months, last_use, is_unused
):
    if last_use:
        use(known_for_a_year[3], last_use)
    response = reader(bob).get(URL, {"view": "unused", "months": months})
    assert ("4" in shown(response)) == is_unused


def test_lines_without_use_tell_what_they_cost_together(reader, bob, known_for_a_year, noordkaai):
    option = factories.PlanOptionFactory(customer=noordkaai, price_month="6.00")
    known_for_a_year[3].line_options.create(option=option)
    response = reader(bob).get(URL, {"view": "unused"})
    assert shown(response) == ["4"]
    assert [cell.replace(NBSP, " ") for cell in response.context["page"].items[0].cells] == ["€25.00", "Never"]
    assert "<strong>1 line</strong> without use since 23 October 2026 costs <strong>€25.00</strong>" in texts(response)


def test_lines_without_use_come_in_pages_with_the_same_sums(reader, bob, known_for_a_year, noordkaai):
    factories.LineFactory.create_batch(27, customer=noordkaai, plan=known_for_a_year[0].plan)
    client = reader(bob)
    answers = [client.get(URL, {"view": "unused", "page": page}) for page in (1, 2, 9)]
    assert [len(answer.context["page"]) for answer in answers] == [25, 3, 3]
    assert {(answer.context["found"].lines, answer.context["found"].cost) for answer in answers} == {(28, 28 * 19)}
    assert len({row.line.id for answer in answers for row in answer.context["page"]}) == 28


def test_only_lines_in_service_all_that_time_count(reader, bob, known_for_a_year, noordkaai):
    factories.LineFactory(customer=noordkaai, number="+32468000005", activated_on=date(2026, 10, 24))
    factories.LineFactory(customer=noordkaai, number="+32468000006", state=LineState.TERMINATED)
    factories.LineFactory(customer=noordkaai, number="+32468000007", state=LineState.SUSPENDED)
    factories.LineFactory(customer=noordkaai, number="+32468000008", state=LineState.NEW)
    assert sorted(shown(reader(bob).get(URL, {"view": "unused"}))) == ["4", "7"]


def test_months_count_back_from_the_figures_and_not_from_today(reader, bob, known_for_a_year, noordkaai):
    """A delivery that is ten days old says nothing about the ten days after it."""
    use(known_for_a_year[3], date(2026, 10, 15))
    client = reader(bob)
    assert shown(client.get(URL, {"view": "unused"})) == ["4"]
    UsageImport.objects.for_customer(noordkaai).update(finished_at=datetime(2026, 11, 13, 6, tzinfo=UTC))
    assert shown(client.get(URL, {"view": "unused"})) == []


def test_nothing_is_said_about_a_time_before_the_figures(reader, bob, fleet):
    response = reader(bob).get(URL, {"view": "unused", "months": 3})
    assert shown(response) == []
    assert "That cannot be said yet: figures of usage go back to 1 October 2026." in texts(response)
    assert shown(reader(bob).get(URL, {"view": "unused", "months": 1})) == ["4"]


# Workbooks


def sheet(response):
    assert response["Content-Type"] == XLSX
    assert "attachment" in response["Content-Disposition"]
    return list(openpyxl.load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))


def test_a_list_as_a_workbook_has_numbers_and_text_where_they_belong(reader, bob, fleet, noordkaai):
    rows = sheet(reader(bob).post("/usage/export/", {"query": "view=outside"}))
    assert rows[0][6:] == (
        "Data (GB)",
        "Calls (min)",
        "Text messages",
        "Out of bundle (euro)",
        "Roaming (euro)",
        "Data roaming (euro)",
        "Premium numbers (euro)",
        "Calls and messages to them",
        "Third parties (euro)",
    )
    two = fleet[1]
    assert rows[1][:5] == ("+32468000002", two.sim.iccid, "Sofie Baert", None, "Pro")
    assert rows[1][6:] == (6, 0, 0, 12.5, 12.5, 12.5, 0, 0, 0)
    assert rows[2][6:] == (0, 11.5, 0, 7.25, 0, 0, 3, 1, 4.25)
    assert len(rows) == 3
    event = expect_audit(AuditKind.USAGE_EXPORTED, customer=noordkaai, subject=noordkaai, by=bob)
    assert event.after == {"rows": 2, "filter": "view=outside"}


def test_lines_without_use_as_a_workbook_have_days(reader, bob, known_for_a_year):
    use(known_for_a_year[3], date(2026, 8, 4))
    rows = sheet(reader(bob).post("/usage/export/", {"query": "view=unused&months=3"}))
    assert rows[1][6:] == (
        datetime.combine(date(2026, 8, 4), time()),
        datetime.combine(date(2025, 1, 1), time()),
        19,
    )


def test_a_large_list_becomes_a_task_that_keeps_its_month(
    reader, bob, fleet, noordkaai, monkeypatch, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(views, "AT_ONCE", 2)
    response = reader(bob).post("/usage/export/", {"query": ""})
    job = Job.objects.for_customer(fleet[0].customer).get()
    assert response.url == f"/jobs/{job.pk}/"
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == ("done", "3 lines exported.")
    assert job.result_name == "Most data 2026-11.xlsx"
    rows = list(openpyxl.load_workbook(job.result.path).active.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == ["+32468000001", "+32468000002", "+32468000003"]
    assert job.payload["query"] == "month=2026-11"


def test_a_neighbour_s_figures_are_his_own(reader, charlie, fleet):
    response = reader(charlie).get(URL)
    assert response.context["figures"][0].value == f"900{NBSP}GB"
    assert len(response.context["page"]) == 1
