"""What an order is about: a line, or something of an app above this one, which brings a :class:`Subject` of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from fleetportal.web import formatting
from sims.models import Line, Order
from sims.orders.transitions import lock_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """``lock`` answers what the order is about, its row locked until the transaction ends: the first lock of everything
    that changes its orders, and what the kind's ``check`` and ``apply`` are given. ``name`` is what people call it, in
    the active language, ``page`` the address where they find it; neither makes a query for an order read with its line.
    """

    lock: Callable[[Order], Any]
    name: Callable[[Order], str]
    page: Callable[[Order], str]


def line_name(line: Line) -> str:
    """The line as people call it: its number or card, and who has it."""
    number = formatting.phone(line.number) or (formatting.iccid(line.sim.iccid) if line.sim else "")
    return ", ".join(filter(None, (number, line.subscriber.full_name if line.subscriber else "")))


def _lock(order: Order) -> Line:
    assert order.line_id is not None
    order.line = lock_line(order.line_id)
    return order.line


LINE = Subject(
    lock=_lock,
    name=lambda order: line_name(order.own_line),
    page=lambda order: reverse("line_detail", args=[order.own_line.public_id]),
)
