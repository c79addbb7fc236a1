"""What the demo company has barred, what it has planned and what waits for approval, asked the way people ask it."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Customer, User
from fleetportal.audit.actors import Actor
from fleetportal.operators.simulator.models import SimulatedLine
from sims.confirmations import ask_for_a_change, ask_to_confirm
from sims.enums import LineState, OrderKind, SuspensionReason
from sims.models import Line, Subscriber
from sims.orders import calendar
from sims.orders.kinds.block import BlockWish
from sims.orders.kinds.plan import PlanWish
from sims.orders.placing import ask
from sims.services.barring_templates import save_template


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


def bar_traffic(customer: Customer, owner: User) -> None:
    """Two templates, and lines that follow them, have something else barred or nothing at all."""
    by = Actor.user(owner)
    at_home = save_template(customer=customer, name="Alleen in België", codes=("ROAM_ALL", "INTL_CALLS"), by=by)
    no_payments = save_template(
        customer=customer, name="Geen betaaldiensten", codes=("PREMIUM_ALL", "SMS_PAYMENT", "DCB"), by=by
    )
    lines = Line.objects.for_customer(customer)
    numbers = list(lines.exclude(number=None).order_by("number").values_list("number", flat=True))
    for first, codes in ((0, at_home.codes), (1, no_payments.codes), (2, ["DATA_OOB", "PREMIUM_ADULT"])):
        some = numbers[first::5]
        lines.filter(number__in=some).update(barrings=codes)
        SimulatedLine.objects.filter(number__in=some).update(barrings=codes)


def ask_employees(customer: Customer, owner: User) -> None:
    """One was asked whether his details are right; one who confirmed them is asked to agree with a change."""
    by = Actor.user(owner)
    people = Subscriber.objects.for_customer(customer).filter(lines__state=LineState.ACTIVE).exclude(email="")
    people = people.order_by("employee_number")
    asked = people.filter(confirmed_at=None).first()
    confirmed = people.filter(confirmed_at__isnull=False).exclude(department="Directie").first()
    if asked is not None:
        ask_to_confirm(asked, by=by)
    if confirmed is not None:
        ask_for_a_change(confirmed, proposed={"department": "Directie"}, note="Je nieuwe team.", by=by)
