"""Activation of a new line with a number that is brought from another operator."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext as _

from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderAction, OrderRequest, PortInDetails, PortStage
from fleetportal.web import formatting
from fleetportal.web.errors import Refusal
from sims.enums import LineState, OrderKind
from sims.models import Line, Order, PortInRequest
from sims.orders import calendar
from sims.orders.kinds import activate
from sims.orders.kinds.base import EffectRefused, Kind


@dataclass(frozen=True, slots=True)
class PortInPayload(activate.ActivatePayload):
    """An activation plus the number (E.164) and what its present operator checks before letting it go."""

    number: str = ""
    donor: str = ""
    is_prepaid: bool = False
    donor_customer_number: str = ""
    donor_iccid: str = ""
    holder_name: str = ""
    holder_enterprise_number: str = ""


def payload_for(line: Line) -> PortInPayload:
    """What transferring the number of the line's stored request would ask; raises ``Refusal`` when there is none."""
    asked = _stored_request(line)
    return PortInPayload(
        **asdict(activate.payload_for(line)),
        number=asked.number,
        donor=asked.donor,
        is_prepaid=asked.is_prepaid,
        donor_customer_number=asked.donor_customer_number,
        donor_iccid=asked.donor_iccid,
        holder_name=asked.holder_name,
        holder_enterprise_number=asked.holder_enterprise_number,
    )


def _stored_request(line: Line) -> PortInRequest:
    try:
        asked: PortInRequest = line.port_in
    except ObjectDoesNotExist:
        raise Refusal(_("Fill in the number to transfer and who its present operator is.")) from None
    return asked


def check(line: Line, payload: PortInPayload) -> None:
    """As an activation; and a number can be on one living line only, whoever's it is."""
    activate.check(line, payload)
    _stored_request(line)
    living = Line.objects.across_customers(reason="a number exists once over all companies").exclude(
        state=LineState.TERMINATED
    )
    if living.filter(number=payload.number).exists():
        raise Refusal(_("This number is in use already. Check the number you typed."))


def request(order: Order) -> OrderRequest:
    payload = PortInPayload.from_json(order.payload)
    return replace(
        activate.request(order),
        action=OrderAction.PORT_IN,
        number=payload.number,
        port_in=PortInDetails(
            donor=payload.donor,
            is_prepaid=payload.is_prepaid,
            donor_customer_number=payload.donor_customer_number,
            donor_iccid=payload.donor_iccid,
            holder_name=payload.holder_name,
            holder_enterprise_number=payload.holder_enterprise_number,
        ),
    )


def apply(line: Line, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """The line is active with the number that was brought, and with no other."""
    payload = PortInPayload.from_json(order.payload)
    if answer.number != payload.number:
        raise EffectRefused(f"the operator gave {answer.number!r} instead of {payload.number}")
    activate.put_into_service(order=order, payload=payload, line=line, answer=answer, by=by)


def describe(payload: PortInPayload, _names: Mapping[str, str]) -> str:
    return _("%(number)s from %(donor)s") % {"number": formatting.phone(payload.number), "donor": payload.donor}


def is_recallable(order: Order) -> bool:
    """Until the donor has validated it (Royal Decree of 2 July 2013)."""
    return order.stage in ("", PortStage.ELIGIBILITY)


KIND = Kind(
    code=OrderKind.PORT_IN,
    conflict_group=activate.KIND.conflict_group,
    payload=PortInPayload,
    check=check,
    request=request,
    apply=apply,
    describe=describe,
    earliest=calendar.earliest_port_day,
    is_possible_on=calendar.is_working_day,
    starts_at=calendar.port_window_start,
    sent_from=calendar.port_request_from,
    is_recallable=is_recallable,
)
