"""Another cost centre: the company's own bookkeeping, so nothing is asked of the operator."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import CostCentre, Customer
from fleetportal.web.errors import Refusal
from sims.enums import LineState
from sims.models import Line
from sims.orders.kinds import NothingToChange, Payload, Wish


@dataclass(frozen=True, slots=True)
class CostCentreWish(Wish):
    """``code`` of the cost centre; empty is none."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class CostCentrePayload(Payload):
    """``key`` is the cost centre's primary key, 0 for none."""

    key: int
    code: str


def prepare(customer: Customer, wish: CostCentreWish) -> Callable[[Line], CostCentrePayload]:
    """Raises ``Refusal`` when the company has no such cost centre."""
    centre = CostCentre.objects.for_customer(customer).filter(code=wish.code).first() if wish.code else None
    if wish.code and centre is None:
        raise Refusal(_("This cost centre does not exist any more. Choose another one."), field="code")
    payload = CostCentrePayload(key=centre.pk if centre else 0, code=wish.code)

    def for_line(line: Line) -> CostCentrePayload:
        if line.state == LineState.TERMINATED:
            raise Refusal(_("This line has ended."))
        if (line.cost_centre_id or 0) == payload.key:
            raise NothingToChange(_("This line has this cost centre already."))
        return payload

    return for_line
