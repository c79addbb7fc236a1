"""Numbers that the demo company brings along: three requests, with a number at every stage a transfer can have.

Everything is relative to the working days around today, so that it reads the same on any day.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import BillingAccount, CostCentre, Customer, User
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import PortStage
from fleetportal.operators.simulator.models import SimulatedOrder
from sims.models import Order, PortBatch, TariffPlan
from sims.orders import calendar
from sims.orders.engine import run_due
from sims.services.lines import LineWish, Transfer
from sims.services.mandates import MANDATE_TEXT_VERSION
from sims.services.port_batches import bring_along, save_batch
from sims.services.subscribers import NewEmployee


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a request, who gets it, and the moments the simulated donor keeps to; None is not yet.

    A number the donor refuses does so by its ending.
    """

    number: str
    first_name: str
    last_name: str
    validates_at: datetime | None = None
    slot_fixed_at: datetime | None = None
    promised_for: datetime | None = None
    done_at: datetime | None = None


def bring_numbers(customer: Customer, owner: User, requester: User, cards: Sequence[str]) -> None:
    """One request of some days ago, one of today, and one that waits for approval; ``cards`` are ten new ones."""
    now = timezone.now()
    today = calendar.local_day(now)
    asked = calendar.port_window_start(calendar.working_day_before(today, 3)) + timedelta(minutes=95)
    earlier, present = _some_days_ago(asked, today), _today(now, today)
    _request(customer, owner, earlier, cards[:4], asked)
    _request(customer, owner, present, cards[4:8], now)
    waiting = [Number("+32472881203", "Wannes", "Baert"), Number("+32472881204", "Camille", "Delvaux")]
    _request(customer, requester, waiting, cards[8:10], now)


def _some_days_ago(asked: datetime, today: Any) -> list[Number]:
    """On time, late but done, late and still on its way, refused."""
    promised = calendar.port_window_start(calendar.working_day_before(today, 2)) + timedelta(hours=2)
    late = calendar.port_window_start(calendar.working_day_before(today, 1)) + timedelta(hours=1)
    checked, fixed = asked + timedelta(hours=2), asked + timedelta(hours=3)
    coming = timezone.now() + timedelta(days=1)
    return [
        Number("+32472640110", "Lore", "Segers", checked, fixed, promised, promised),
        Number("+32472640111", "Hakim", "Benali", checked, fixed, promised, late),
        Number("+32472640112", "Astrid", "Coppens", checked, fixed, promised, coming),
        Number("+32472649999", "Pieter", "Lambrecht", checked),
    ]


def _today(now: datetime, today: Any) -> list[Number]:
    """Being checked, validated, with a fixed slot, stopped by its user."""
    before, later = now - timedelta(minutes=30), now + timedelta(hours=4)
    slot = calendar.port_window_start(calendar.working_day_after(today)) + timedelta(hours=2)
    return [
        Number("+32473515720", "Ward", "Van Looy", later, later, slot, slot),
        Number("+32473515721", "Inge", "Pauwels", before, later, slot, slot),
        Number("+32473515722", "Sami", "Haddad", before, before, slot, slot),
        Number("+32473519997", "Justine", "Mercier", before),
    ]


def _request(customer: Customer, user: User, numbers: Sequence[Number], cards: Sequence[str], asked: datetime) -> None:
    by = Actor.user(user)
    draft = save_batch(customer=customer, batch_id=uuid.uuid4(), answers={}, reached=0, by=by)
    wishes = [_wish(customer, number, card, asked) for number, card in zip(numbers, cards, strict=True)]
    batch = bring_along(batch=draft, wishes=wishes, by=by)
    orders = Order.objects.for_customer(customer).filter(line__port_in__batch=batch).order_by("line_id")
    for order, number in zip(orders, numbers, strict=True):
        if number.validates_at is not None:
            _let_happen(order, number)
    _put_back(batch, asked)


def _wish(customer: Customer, number: Number, card: str, asked: datetime) -> LineWish:
    plan = TariffPlan.objects.for_customer(customer).get(code="MOB-PRO")
    account = BillingAccount.objects.for_customer(customer).order_by("number")[0]
    centre = CostCentre.objects.for_customer(customer).order_by("code")[0]
    return LineWish(
        iccid=card,
        employee=NewEmployee(first_name=number.first_name, last_name=number.last_name, department="Techniek"),
        plan=plan.pk,
        billing_account=account.pk,
        cost_centre=centre.pk,
        transfer=Transfer(
            number=number.number,
            donor="Orange",
            is_prepaid=False,
            donor_customer_number="7700412",
            donor_iccid="",
            holder_name=customer.name,
            holder_enterprise_number=customer.enterprise_number,
            was_private=False,
            mandate_text_version=MANDATE_TEXT_VERSION,
            mandate_at=asked,
            mandate_ip="192.0.2.10",
        ),
    )


def _let_happen(order: Order, number: Number) -> None:
    """Send it whatever the day, give the simulated donor its moments, and ask how far it is."""
    _look(order)
    moments = {
        "validates_at": number.validates_at,
        "slot_fixed_at": number.slot_fixed_at,
        "promised_for": number.promised_for,
        "done_at": number.done_at or number.validates_at,
    }
    SimulatedOrder.objects.filter(external_id=order.pk).update(**moments)
    _look(order)


def _look(order: Order) -> None:
    Order.objects.for_customer(order.customer_id).filter(pk=order.pk).update(due_at=timezone.now())
    run_due(order.pk)


def _put_back(batch: PortBatch, asked: datetime) -> None:
    """What was asked some days ago says so, and each stage says when it was reached."""
    PortBatch.objects.for_customer(batch.customer_id).filter(pk=batch.pk).update(sent_at=asked, created_at=asked)
    orders = Order.objects.for_customer(batch.customer_id).filter(line__port_in__batch=batch)
    orders.update(created_at=asked)
    for order in orders.exclude(first_sent_at=None):
        simulated = SimulatedOrder.objects.get(external_id=order.pk)
        reached = {
            PortStage.ELIGIBILITY: asked + timedelta(minutes=1),
            PortStage.VALIDATED: simulated.validates_at,
            PortStage.SLOT_FIXED: simulated.slot_fixed_at,
        }
        told = {
            stage.value: moment.isoformat()
            for stage, moment in reached.items()
            if moment is not None and moment <= timezone.now() and order.stage
        }
        order.stages = {**order.stages, **told}
        order.first_sent_at = asked
        order.save(update_fields=["stages", "first_sent_at"])
