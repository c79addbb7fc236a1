"""The columns of usage in the fleet list and its export."""

import io
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from django.utils import timezone

from fleetportal.shell.registry import LineColumn, LineColumns, contributions
from fleetportal.web.formatting import NBSP
from groupbundles.models import UsageImport
from groupbundles.queries.line_columns import use_of_lines
from sims.enums import LineState
from tests import factories
from tests.usage import GB, delivered, use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("november")]


@pytest.fixture
def line(noordkaai):
    return factories.LineFactory(customer=noordkaai)


def fleet_list(client) -> str:
    response = client.get("/sims/")
    assert response.status_code == 200
    return response.content.decode().replace(NBSP, " ")


def test_each_line_shows_its_month_against_its_plan_and_what_is_outside(reader, bob, noordkaai, line):
    delivered(noordkaai)
    use(line, date(2026, 11, 3), 12_400_000_000)
    use(line, date(2026, 11, 3), 2 * GB, bundle="GB-1")
    use(line, date(2026, 11, 4), zone="WORLD", bundle="", charge="14.6")
    use(line, date(2026, 10, 4), 99 * GB, charge="99")
    text = fleet_list(reader(bob))
    assert "Data in Nov" in text
    assert 'aria-valuetext="12.4 of 20 GB, 62%"' in text
    assert '<span class="t-sub" data-m="hide">15.4 GB in total</span>' in text
    assert "<strong>€14.60</strong>" in text
    assert "Usage updated on 23/11/2026, 10:00." in text


def test_a_full_page_of_the_list_stays_under_60_kb(client_for, owner, noordkaai):
    """With everything the owner may do; every third line was used in all the ways that a row can show."""
    delivered(noordkaai)
    shared = {
        "plan": factories.TariffPlanFactory(customer=noordkaai),
        "billing_account": factories.BillingAccountFactory(customer=noordkaai),
        "cost_centre": factories.CostCentreFactory(customer=noordkaai),
    }
    for n in range(25):
        line = factories.LineFactory(customer=noordkaai, **shared)
        use(line, date(2026, 11, 3), 12_400_000_000)
        if n % 3 == 0:
            use(line, date(2026, 11, 4), zone="WORLD", bundle="", charge="14.6")
    content = client_for(owner).get("/sims/").content
    assert content.count(b'id="sim-') == 25
    assert len(content) <= 60_000


def test_an_unused_line_in_service_shows_zero_and_others_nothing(noordkaai, line):
    delivered(noordkaai)
    new = factories.LineFactory(customer=noordkaai, number=None, state=LineState.NEW)
    ended = factories.LineFactory(customer=noordkaai, state=LineState.TERMINATED)
    used = factories.LineFactory(customer=noordkaai, state=LineState.TERMINATED)
    use(used, date(2026, 11, 3), GB)
    found = use_of_lines(noordkaai, [line.pk, new.pk, ended.pk, used.pk])
    assert {pk: use.own for pk, use in found.items()} == {line.pk: 0, used.pk: GB}


def test_a_plan_without_an_allowance_shows_what_was_used(reader, bob, noordkaai):
    delivered(noordkaai)
    line = factories.LineFactory(customer=noordkaai, plan__data_gb=None)
    use(line, date(2026, 11, 3), 310 * 10**6)
    text = fleet_list(reader(bob))
    assert "310 MB" in text
    assert 'role="meter"' not in text


def test_before_the_first_delivery_nothing_is_claimed(reader, bob, line):
    text = fleet_list(reader(bob))
    assert 'role="meter"' not in text
    assert "Usage updated" not in text


def test_old_figures_are_called_old(reader, bob, noordkaai, line):
    delivered(noordkaai, timezone.now() - timedelta(hours=37))
    assert "Usage is old: updated on 21/11/2026, 22:00." in fleet_list(reader(bob))


def test_another_company_s_use_is_not_found(noordkaai, zuidpark, line):
    delivered(noordkaai)
    theirs = factories.LineFactory(customer=zuidpark)
    use(theirs, date(2026, 11, 3))
    assert set(use_of_lines(noordkaai, [line.pk, theirs.pk])) == {line.pk}


