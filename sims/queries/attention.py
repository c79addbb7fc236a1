"""What the dashboard tells about lines: what needs the manager, and what is planned next."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import Customer
from sims.enums import LineState, OrderKind, OrderState
from sims.models import Line, Order

# A refusal that nobody acted on for so long is no news any more; the line still counts as not activated.
RECENT = timedelta(days=14)


def orders_to_look_at(customer: Customer, limit: int = 5) -> list[Order]:
    """Requests that were refused or failed lately and not asked again, and those that take long; newest first."""
    again = Order.objects.for_customer(customer).filter(
        line=OuterRef("line"), conflict_group=OuterRef("conflict_group"), created_at__gt=OuterRef("created_at")
    )
    activated = Line.objects.for_customer(customer).filter(pk=OuterRef("line")).exclude(state=LineState.NEW)
    is_about_activation = Q(kind__in=(OrderKind.ACTIVATE, OrderKind.PORT_IN)) & Exists(activated)
    orders = Order.objects.for_customer(customer).select_related("line", "line__subscriber", "line__sim")
    slow = orders.filter(state=OrderState.NEEDS_ATTENTION)
    refused = orders.filter(
        ~Exists(again),
        ~is_about_activation,
        state__in=(OrderState.REJECTED, OrderState.FAILED),
        finished_at__gte=timezone.now() - RECENT,
    )
    found: dict[int, Order] = {}
    for order in (slow | refused).order_by("-created_at", "-pk")[: limit * 4]:
        found.setdefault(order.line_id, order)
    return list(found.values())[:limit]


def next_orders(customer: Customer, limit: int = 3) -> list[Order]:
    """The requests whose day comes first."""
    planned = Order.objects.for_customer(customer).filter(state=OrderState.SCHEDULED)
    return list(planned.select_related("line", "line__subscriber", "line__sim").order_by("not_before", "pk")[:limit])
