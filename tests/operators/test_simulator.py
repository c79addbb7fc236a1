"""The contract as the simulated operator keeps it, and its refusals and faults."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection, transaction

from fleetportal.operators.contract import (
    Busy,
    ContractError,
    OperatorLine,
    OrderStatus,
    Rejected,
    ServiceStatus,
    SimStatus,
    Uncertain,
)
from fleetportal.operators.registry import get_operator
from fleetportal.operators.simulator.faults import set_faults
from fleetportal.operators.simulator.inventory import adopt_lines, stock_sims
from fleetportal.operators.simulator.models import Faults, NumberPool, SimulatedLine, SimulatedOrder, SimulatedSim
from tests.operators.contract_cases import activation, card, transfer

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(settings):
    settings.SIMULATOR_WORK_SECONDS = 60
    return get_operator()


def later(seconds: float = 61) -> None:
    """The operator's clock goes on."""
    ahead = Faults.objects.values_list("clock_offset_seconds", flat=True).first() or 0
    set_faults(clock_offset_seconds=ahead + seconds)


def outcome(operator, request):
    """How an order ends when the work is over."""
    reference = operator.submit(request).reference
    later()
    return operator.get_order(reference)


def test_an_order_is_acknowledged_worked_on_and_completed(operator):
    request = activation()

    answer = operator.submit(request)
    assert (answer.external_id, answer.status, answer.number) == (request.external_id, OrderStatus.ACKNOWLEDGED, "")

    assert operator.get_order(answer.reference).status == OrderStatus.IN_PROGRESS
    assert operator.get_line("+32456100001") is None

    later()
    done = operator.get_order(answer.reference)
    assert done.status == OrderStatus.COMPLETED
    assert done.completed_at == done.promised_for == answer.promised_for
    line = operator.get_line(done.number)
    assert (line.iccid, line.plan_code, line.option_codes) == (request.iccid, "MOB-PRO", ("INTL",))
    assert line.status == ServiceStatus.ACTIVE
    assert operator.check_sim(request.iccid) == SimStatus.IN_USE


def test_the_work_goes_on_without_anybody_asking_for_the_order(operator):
    request = activation()
    operator.submit(request)
    later()

    assert [line.iccid for line in operator.list_lines(request.customer_reference)] == [request.iccid]


def test_the_same_id_is_the_same_order(operator):
    request = activation()

    first, second = operator.submit(request), operator.submit(request)

    assert second == first
    assert SimulatedOrder.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_id_twice_at_once_is_the_same_order(operator):
    request = activation()
    gate = threading.Barrier(4)

    def send(_n):
        gate.wait(timeout=10)
        try:
            return operator.submit(request).reference
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        references = set(pool.map(send, range(4)))

    assert len(references) == 1
    assert SimulatedOrder.objects.count() == 1


def test_an_order_is_found_by_our_id_only_when_it_arrived(operator):
    request = activation()
    assert operator.find_order(request.external_id) is None

    answer = operator.submit(request)

    assert operator.find_order(request.external_id).reference == answer.reference


def test_numbers_are_given_once_and_never_one_that_is_taken(operator):
    pool = NumberPool.objects.create(pk=1, next_number=200_000)
    adopt_lines("x", [OperatorLine(f"{pool.prefix}200002", card(), ServiceStatus.ACTIVE, "P")])

    numbers = {outcome(operator, activation()).number for _n in range(3)}

    assert numbers == {"+32456200001", "+32456200003", "+32456200004"}


@pytest.mark.parametrize("reference", ["SO-99999999", "nonsense"])
def test_an_order_it_does_not_know_is_against_the_contract(operator, reference):
    with pytest.raises(ContractError):
        operator.get_order(reference)
    with pytest.raises(ContractError):
        operator.cancel(reference)


def test_an_order_is_cancelled_only_while_it_is_worked_on(operator):
    reference = operator.submit(activation()).reference
    assert operator.cancel(reference).status == OrderStatus.CANCELLED

    reference = operator.submit(activation()).reference
    later()
    assert operator.cancel(reference).status == OrderStatus.COMPLETED


def test_a_cancelled_order_never_becomes_a_line(operator):
    operator.cancel(operator.submit(activation()).reference)
    later()

    assert not list(operator.list_lines("0403019261"))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: activation(plan_code=""), "plan_unknown"),
        (lambda: activation(iccid=card("9999")), "sim_unknown"),
        (lambda: activation(iccid="8944000000000000000"), "sim_unknown"),
    ],
)
def test_some_orders_are_refused_at_once(operator, make, code):
    with pytest.raises(Rejected) as refusal:
        operator.submit(make())

    assert refusal.value.code == code
    assert not SimulatedOrder.objects.exists()


def test_a_card_serves_one_order_and_one_line(operator):
    iccid = card()
    operator.submit(activation(iccid=iccid))
    with pytest.raises(Rejected) as refusal:
        operator.submit(activation(iccid=iccid))
    assert refusal.value.code == "sim_has_an_order"

    later()
    with pytest.raises(Rejected) as refusal:
        operator.submit(activation(iccid=iccid))
    assert refusal.value.code == "sim_in_use"


