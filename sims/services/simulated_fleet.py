"""Keeping the simulated operator in step with an imported fleet. With a real operator its lines exist there already."""

from collections.abc import Sequence

from django.conf import settings

from accounts.models import BillingAccount, Customer
from fleetportal.operators.contract import OperatorLine, ServiceStatus
from fleetportal.operators.simulator.inventory import adopt_lines
from sims.enums import LineState
from sims.models import PlanOption, TariffPlan
from sims.orders.kinds.base import customer_reference
from sims.services.fleet_import import NewLine

SIMULATOR = "fleetportal.operators.simulator."


def is_simulated() -> bool:
    """Whether this installation talks to the simulated operator."""
    return bool(settings.OPERATOR.startswith(SIMULATOR))


def tell_simulator(customer: Customer, lines: Sequence[NewLine]) -> None:
    """Make the lines exist at the simulator; lines it knows stay as they are. Call after the import was committed."""
    if not is_simulated():
        return
    plans = dict(TariffPlan.objects.for_customer(customer).values_list("pk", "code"))
    options = dict(PlanOption.objects.for_customer(customer).values_list("pk", "code"))
    accounts = dict(BillingAccount.objects.for_customer(customer).values_list("pk", "number"))
    adopt_lines(
        customer_reference(customer),
        [
            OperatorLine(
                number=line.number,
                iccid=line.iccid,
                status=ServiceStatus.SUSPENDED if line.state == LineState.SUSPENDED else ServiceStatus.ACTIVE,
                plan_code=plans[line.plan_id],
                option_codes=tuple(options[pk] for pk in line.option_ids),
                activated_on=line.activated_on,
                billing_account=accounts[line.billing_account_id],
            )
            for line in lines
        ],
    )
