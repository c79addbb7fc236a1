"""Tells the simulated operator what a company already has: cards it was sent and lines of an imported fleet."""

from collections.abc import Iterable

from fleetportal.operators.contract import OperatorLine, ServiceStatus, SimStatus
from fleetportal.operators.simulator.models import SimulatedLine, SimulatedSim

BATCH = 2000


def stock_sims(customer_reference: str, iccids: Iterable[str], *, is_esim: bool = False) -> None:
    """Cards in the company's drawer, or eSIM profiles; known ones stay as they are."""
    SimulatedSim.objects.bulk_create(
        (SimulatedSim(iccid=iccid, customer_reference=customer_reference, is_esim=is_esim) for iccid in iccids),
        batch_size=BATCH,
        ignore_conflicts=True,
    )


def adopt_lines(customer_reference: str, rows: Iterable[OperatorLine]) -> None:
    """Lines that exist already, with their cards; numbers and cards that are known stay as they are.

    Rows without a number are left out: a line the operator does not know has none.
    """
    lines = [row for row in rows if row.number]
    SimulatedLine.objects.bulk_create(
        (_adopted(customer_reference, row) for row in lines), batch_size=BATCH, ignore_conflicts=True
    )
    SimulatedSim.objects.bulk_create(
        (_card(customer_reference, row) for row in lines if row.iccid), batch_size=BATCH, ignore_conflicts=True
    )


def _adopted(customer_reference: str, row: OperatorLine) -> SimulatedLine:
    return SimulatedLine(
        number=row.number,
        iccid=row.iccid,
        customer_reference=customer_reference,
        plan_code=row.plan_code,
        option_codes=list(row.option_codes),
        status=row.status,
        activated_on=row.activated_on,
        barrings=list(row.barrings),
        third_party_limit=row.third_party_limit,
        third_party_spent=row.third_party_spent,
        roaming_limit=row.roaming_limit,
        billing_account=row.billing_account,
        user_name=row.user_name,
        suspension_reason=row.suspension_reason,
    )


def _card(customer_reference: str, row: OperatorLine) -> SimulatedSim:
    is_over = row.status == ServiceStatus.TERMINATED
    return SimulatedSim(
        iccid=row.iccid,
        customer_reference=customer_reference,
        status=SimStatus.RETIRED if is_over else SimStatus.IN_USE,
    )
