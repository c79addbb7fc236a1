"""Fleets of thousands of lines, here and at the simulated operator, written set-wise."""

from accounts.models import Customer
from fleetportal.operators.contract import OperatorLine, ServiceStatus
from fleetportal.operators.simulator.inventory import adopt_lines
from sims.enums import LineState, SimState
from sims.models import Line, Sim
from sims.orders.kinds.base import customer_reference
from tests import factories


def working_lines(customer: Customer, count: int, *, start: int = 0) -> list[Line]:
    """``count`` active lines with a card each and one plan; ``start`` keeps the numbers of two companies apart."""
    plan, account = (
        factories.TariffPlanFactory(customer=customer),
        factories.BillingAccountFactory(customer=customer),
    )
    iccids = [factories.iccid(500_000_000 + start + n) for n in range(count)]
    cards = Sim.objects.bulk_create(
        (Sim(customer=customer, iccid=iccid, iccid_core=iccid[:18], state=SimState.IN_USE) for iccid in iccids),
        batch_size=1000,
    )
    lines: list[Line] = Line.objects.bulk_create(
        (
            Line(
                customer=customer,
                number=f"+32470{start + n:06d}",
                sim=card,
                plan=plan,
                billing_account=account,
                state=LineState.ACTIVE,
            )
            for n, card in enumerate(cards)
        ),
        batch_size=1000,
    )
    adopt_lines(
        customer_reference(customer),
        (
            OperatorLine(
                number=line.number,
                iccid=line.sim.iccid,
                status=ServiceStatus.ACTIVE,
                plan_code=plan.code,
                billing_account=account.number,
            )
            for line in lines
        ),
    )
    return lines