def test_a_card_of_another_customer_or_out_of_use_is_refused(operator):
    theirs, old = card(), card()
    stock_sims("another", [theirs])
    stock_sims("0403019261", [old])
    SimulatedSim.objects.filter(iccid=old).update(status=SimStatus.RETIRED)

    for iccid, code in ((theirs, "sim_of_another_customer"), (old, "sim_retired")):
        with pytest.raises(Rejected) as refusal:
            operator.submit(activation(iccid=iccid))
        assert refusal.value.code == code


@pytest.mark.parametrize(
    ("make", "status", "code"),
    [
        (lambda: activation(iccid=card("9998")), OrderStatus.REJECTED, "sim_defective"),
        (lambda: activation(iccid=card("9997")), OrderStatus.FAILED, "network_trouble"),
        (lambda: transfer(number="+32470129999"), OrderStatus.REJECTED, "port_number_not_active"),
        (lambda: transfer(number="+32470129998"), OrderStatus.REJECTED, "port_already_pending"),
        (lambda: transfer(number="+32470129997"), OrderStatus.REJECTED, "port_blocked_by_subscriber"),
        (lambda: transfer(donor_customer_number="60012399"), OrderStatus.REJECTED, "port_wrong_account"),
        (lambda: transfer(holder_name="Inconnu SA"), OrderStatus.REJECTED, "port_wrong_holder"),
        (lambda: transfer(is_prepaid=True), OrderStatus.REJECTED, "port_proof_missing"),
    ],
)
def test_others_are_refused_after_some_work(operator, make, status, code):
    request = make()

    answer = outcome(operator, request)

    assert (answer.status, answer.error_code) == (status, code)
    assert answer.error_message
    assert not SimulatedLine.objects.filter(iccid=request.iccid).exists()


def test_a_transfer_keeps_its_number(operator):
    answer = outcome(operator, transfer(number="+32470123456", is_prepaid=True, donor_iccid=card()))

    assert (answer.status, answer.number) == (OrderStatus.COMPLETED, "+32470123456")


def test_a_number_is_transferred_by_one_order_at_a_time_and_not_when_it_is_here(operator):
    first, second = operator.submit(transfer()), operator.submit(transfer())
    later()
    codes = [operator.get_order(order.reference).error_code for order in (first, second)]
    assert codes == ["port_already_pending", ""]

    assert outcome(operator, transfer(number=SimulatedLine.objects.get().number)).error_code == (
        "port_number_already_here"
    )


def test_what_a_card_is_known_as(operator):
    stocked, stranger = card(), card("9999")
    stock_sims("0403019261", [stocked])
    adopt_lines("0403019261", [OperatorLine("+32468000001", card(), ServiceStatus.SUSPENDED, "P")])

    assert operator.check_sim(stocked) == SimStatus.AVAILABLE
    assert operator.check_sim(SimulatedLine.objects.get().iccid) == SimStatus.IN_USE
    assert operator.check_sim(stranger) == SimStatus.UNKNOWN


def test_an_adopted_fleet_is_the_operators_fleet_and_adopting_it_twice_changes_nothing(operator):
    rows = [
        OperatorLine("+32468000001", card(), ServiceStatus.ACTIVE, "MOB-PRO", ("INTL",), "", date(2024, 1, 2)),
        OperatorLine("+32468000002", card(), ServiceStatus.TERMINATED, "MOB-PRO"),
        OperatorLine("", card(), ServiceStatus.ACTIVE, "MOB-PRO"),
    ]

    adopt_lines("0403019261", rows)
    adopt_lines("0403019261", rows)

    lines = {line.number: line for line in operator.list_lines("0403019261")}
    assert set(lines) == {"+32468000001"} | {"+32468000002"}
    assert lines["+32468000001"].activated_on == date(2024, 1, 2)
    assert operator.check_sim(rows[1].iccid) == SimStatus.RETIRED
    assert not list(operator.list_lines("another"))


def test_a_busy_operator_did_nothing(operator):
    set_faults(busy_times=1)
    request = activation()

    with pytest.raises(Busy):
        operator.submit(request)

    assert not SimulatedOrder.objects.exists()
    assert operator.submit(request)


@pytest.mark.parametrize(
    ("switch", "error", "was_done"),
    [("lose_requests", Uncertain, False), ("drop_answers", Uncertain, True), ("wrong_answers", ContractError, True)],
)
def test_faults_spoil_as_many_calls_as_they_say(operator, switch, error, was_done):
    set_faults(**{switch: 1})
    request = activation()

    with pytest.raises(error):
        operator.submit(request)

    assert SimulatedOrder.objects.exists() == was_done
    assert operator.submit(request).external_id == request.external_id


def test_faults_reach_questions_only_when_told_to(operator):
    set_faults(drop_answers=1)
    assert operator.find_order(uuid.uuid4()) is None

    set_faults(drop_answers=1, only_submit=False)
    with pytest.raises(Uncertain):
        operator.find_order(uuid.uuid4())


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_work_inside_a_transaction_of_the_portal(operator):
    with pytest.raises(RuntimeError), transaction.atomic():
        operator.submit(activation())
