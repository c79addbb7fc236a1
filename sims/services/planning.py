"""Moving or taking back several planned requests at once: each for itself, so that one refusal stops no other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.models import Order
from sims.orders.placing import cancel, reschedule


@dataclass(slots=True)
class Outcome:
    """How many were changed, and why the others were not."""

    done: int = 0
    refusals: list[str] = field(default_factory=list)


def move_many(*, customer: Customer, ids: Iterable[UUID], day: date, by: Actor) -> Outcome:
    """Another day for these requests of the company; those of another company do not exist."""
    return _each(customer, ids, lambda order: reschedule(order=order, not_before=day, by=by))


def cancel_many(*, customer: Customer, ids: Iterable[UUID], by: Actor) -> Outcome:
    """Take these requests of the company back."""
    return _each(customer, ids, lambda order: cancel(order=order, by=by))


def _each(customer: Customer, ids: Iterable[UUID], action: Callable[[Order], None]) -> Outcome:
    outcome = Outcome()
    for order in Order.objects.for_customer(customer).filter(pk__in=list(ids)).order_by("not_before", "pk"):
        try:
            action(order)
        except Refusal as refusal:
            outcome.refusals.append(str(refusal))
        else:
            outcome.done += 1
    return outcome
