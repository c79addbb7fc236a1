"""What a bulk change would do to each line, said before anything is asked of the operator."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fleetportal.web.errors import Refusal
from sims.bulk.selection import Selection
from sims.enums import BulkOutcome, BulkState, LineState, OrderKind
from sims.filters import LineFilter
from sims.models import Line, Order
from sims.orders.kinds.block import BlockWish
from sims.orders.kinds.plan import PlanWish
from sims.orders.placing import ask
from tests import factories

pytestmark = pytest.mark.usefixtures("english")


def rows_of(bulk):
    return list(bulk.rows.order_by("position"))


def set_state(line, **columns):
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(**columns)


def test_it_tells_who_changes_who_is_so_already_and_who_cannot_and_why(prepared, fleet):
    set_state(fleet[1], state=LineState.SUSPENDED, suspension_reason="lost")
    set_state(fleet[2], state=LineState.TERMINATED)

    bulk = prepared()

    assert bulk.state == BulkState.CHECKED
    assert (bulk.total, bulk.changing, bulk.already, bulk.impossible) == (4, 2, 1, 1)
    found = {row.line_id: (row.outcome, row.reason) for row in rows_of(bulk)}
    assert found[fleet[0].pk] == (BulkOutcome.CHANGE, "")
    assert found[fleet[1].pk] == (BulkOutcome.ALREADY, "This line is blocked already.")
    assert found[fleet[2].pk] == (BulkOutcome.CANNOT, "This line is not active, so there is nothing to block.")


def test_it_asks_nothing_of_the_operator(prepared):
    prepared()
    assert not Order.objects.across_customers(reason="all that there are").exists()


def test_an_open_request_stands_in_the_way_and_is_named(prepared, fleet, by_alice):
    ask(line=fleet[0], kind=OrderKind.BLOCK, wish=BlockWish(reason="stolen"), by=by_alice)

    row = rows_of(prepared())[0]

    assert row.outcome == BulkOutcome.CANNOT
    assert "Alice Aerts" in row.reason


def test_it_adds_up_what_the_changing_lines_cost_before_and_after(prepared, noordkaai, fleet):
    factories.TariffPlanFactory(customer=noordkaai, code="MAX", price_month="35.50")

    bulk = prepared("plan", PlanWish(plan="MAX"))

    assert (bulk.cost_before, bulk.cost_after) == (Decimal("76.00"), Decimal("142.00"))
    assert (rows_of(bulk)[0].cost_before, rows_of(bulk)[0].cost_after) == (Decimal("19.00"), Decimal("35.50"))


def test_an_option_that_does_not_go_with_a_plan_is_said_per_line(prepared, noordkaai, fleet):
    other = factories.TariffPlanFactory(customer=noordkaai, code="START", name_nl="Start", name_en="Start")
    set_state(fleet[3], plan=other)
    option = factories.PlanOptionFactory(customer=noordkaai, code="TRAVEL", name_en="Travel")
    option.plans.add(fleet[0].plan)

    bulk = prepared("options", PlanWish(add=("TRAVEL",)))

    assert (bulk.changing, bulk.impossible) == (3, 1)
    assert "“Travel” does not go with “Start”" in rows_of(bulk)[3].reason


def test_what_nobody_can_have_is_refused_at_once(prepared):
    with pytest.raises(Refusal, match="cannot be chosen"):
        prepared("plan", PlanWish(plan="NO-SUCH-PLAN"))


def test_a_filter_means_all_it_finds_now(prepared, fleet):
    set_state(fleet[2], state=LineState.LIMITED)
    bulk = prepared(selection=Selection.filtered(LineFilter(view="blocked")))
    assert [row.line_id for row in rows_of(bulk)] == [fleet[2].pk]


def test_lines_of_another_company_are_not_there(prepared, zuidpark, fleet):
    theirs = Line.objects.for_customer(zuidpark).first()
    bulk = prepared(lines=[fleet[0], theirs])
    assert [row.line_id for row in rows_of(bulk)] == [fleet[0].pk]


def test_more_than_a_few_lines_are_work_for_a_worker(prepared, work, monkeypatch):
    monkeypatch.setattr("sims.services.bulk.AT_ONCE", 2)
    bulk = prepared()
    assert bulk.state == BulkState.CHECKING

    [job] = work()

    bulk.refresh_from_db()
    assert (job.state, bulk.state, bulk.changing) == ("done", BulkState.CHECKED, 4)


def test_a_dry_run_that_is_done_twice_is_done_once(prepared, work, monkeypatch):
    from sims.services.bulk import check

    monkeypatch.setattr("sims.services.bulk.AT_ONCE", 2)
    bulk = prepared()
    work()
    check(bulk_id=bulk.pk)
    assert bulk.rows.count() == 4


def test_its_questions_do_not_grow_with_the_lines(prepared, noordkaai, fleet):
    def questions(lines):
        with CaptureQueriesContext(connection) as queries:
            prepared("plan", PlanWish(plan="MAX"), lines=lines)
        return len(queries)

    factories.TariffPlanFactory(customer=noordkaai, code="MAX")
    few = questions(fleet[:1])
    many = [*fleet, *factories.LineFactory.create_batch(10, customer=noordkaai, plan=fleet[0].plan)]
    assert questions(many) == few


def test_a_reason_without_names_is_read_in_every_language(prepared, fleet):
    from django.utils import translation

    set_state(fleet[0], state=LineState.SUSPENDED, suspension_reason="lost")
    with translation.override("nl"):
        bulk = prepared()
    assert rows_of(bulk)[0].reason == "This line is blocked already."
