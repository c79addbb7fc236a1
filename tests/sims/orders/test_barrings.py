"""Barring traffic: what contains what, what the operator is told, what can no longer be."""

import pytest

from fleetportal.operators.simulator.changes import BARRINGS
from fleetportal.operators.simulator.models import SimulatedLine
from fleetportal.web.errors import Refusal
from sims.barrings import CATALOGUE, GROUPS, container_of, in_order, offered, without_contained
from sims.enums import AuditKind, LineState, OrderKind, OrderState
from sims.models import Line
from sims.orders.kinds import NothingToChange, kind_of
from sims.orders.kinds.barrings import BarringsPayload, BarringsWish, exactly
from sims.orders.placing import ask
from sims.queries.progress import described
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive

pytestmark = pytest.mark.usefixtures("english")
RULES = kind_of(OrderKind.BARRINGS)


def change(line, by, bar=(), allow=()):
    return ask(line=line, kind=OrderKind.BARRINGS, wish=BarringsWish(bar=bar, allow=allow), by=by)


def set_barrings(line, *codes) -> None:
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(barrings=list(codes))
    line.refresh_from_db()
    factories.at_the_operator(line)


def test_every_kind_of_traffic_of_the_operator_has_words():
    assert set(CATALOGUE) == set(BARRINGS)
    assert {barring.group for barring in offered()} == set(GROUPS)
    assert all(set(barring.contains) < set(CATALOGUE) - {barring.code} for barring in CATALOGUE.values())


def test_only_what_the_operator_can_bar_is_offered(monkeypatch):
    monkeypatch.setattr("fleetportal.operators.simulator.changes.BARRINGS", frozenset({"ROAM_ALL", "THEIR_OWN"}))
    assert [barring.code for barring in offered()] == ["ROAM_ALL"]


def test_what_a_wider_barring_contains_is_not_kept_beside_it():
    assert without_contained({"ROAM_ALL", "ROAM_DATA", "PREMIUM_ADULT"}) == ("PREMIUM_ADULT", "ROAM_ALL")
    assert container_of("ROAM_DATA_NON_EU", {"ROAM_DATA", "ROAM_ALL"}) == "ROAM_ALL"
    assert container_of("DATA_OOB", {"ROAM_ALL"}) == ""


def test_the_order_is_that_of_the_catalogue_and_unknown_codes_come_last():
    assert in_order(["ZZ", "DCB", "INTL_CALLS"]) == ["INTL_CALLS", "DCB", "ZZ"]


def test_prices_are_ceilings_in_the_readers_format():
    assert CATALOGUE["SMS_PAYMENT"].price == "At most €31.00 per text message."
    assert CATALOGUE["ROAM_ALL"].price == ""


def test_barrings_change_here_and_at_the_operator(line, by_alice):
    set_barrings(line, "PREMIUM_ALL")
    order = change(line, by_alice, bar=("ROAM_ALL",), allow=("PREMIUM_ALL",))
    assert described(order) == "+ Roaming, − All premium numbers"
    assert drive(order) == OrderState.COMPLETED

    line.refresh_from_db()
    assert line.barrings == ["ROAM_ALL"]
    assert SimulatedLine.objects.get(number=line.number).barrings == ["ROAM_ALL"]
    event = expect_audit(AuditKind.LINE_BARRINGS_CHANGED, subject=line)
    assert (event.before["barrings"], event.after["barrings"]) == (["PREMIUM_ALL"], ["ROAM_ALL"])


def test_what_is_in_the_wish_of_nobody_stays_as_it_is(line, by_alice):
    set_barrings(line, "DCB", "THEIR_OWN")
    order = change(line, by_alice, bar=("MMS",))
    assert order.payload["barrings"] == ["DCB", "MMS", "THEIR_OWN"]


def test_a_part_that_becomes_contained_is_not_told_as_allowed(line, by_alice):
    set_barrings(line, "ROAM_DATA")
    assert described(change(line, by_alice, bar=("ROAM_ALL",))) == "+ Roaming"


@pytest.mark.parametrize("bar", [("ROAM_ALL",), ("ROAM_DATA",)])
def test_what_is_barred_already_also_along_with_something_has_nothing_to_change(line, by_alice, bar):
    set_barrings(line, "ROAM_ALL")
    with pytest.raises(NothingToChange):
        change(line, by_alice, bar=bar)


def test_a_part_cannot_be_allowed_while_the_whole_is_barred(line, by_alice):
    set_barrings(line, "ROAM_ALL")
    with pytest.raises(Refusal, match="“Data roaming” is barred along with “Roaming”"):
        change(line, by_alice, allow=("ROAM_DATA",))


def test_a_template_leaves_exactly_its_own_barrings(line, by_alice):
    set_barrings(line, "ROAM_ALL", "DCB")
    wish = exactly(("ROAM_DATA", "ROAM_DATA_NON_EU", "MMS"))
    payload = RULES.prepare(line.customer, wish)(line)
    assert payload.barrings == ("MMS", "ROAM_DATA")
    assert "ROAM_DATA_NON_EU" not in wish.allow


def test_nobody_bars_what_the_operator_cannot(line, by_alice):
    with pytest.raises(Refusal, match="cannot bar"):
        change(line, by_alice, bar=("VOICEMAIL",))


def test_a_line_whose_barrings_changed_meanwhile_gets_nothing(line, by_alice):
    order = change(line, by_alice, bar=("MMS",))
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(barrings=["DCB"])

    assert drive(order) == OrderState.CANCELLED
    assert order.error_code == "no_longer_possible"
    assert SimulatedLine.objects.get(number=line.number).barrings == []


def test_a_new_or_ended_line_has_no_barrings_to_change(new_line, line, by_alice):
    with pytest.raises(Refusal, match="not active yet"):
        change(new_line, by_alice, bar=("MMS",))
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(state=LineState.TERMINATED)
    with pytest.raises(Refusal, match="has ended"):
        change(line, by_alice, bar=("MMS",))


def test_preparing_many_lines_asks_the_database_nothing(line, django_assert_num_queries):
    prepared = RULES.prepare(line.customer, BarringsWish(bar=("MMS",)))
    with django_assert_num_queries(0):
        payload = prepared(line)
    assert payload == BarringsPayload(barrings=("MMS",), barrings_before=())
