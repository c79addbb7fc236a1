"""What the demo company has planned and what waits for approval, asked the way people ask it."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Customer, User
from fleetportal.audit.actors import Actor
from sims.enums import LineState, OrderKind, SuspensionReason
from sims.models import Line
from sims.orders import calendar
from sims.orders.kinds.block import BlockWish
from sims.orders.kinds.plan import PlanWish
from sims.orders.placing import ask


def ask_for_changes(customer: Customer, owner: User, requester: User) -> None:
    """A block that waits for a colleague's approval, a seasonal block with an end, a plan from next month on."""
    today = calendar.local_day(timezone.now())
    lines = Line.objects.for_customer(customer).filter(state=LineState.ACTIVE, open_request="").order_by("number")
    stolen, seasonal = lines[20], lines[21]
    plan_change = lines.filter(plan__code="MOB-START", options=None).last()
    wish = BlockWish(reason=SuspensionReason.STOLEN)
    ask(line=stolen, kind=OrderKind.BLOCK, wish=wish, note="Gestolen op de trein.", by=Actor.user(requester))
    first, last = today + timedelta(days=12), today + timedelta(days=40)
    wish = BlockWish(reason=SuspensionReason.SEASONAL, until=last.isoformat())
    ask(line=seasonal, kind=OrderKind.BLOCK, wish=wish, not_before=first, by=Actor.user(owner))
    if plan_change is not None:
        day = calendar.next_period(today)
        ask(line=plan_change, kind=OrderKind.PLAN, wish=PlanWish(plan="MOB-PRO"), not_before=day, by=Actor.user(owner))
