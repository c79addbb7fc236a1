"""A bulk change of the demo company that is over: most lines changed, two the operator refused, one that cannot."""

from django.utils import timezone

from accounts.models import Customer, User
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import ServiceStatus
from fleetportal.operators.simulator.models import SimulatedLine, SimulatedOrder
from sims.bulk.changes import change_of
from sims.bulk.selection import Selection
from sims.enums import LineState
from sims.models import Line, Order
from sims.orders.engine import run_due
from sims.orders.kinds.limits import ThirdPartyLimitWish
from sims.services.bulk import apply, prepare

CHANGED, REFUSED = 7, 2


def change_many(customer: Customer, owner: User) -> None:
    """A lower PayByMobile limit. What was refused goes well when it is tried again."""
    by = Actor.user(owner)
    lines = Line.objects.for_customer(customer).order_by("number")
    working = list(lines.filter(state=LineState.ACTIVE, open_request="")[60 : 60 + CHANGED + REFUSED])
    ended = lines.filter(state=LineState.TERMINATED)[:1]
    selection = Selection.picked([str(line.public_id) for line in (*working, *ended)])
    wish = ThirdPartyLimitWish(amount="50.00")
    bulk = prepare(customer=customer, change=change_of("third_party_limit"), wish=wish, selection=selection, by=by)
    apply(bulk=bulk, by=by)
    refused = SimulatedLine.objects.filter(number__in=[line.number for line in working[:REFUSED]])
    refused.update(status=ServiceStatus.TERMINATED)
    orders = Order.objects.for_customer(customer)
    for order in orders.filter(bulk_row__bulk=bulk):
        for _look in ("sent", "done"):
            now = timezone.now()
            SimulatedOrder.objects.filter(external_id=order.pk).update(done_at=now)
            orders.filter(pk=order.pk).update(due_at=now)
            run_due(order.pk)
    refused.update(status=ServiceStatus.ACTIVE)
