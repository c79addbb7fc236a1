"""eSIMs of the demo company, and people who have been there long enough to replace a card at once."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Customer, Membership
from fleetportal.operators.simulator.inventory import stock_sims
from fleetportal.operators.simulator.models import SimulatedSim
from sims.enums import LineState
from sims.identifiers import iccid_core
from sims.models import Line, Sim
from sims.orders.kinds.base import customer_reference


def settle(customer: Customer) -> None:
    """Everybody joined months ago; what people ask in their first days is held back."""
    Membership.objects.for_customer(customer).update(joined_at=timezone.now() - timedelta(days=120))


def add_esims(customer: Customer, cards: list[str]) -> None:
    """These free eSIM profiles, and one line that works on an eSIM."""
    Sim.objects.bulk_create(
        [Sim(customer=customer, iccid=c, iccid_core=iccid_core(c), batch="Demo", is_esim=True) for c in cards]
    )
    stock_sims(customer_reference(customer), cards, is_esim=True)
    line = Line.objects.for_customer(customer).filter(state=LineState.ACTIVE, open_request="").order_by("number")[24]
    Sim.objects.for_customer(customer).filter(pk=line.sim_id).update(is_esim=True)
    SimulatedSim.objects.filter(iccid=line.sim.iccid).update(is_esim=True)
