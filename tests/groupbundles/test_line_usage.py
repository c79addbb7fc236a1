"""What a line used, on its page."""

import io
from datetime import UTC, date, datetime, time, timedelta

import openpyxl
import pytest
from django.utils import timezone

from fleetportal.web.formatting import NBSP
from groupbundles.enums import AuditKind, UsageKind, UsageZone
from groupbundles.models import LineUsageDay, UsageImport
from groupbundles.queries.line_usage import line_usage
from sims.enums import LineState, OrderKind, OrderState
from sims.models import Order
from tests import factories
from tests.audit.expect import expect_audit
from tests.usage import GB, delivered, use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("november")]

NOVEMBER, OCTOBER = date(2026, 11, 1), date(2026, 10, 1)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def line(noordkaai):
    line = factories.LineFactory(customer=noordkaai, roaming_limit=50)
    delivered(noordkaai)
    return line


def page(client, line, query: str = "") -> str:
    response = client.get(f"/sims/{line.public_id}/{query}")
    assert response.status_code == 200
    return response.content.decode().replace(NBSP, " ")


def midnight(day: int) -> datetime:
    """A day of November as openpyxl reads it."""
    return datetime.combine(date(2026, 11, day), time())


def november_use(line) -> None:
    """A bit of everything, in the bundle and outside."""
    use(line, date(2026, 11, 3), 12 * GB)
    use(line, date(2026, 11, 5), 1 * GB, bundle="GB-DATA-1")
    use(line, date(2026, 11, 5), GB // 2, zone=UsageZone.WORLD, bundle="", charge="10.5600")
    use(line, date(2026, 11, 6), 214 * 60, kind=UsageKind.VOICE)
    use(line, date(2026, 11, 6), 46, kind=UsageKind.SMS)
    use(line, date(2026, 11, 7), 90, kind=UsageKind.VOICE, zone=UsageZone.PREMIUM, bundle="", charge="1.5")
    use(line, date(2026, 11, 8), 1, kind=UsageKind.SERVICE, zone=UsageZone.THIRD_PARTY, bundle="", charge="4")


def test_the_overview_shows_the_month_against_the_plan_and_the_roaming_limit(reader, bob, noordkaai, line):
    factories.GroupBundleFactory(customer=noordkaai, code="GB-DATA-1", name="Data 2 TB")
    november_use(line)
    text = page(reader(bob), line)
    assert 'aria-valuetext="12.0 of 20 GB, 60%"' in text
    assert 'aria-valuetext="10.56 of 50 €, 21%"' in text
    for part in ("Data of group bundle Data 2 TB", "216 min", "46 text messages", "€16.06", "roaming €10.56"):
        assert part in text, part
    assert "premium numbers €1.50" in text
    assert "Updated on 23/11/2026, 10:00." in text


def test_the_chart_says_what_can_be_seen_and_the_table_has_the_same_figures(reader, bob, line):
    november_use(line)
    text = page(reader(bob), line)
    assert 'aria-label="Data per day in November 2026. Most on 3 November: 12.0 GB. 13.5 GB up to 23 November."' in text
    assert "<title>5 November: 1.5 GB, 500 MB out of bundle</title>" in text
    assert text.count("c-bar--mute") == 7  # the days from the 24th on
    assert '<th scope="row">5 November</th><td>1.0 GB</td><td>500 MB</td>' in text


def test_days_count_in_belgium_and_the_month_is_the_one_it_is_there(noordkaai, line):
    use(line, date(2026, 11, 1), 5)
    use(line, date(2026, 10, 31), 7)
    assert line_usage(noordkaai, line, NOVEMBER).data.total == 5
    october = line_usage(noordkaai, line, OCTOBER)
    assert october.data.total == 7
    assert [used.total for day, used in october.per_day("data") if day.day == 31] == [7]


def test_after_midnight_in_belgium_the_new_month_is_the_present_one(reader, bob, line, time_machine):
    use(line, date(2026, 10, 31), 7 * GB)
    time_machine.move_to(datetime(2026, 10, 31, 22, 59, tzinfo=UTC))
    client = reader(bob)
    assert "Usage in October" in page(client, line)
    time_machine.move_to(datetime(2026, 10, 31, 23, 1, tzinfo=UTC))
    text = page(client, line)
    assert "Usage in November" in text
    assert "Nothing used in this month." in text


def test_an_earlier_month_can_be_chosen_and_nonsense_gives_the_present_one(reader, bob, line):
    use(line, date(2026, 10, 9), 3 * GB)
    client = reader(bob)
    assert 'aria-valuetext="3.0 of 20 GB, 15%"' in page(client, line, "?month=2026-10")
    for asked in ("2026-13", "2019-01", "2027-01", "x", "2025-11"):
        assert "Usage in November" in page(client, line, f"?month={asked}")


def test_a_line_without_use_is_told_when_to_expect_it(reader, bob, line):
    text = page(reader(bob), line)
    assert "No usage yet." in text
    assert "The first figures come within 24 hours." in text
    assert "aria-valuetext" not in text


def test_a_line_that_never_worked_has_no_card_of_usage(reader, bob, noordkaai, line):
    new = factories.LineFactory(customer=noordkaai, number=None, state=LineState.NEW)
    assert 'id="usage"' not in page(reader(bob), new)
    assert 'id="usage"' in page(reader(bob), line)


def test_old_figures_are_called_old(reader, bob, noordkaai, line):
    november_use(line)
    client = reader(bob)
    assert "These figures are old." not in page(client, line)
    UsageImport.objects.for_customer(noordkaai).update(finished_at=timezone.now() - timedelta(hours=37))
    text = page(client, line)
    assert "These figures are old." in text
    assert "The last ones came on 21/11/2026, 22:00." in text


def test_totals_outlive_the_figures_per_day(reader, bob, noordkaai, line):
    november_use(line)
    LineUsageDay.objects.for_customer(noordkaai).delete()
    text = page(reader(bob), line)
    assert 'aria-valuetext="12.0 of 20 GB, 60%"' in text
    assert "The figures per day of this month are not kept any more." in text


def test_the_tab_has_every_day_kind_and_zone(reader, bob, line):
    november_use(line)
    text = page(reader(bob), line, "?tab=usage")
    assert 'aria-current="page">Usage</a>' in text
    assert "Outside the European Union" in text
    assert '<td role="cell" class="t-num" data-label="Calls">214 min</td>' in text
    assert '<th scope="row">Services of third parties</th><td>0</td><td>1</td><td>€4.00</td>' in text
    calls = page(reader(bob), line, "?tab=usage&kind=voice")
    assert 'aria-label="Calls per day in November 2026. Most on 6 November: 214 min.' in calls


def test_what_is_asked_stays_while_a_request_is_under_way(reader, alice, line):
    """The page looks again by itself, and must not jump back to the present month."""
    Order.objects.create(
        customer=line.customer,
        line=line,
        kind=OrderKind.BLOCK,
        conflict_group="lifecycle",
        state=OrderState.IN_PROGRESS,
        not_before=timezone.now(),
        requested_by_name="An",
    )
    text = page(reader(alice), line, "?month=2026-10")
    assert "month=2026-10" in text.split("data-poll hidden")[0].rsplit("hx-get", 1)[1]


def test_another_company_sees_nothing_of_it(reader, charlie, line):
    november_use(line)
    client = reader(charlie)
    for path in ("", "?tab=usage", "usage/records/"):
        assert client.get(f"/sims/{line.public_id}/{path}").status_code == 404
    assert client.post(f"/sims/{line.public_id}/usage/export/").status_code == 404


def test_the_number_of_questions_does_not_grow_with_the_use(
    reader, bob, noordkaai, line, django_assert_max_num_queries
):
    client = reader(bob)
    factories.GroupBundleFactory(customer=noordkaai, code="GB-DATA-1")
    asked = []
    for day in (3, 9, 15):
        use(line, date(2026, 11, day), bundle="GB-DATA-1")
        use(line, date(2026, 11, day), kind=UsageKind.VOICE)
        for query in ("", "?tab=usage"):
            with django_assert_max_num_queries(12) as captured:
                client.get(f"/sims/{line.public_id}/{query}")
            asked.append(len(captured))
    assert len(set(asked[2:])) <= 2
    assert asked[2:4] == asked[4:]


def test_the_workbook_has_real_numbers_and_days(reader, bob, noordkaai, line):
    november_use(line)
    response = reader(bob).post(f"/sims/{line.public_id}/usage/export/", {"month": "2026-11"})
    assert response["Content-Type"] == XLSX
    assert "2026-11.xlsx" in response["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == (
        "Day",
        "Kind",
        "Zone",
        "Counts towards",
        "Amount",
        "Unit",
        "Number of uses",
        "Euro without VAT",
    )
    assert rows[1] == (midnight(3), "Data", "Belgium", "Own allowance", 12, "GB", 1, 0)
    assert (midnight(5), "Data", "Outside the European Union", "Out of bundle", 0.5, "GB", 1, 10.56) in rows
    assert (midnight(6), "Calls", "Belgium", "Own allowance", 214, "min", 1, 0) in rows
    assert len(rows) == 8
    event = expect_audit(AuditKind.USAGE_EXPORTED, customer=noordkaai, subject=line, by=bob)
    assert event.after == {"rows": 7, "filter": "month=2026-11"}