def test_the_columns_can_be_taken_away_and_then_cost_no_question(
    reader, bob, noordkaai, line, django_assert_num_queries
):
    delivered(noordkaai)
    client = reader(bob)
    assert client.get("/sims/").context["shown"] == ["plan", "state", "data", "outside"]
    client.post("/sims/columns/", {"column": ["plan", "outside", "nonsense"]})
    assert client.get("/sims/").context["shown"] == ["plan", "outside"]
    assert "Data in Nov" not in fleet_list(client).split("<tbody")[0].split("<thead")[1]
    client.post("/sims/columns/", {"column": ["plan"]})
    headers = {"HX-Request": "true", "HX-Request-Type": "full", "HX-Target": "div#fleet"}
    with django_assert_num_queries(6):
        client.get("/sims/", headers=headers)
    client.post("/sims/columns/", {"column": ["plan", "data", "outside"]})
    with django_assert_num_queries(7):
        client.get("/sims/", headers=headers)


def test_any_app_can_contribute_columns(reader, bob, noordkaai, line, monkeypatch):
    asked = []

    def load(customer, lines):
        asked.append((customer, list(lines)))
        return {line.pk: "<b>"}

    column = LineColumn("mood", "Mood", cell=lambda known: known, value=lambda known: known)
    monkeypatch.setattr(
        contributions, "line_columns", [LineColumns((column,), load, note=lambda known: f"{len(known)} moods")]
    )
    other = factories.LineFactory(customer=noordkaai)
    text = fleet_list(reader(bob))
    assert asked == [(noordkaai, sorted([line.pk, other.pk]))]
    assert '<td role="cell">&lt;b&gt;</td>' in text
    assert "1 moods" in text


def test_the_list_stays_light_with_a_meter_in_every_row(reader, bob, noordkaai):
    delivered(noordkaai)
    shared = {
        "plan": factories.TariffPlanFactory(customer=noordkaai),
        "billing_account": factories.BillingAccountFactory(customer=noordkaai),
        "cost_centre": factories.CostCentreFactory(customer=noordkaai),
    }
    for n, line in enumerate(factories.LineFactory.create_batch(25, customer=noordkaai, **shared)):
        use(line, date(2026, 11, 3), 12_400_000_000, charge="14.6")
        if n % 3 == 0:
            use(line, date(2026, 11, 3), 2 * GB, bundle="GB-1")
    response = reader(bob).get("/sims/")
    assert response.content.count(b'role="meter"') == 25
    rows = response.content.split(b"<tbody")[1].split(b"</tbody>")[0]
    assert len(rows) < 25 * 1_500
    assert len(response.content) < 62_000


def test_the_export_has_the_columns_as_numbers(reader, bob, noordkaai, line, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    delivered(noordkaai)
    use(line, date(2026, 11, 3), 12_400_000_000)
    use(line, date(2026, 11, 4), bundle="", charge="14.6")
    factories.LineFactory(customer=noordkaai, state=LineState.NEW)
    client = reader(bob)

    def exported(columns: str) -> list[tuple]:
        choice = {"scope": "all", "columns": columns, "format": "xlsx", "query": ""}
        response = client.post("/sims/export/", choice)
        return list(openpyxl.load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))

    for columns in ("all", "shown"):
        rows = exported(columns)
        assert rows[0][-2:] == ("Data in Nov (GB)", "Out of bundle (EUR)")
        assert rows[1][-2:] == (13.4, 14.6)
        assert rows[2][-2:] == (None, None)
    client.post("/sims/columns/", {"column": ["plan"]})
    assert not [heading for heading in exported("shown")[0] if "Nov" in heading]


def test_a_new_month_starts_at_zero(reader, bob, noordkaai, line, time_machine):
    use(line, date(2026, 10, 31), 5 * GB)
    time_machine.move_to(datetime.fromisoformat("2026-10-31T22:59:00+00:00"))
    delivered(noordkaai)
    assert 'aria-valuetext="5.0 of 20 GB, 25%"' in fleet_list(reader(bob))
    time_machine.move_to(datetime.fromisoformat("2026-10-31T23:01:00+00:00"))
    assert 'aria-valuetext="0.0 of 20 GB, 0%"' in fleet_list(reader(bob))
    assert UsageImport.objects.for_customer(noordkaai).count() == 1
