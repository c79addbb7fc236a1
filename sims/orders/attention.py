"""Orders that do not get on by themselves, for staff and for the people who watch the server."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Greatest, Now

from sims.enums import OrderState
from sims.models import Order

# A due order that nobody took for so long: no worker or no sweep is running.
UNTAKEN = timedelta(minutes=10)


def stuck_orders() -> "QuerySet[Order]":
    """Needing a person, due but taken by nobody, or at the operator for longer than was promised; oldest first."""
    orders: QuerySet[Order] = Order.objects.across_customers(reason="staff look after the orders of every company")
    needs_a_person = Q(state=OrderState.NEEDS_ATTENTION)
    untaken = Q(due_at__lt=Now() - UNTAKEN)
    overdue = Q(state__in=(OrderState.IN_PROGRESS, OrderState.UNKNOWN)) & Q(expected_at__lt=Now() - _patience())
    expected = Greatest(Coalesce("promised_for", "created_at"), Coalesce("sent_at", "created_at"))
    found: QuerySet[Order] = (
        orders.annotate(expected_at=expected)
        .filter(needs_a_person | untaken | overdue)
        .select_related("customer", "line")
        .order_by("created_at")
    )
    return found


def _patience() -> Any:
    return timedelta(hours=settings.ORDER_OVERDUE_HOURS)
