"""Dividing a line's cost between the company and the employee, from the next billing period at the earliest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderAction, OrderRequest
from fleetportal.web.errors import Refusal
from sims.assignments import assign, period_from
from sims.enums import AuditKind, OrderKind
from sims.models import Line, Order, SplitBillProfile
from sims.orders import calendar
from sims.orders.kinds.base import (
    Kind,
    NothingToChange,
    Payload,
    Preparation,
    Wish,
    refuse_out_of_service,
    request_for,
    write,
)
from sims.split_bill import as_terms


@dataclass(frozen=True, slots=True)
class SplitBillWish(Wish):
    """``profile`` is the primary key of a profile; 0 divides the cost no more."""

    profile: int


@dataclass(frozen=True, slots=True)
class SplitBillPayload(Payload):
    """``profile`` as wished, with the names of that profile and of the one before, ``""`` for none."""

    profile: int
    name: str
    before: str


def prepare(customer: Customer, wish: SplitBillWish) -> Preparation:
    """Raises ``Refusal`` at once for a profile that cannot be chosen."""
    profiles = SplitBillProfile.objects.for_customer(customer).filter(retired_at=None)
    profile: SplitBillProfile | None = profiles.filter(pk=wish.profile).first() if wish.profile else None
    if wish.profile and profile is None:
        raise Refusal(_("Choose a split bill profile from the list."), field="profile")

    def for_line(line: Line) -> SplitBillPayload:
        before = line.split_bill_profile
        payload = SplitBillPayload(
            profile=profile.pk if profile else 0,
            name=profile.name if profile else "",
            before=before.name if before else "",
        )
        check(line, payload)
        if line.split_bill == (profile is not None) and line.split_bill_profile_id == (profile.pk if profile else None):
            raise NothingToChange(_same(profile), field="profile")
        return payload

    return for_line


def _same(profile: SplitBillProfile | None) -> str:
    if profile is None:
        return _("The cost of this line is not divided.")
    return _("The cost of this line is divided so already.")


def check(line: Line, _payload: SplitBillPayload) -> None:
    refuse_out_of_service(line, _("This SIM card is not active yet. Its split bill can be changed once it is."))


def earliest(now: datetime) -> date:
    """Never retroactive: what the present period cost is divided as it was when the period began."""
    return calendar.next_period(calendar.local_day(now))


def request(order: Order) -> OrderRequest:
    """The terms of a profile never change, so they are those that were asked for."""
    profile = _profile(order)
    return request_for(order, OrderAction.SET_SPLIT_BILL, split_bill=as_terms(profile) if profile else None)


def _profile(order: Order) -> SplitBillProfile | None:
    key = SplitBillPayload.from_json(order.payload).profile
    return SplitBillProfile.objects.for_customer(order.customer_id).get(pk=key) if key else None


def apply(line: Line, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """From the period the request was for; one that was approved after its day counts from the period after."""
    payload = SplitBillPayload.from_json(order.payload)
    profile = _profile(order)
    assignment = assign(line, profile, since=period_from(calendar.local_day(order.not_before)))
    line.split_bill, line.split_bill_profile = profile is not None, profile
    write(
        line,
        AuditKind.LINE_SPLIT_BILL,
        ["split_bill", "split_bill_profile"],
        order=order,
        by=by,
        before={"split_bill": payload.before},
        after={"split_bill": payload.name, "since": assignment.since.isoformat()},
    )


def describe(payload: SplitBillPayload, _names: Mapping[str, str]) -> str:
    return payload.name or _("No split bill")


KIND = Kind(
    code=OrderKind.SPLIT_BILL,
    conflict_group="split_bill",
    wish=SplitBillWish,
    payload=SplitBillPayload,
    prepare=prepare,
    check=check,
    request=request,
    apply=apply,
    describe=describe,
    earliest=earliest,
)
