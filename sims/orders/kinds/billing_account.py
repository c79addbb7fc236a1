"""On which account the operator bills a line."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import BillingAccount, Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderAction, OrderRequest
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, OrderKind
from sims.models import Line, Order
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


@dataclass(frozen=True, slots=True)
class BillingAccountWish(Wish):
    """``number`` of one of the company's billing accounts."""

    number: str


@dataclass(frozen=True, slots=True)
class BillingAccountPayload(Payload):
    """Numbers, ``before`` empty for none; ``name`` of the account as it was called then."""

    number: str
    name: str
    before: str


def prepare(customer: Customer, wish: BillingAccountWish) -> Preparation:
    """Raises ``Refusal`` at once for an account the company does not have."""
    account = BillingAccount.objects.for_customer(customer).filter(number=wish.number).first()
    if account is None:
        raise Refusal(_("Choose a billing account from the list."), field="number")

    def for_line(line: Line) -> BillingAccountPayload:
        before = line.billing_account.number if line.billing_account else ""
        payload = BillingAccountPayload(number=account.number, name=account.name, before=before)
        check(line, payload)
        if before == account.number:
            raise NothingToChange(_("This line is billed on this account already."), field="number")
        return payload

    return for_line


def check(line: Line, _payload: BillingAccountPayload) -> None:
    refuse_out_of_service(line, _("This SIM card is not active yet. Its billing account can be changed once it is."))


def request(order: Order) -> OrderRequest:
    number = BillingAccountPayload.from_json(order.payload).number
    return request_for(order, OrderAction.SET_BILLING_ACCOUNT, billing_account=number)


def apply(line: Line, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    payload = BillingAccountPayload.from_json(order.payload)
    account = BillingAccount.objects.for_customer(order.customer_id).filter(number=payload.number).first()
    if account is None:
        raise EffectRefused(f"there is no billing account {payload.number} any more")
    line.billing_account = account
    before, after = {"billing_account": payload.before}, {"billing_account": payload.number}
    write(line, AuditKind.LINE_BILLING_ACCOUNT, ["billing_account"], order=order, by=by, before=before, after=after)


def describe(payload: BillingAccountPayload, _names: Mapping[str, str]) -> str:
    return f"{payload.name}, {payload.number}"


KIND = Kind(
    code=OrderKind.BILLING_ACCOUNT,
    conflict_group="billing_account",
    wish=BillingAccountWish,
    payload=BillingAccountPayload,
    prepare=prepare,
    check=check,
    request=request,
    apply=apply,
    describe=describe,
)
