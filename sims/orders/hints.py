"""Events of the operator as hints: the order is asked about sooner, and that is all an event can do."""

from collections.abc import Callable

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Least, Now

from fleetportal.operators.contract import OperatorEvent
from sims.enums import OrderState
from sims.models import Order
from sims.orders.patience import may_be_asked_about
from sims.orders.transitions import hold
from sims.orders.waking import wake_worker

Hearer = Callable[[OperatorEvent], bool]
_others: list[Hearer] = []


def also_hear(hearer: Hearer) -> None:
    """Let an app above this one hear of events that are about no order; called from its ``AppConfig.ready``.

    The hearer says whether the event is about something of its own.
    """
    if hearer not in _others:
        _others.append(hearer)


def look_now(event: OperatorEvent) -> bool:
    """Make the order of an event due and wake a worker; False when nobody knows what the event is about.

    Only for orders that wait for the operator's answer: one that is planned, that may be undone or that a person looks
    at keeps its moment, one that a worker has or that is final is left alone. The last half of the tries after trouble
    keep their waits, so that a burst of events cannot use them up.
    """
    orders = Order.objects.across_customers(reason="the operator's events name orders of every company")
    mine = orders.filter(pk=event.external_id)
    free = Q(lease_until=None) | Q(lease_until__lte=Now())
    waiting = mine.filter(
        free,
        due_at__gt=Now(),
        state__in=(OrderState.IN_PROGRESS, OrderState.UNKNOWN),
        attempts__lt=int(settings.ORDER_MAX_ATTEMPTS) / 2,
    )
    # Locked, so that a worker's answer about the past does not win over news.
    order = waiting.select_for_update(of=("self",)).first()
    if order is None:
        return mine.exists() or any(hears(event) for hears in _others)
    # Never before a call that got no answer is certainly over.
    sooner = Least(F("due_at"), may_be_asked_about()) if order.state == OrderState.UNKNOWN else Now()
    if hold(order, due_at=sooner):
        wake_worker(order)
    return True
