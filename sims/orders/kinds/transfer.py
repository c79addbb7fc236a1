"""Handing a line over to another employee, or to the first one it gets; the number and the card stay."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderAction, OrderRequest
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineFactKind, OrderKind
from sims.history import note, subscriber_value
from sims.models import Line, Order, Subscriber
from sims.orders.holds import described_override, refuse_while_held
from sims.orders.kinds.base import (
    EffectRefused,
    Kind,
    NothingToChange,
    Payload,
    Preparation,
    Wish,
    refuse_out_of_service,
    request_for,
    write,
)
from sims.search import refresh_search_text


@dataclass(frozen=True, slots=True)
class TransferWish(Wish):
    """``subscriber`` is the public id of who gets the line. What the one before had stays unless it is ended.

    ``override``: why the number goes to somebody else although its employee may still ask it back; else empty.
    """

    subscriber: str
    ends_split_bill: bool = False
    ends_barrings: bool = False
    override: str = ""


@dataclass(frozen=True, slots=True)
class TransferPayload(Payload):
    """As wished, with the name as it stood and the public id of who has the line now, empty for nobody."""

    subscriber: str
    name: str
    before: str
    ends_split_bill: bool = False
    ends_barrings: bool = False
    override: str = ""


def prepare(customer: Customer, wish: TransferWish) -> Preparation:
    """Raises ``Refusal`` at once when the company has no such employee."""
    person = _employee(customer.pk, wish.subscriber)
    if person is None:
        raise Refusal(_("This employee is not in your list any more. Choose again."), field="subscriber")

    def for_line(line: Line) -> TransferPayload:
        payload = TransferPayload(
            subscriber=str(person.public_id),
            name=person.full_name,
            before=_user_of(line),
            ends_split_bill=wish.ends_split_bill and line.split_bill,
            ends_barrings=wish.ends_barrings and bool(line.barrings),
            override=wish.override.strip(),
        )
        check(line, payload)
        if payload.before == payload.subscriber:
            raise NothingToChange(_("%(name)s has this line already.") % {"name": person.full_name}, field="subscriber")
        return payload

    return for_line


def _employee(customer_id: int, public_id: str, *, is_locked: bool = False) -> Subscriber | None:
    """Locked while his name is written to a line: it may be changed at this moment."""
    try:
        key = UUID(public_id)
    except ValueError:
        return None
    people = Subscriber.objects.for_customer(customer_id)
    found: Subscriber | None = (people.select_for_update() if is_locked else people).filter(public_id=key).first()
    return found


def _user_of(line: Line) -> str:
    return str(line.subscriber.public_id) if line.subscriber else ""


def check(line: Line, payload: TransferPayload) -> None:
    """The line works and nobody gave it to somebody else since this was asked."""
    refuse_out_of_service(line, _("This SIM card is not active yet. It can be handed over once it is."))
    if _user_of(line) != payload.before:
        raise Refusal(_("This line was handed over in the meantime. Reload the page and choose again."))


def request(order: Order) -> OrderRequest:
    return request_for(order, OrderAction.CHANGE_USER, user_name=TransferPayload.from_json(order.payload).name)


def apply(line: Line, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """The line is this employee's from now on; what else was wished is asked by ``sims.orders.follow_ups``."""
    payload = TransferPayload.from_json(order.payload)
    person = _employee(line.customer_id, payload.subscriber, is_locked=True)
    if person is None:
        raise EffectRefused(f"employee {payload.subscriber} is gone")
    before = _shown(line.subscriber)
    line.subscriber, line.reclaim_until = person, None
    refresh_search_text(line)
    name, reference = subscriber_value(line)
    note(line, LineFactKind.SUBSCRIBER, name, reference=reference, at=answer.completed_at)
    write(
        line,
        AuditKind.LINE_TRANSFERRED,
        ["subscriber", "reclaim_until"],
        order=order,
        by=by,
        before=before,
        after=_shown(person),
    )


def _shown(person: Subscriber | None) -> dict[str, str]:
    return {"employee": person.full_name if person else "", "employee_id": str(person.public_id) if person else ""}


def describe(payload: TransferPayload, _names: Mapping[str, str]) -> str:
    to = _("To %(name)s") % {"name": payload.name}
    return ", ".join(filter(None, (to, described_override(payload.override))))


KIND = Kind(
    code=OrderKind.TRANSFER,
    conflict_group="subscriber",
    wish=TransferWish,
    payload=TransferPayload,
    prepare=prepare,
    check=check,
    check_on=refuse_while_held,
    request=request,
    apply=apply,
    describe=describe,
)
