"""Handing a line over to an employee who may still have to be added."""

import uuid
from datetime import date

from django.db import transaction

from fleetportal.audit.actors import Actor
from sims.enums import OrderKind
from sims.models import Line, Order
from sims.orders.kinds.transfer import TransferWish
from sims.orders.placing import ask
from sims.services.subscribers import NewEmployee, employee_of


def hand_over(
    *,
    line: Line,
    to: uuid.UUID | NewEmployee,
    ends_split_bill: bool = False,
    ends_barrings: bool = False,
    on: date | None = None,
    by: Actor,
) -> Order:
    """Ask for it, the new employee added first; when it is refused nobody is added. Raises ``Refusal``."""
    with transaction.atomic():
        person = employee_of(line.customer, to)
        wish = TransferWish(str(person.public_id), ends_split_bill, ends_barrings)
        return ask(line=line, kind=OrderKind.TRANSFER, wish=wish, not_before=on, by=by)
