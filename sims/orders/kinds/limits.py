"""What a line may spend on services of third parties, and on data abroad.

Third parties: 0 to 300 euro per month (Directive (EU) 2015/2366, art. 3 (l): at most 50 euro per payment and 300 euro
per subscriber and month). Data abroad: 50 euro without VAT per billing month unless somebody chooses otherwise
(Royal Decree of 9 July 2013, Regulation (EU) 2022/612).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderAction, OrderRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import eur, short_date
from sims.enums import AuditKind, OrderKind
from sims.models import HIGHEST_ROAMING_LIMIT, HIGHEST_THIRD_PARTY_LIMIT, Line, Order
from sims.orders import calendar
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
from sims.spending import put_spent

# Open beside a request for another limit: the end of a raise waits for its day while people may choose anew.
RETURN_GROUP = "roaming_return"


@dataclass(frozen=True, slots=True)
class ThirdPartyLimitWish(Wish):
    """``amount`` in euro per month such as ``"50"``; ``"0"`` switches paying through the bill off."""

    amount: str


@dataclass(frozen=True, slots=True)
class ThirdPartyLimitPayload(Payload):
    """Euro per month, such as ``"50.00"``."""

    amount: str
    before: str


@dataclass(frozen=True, slots=True)
class RoamingLimitWish(Wish):
    """``amount`` in euro without VAT, ``""`` for no limit; ``is_once`` until the end of the billing period."""

    amount: str
    is_once: bool = False


@dataclass(frozen=True, slots=True)
class RoamingLimitPayload(Payload):
    """Euro without VAT per billing month, ``""`` is no limit. ``until`` (ISO) is the last day of a raise for once.

    With ``until`` but not ``is_once`` this is the order that ends such a raise.
    """

    amount: str
    before: str
    is_once: bool = False
    until: str = ""

    @property
    def is_return(self) -> bool:
        return bool(self.until) and not self.is_once


def as_amount(text: str, *, highest: int, field: str = "amount") -> Decimal:
    """Euro and cents of a wish; raises ``Refusal`` for anything that is no amount from 0 to ``highest``."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= highest or amount != amount.quantize(Decimal("0.01")):
        raise Refusal(_("Choose an amount from 0 to %(highest)s euro.") % {"highest": highest}, field=field)
    return amount.quantize(Decimal("0.01"))


def as_text(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"


def _check_living(line: Line) -> None:
    refuse_out_of_service(line, _("This SIM card is not active yet. Its limits can be changed once it is."))


def prepare_third_party(_customer: Customer, wish: ThirdPartyLimitWish) -> Preparation:
    """Raises ``Refusal`` at once for an amount that the law does not allow."""
    amount = as_text(as_amount(wish.amount, highest=HIGHEST_THIRD_PARTY_LIMIT))

    def for_line(line: Line) -> ThirdPartyLimitPayload:
        payload = ThirdPartyLimitPayload(amount=amount, before=as_text(Decimal(line.third_party_limit)))
        check_third_party(line, payload)
        if payload.amount == payload.before:
            raise NothingToChange(_("This line has this limit already."), field="amount")
        return payload

    return for_line


def check_third_party(line: Line, _payload: ThirdPartyLimitPayload) -> None:
    _check_living(line)


def request_third_party(order: Order) -> OrderRequest:
    amount = ThirdPartyLimitPayload.from_json(order.payload).amount
    return request_for(order, OrderAction.SET_THIRD_PARTY_LIMIT, amount=Decimal(amount))


def apply_third_party(line: Line, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """The limit as the operator reads it back, and what was spent until now."""
    payload, columns = ThirdPartyLimitPayload.from_json(order.payload), ["third_party_limit"]
    if answer.line is not None:
        if answer.line.third_party_limit != Decimal(payload.amount):
            raise EffectRefused(f"the operator has {answer.line.third_party_limit}, not {payload.amount}")
        columns += put_spent(line, answer.line.third_party_spent, at=timezone.now())
    before = {"third_party_limit": as_text(Decimal(line.third_party_limit))}
    line.third_party_limit = Decimal(payload.amount)
    after = {"third_party_limit": payload.amount}
    write(line, AuditKind.LINE_THIRD_PARTY_LIMIT, columns, order=order, by=by, before=before, after=after)


def describe_third_party(payload: ThirdPartyLimitPayload, _names: Mapping[str, str]) -> str:
    if not Decimal(payload.amount):
        return _("Switched off")
    return _("%(amount)s per month") % {"amount": eur(Decimal(payload.amount))}


THIRD_PARTY_LIMIT = Kind(
    code=OrderKind.THIRD_PARTY_LIMIT,
    conflict_group="third_party_limit",
    wish=ThirdPartyLimitWish,
    payload=ThirdPartyLimitPayload,
    prepare=prepare_third_party,
    check=check_third_party,
    request=request_third_party,
    apply=apply_third_party,
    describe=describe_third_party,
    reads_back=True,
)


def last_day_of_period(day: date) -> date:
    return calendar.next_period(day) - timedelta(days=1)


def prepare_roaming(_customer: Customer, wish: RoamingLimitWish) -> Preparation:
    """Raises ``Refusal`` at once for an amount that cannot be chosen."""
    amount = as_text(as_amount(wish.amount, highest=HIGHEST_ROAMING_LIMIT)) if wish.amount else ""
    until = last_day_of_period(calendar.local_day(timezone.now())).isoformat() if wish.is_once else ""

    def for_line(line: Line) -> RoamingLimitPayload:
        before = as_text(None if line.roaming_limit is None else Decimal(line.roaming_limit))
        payload = RoamingLimitPayload(amount=amount, before=before, is_once=wish.is_once, until=until)
        check_roaming(line, payload)
        # What was raised for once may be kept for good.
        if amount == before and (wish.is_once or line.roaming_raised_until is None):
            raise NothingToChange(_("This line has this limit already."), field="amount")
        if wish.is_once and (not before or (amount and Decimal(amount) < Decimal(before))):
            raise Refusal(_("Raising once needs an amount above the present limit."), field="amount")
        return payload

    return for_line


def check_roaming(line: Line, payload: RoamingLimitPayload) -> None:
    """A raise for once belongs to its billing period; its end has nothing to do when somebody chose anew since."""
    _check_living(line)
    today = calendar.local_day(timezone.now())
    if payload.is_once and today > date.fromisoformat(payload.until):
        raise Refusal(_("The billing period for which the limit was to be raised is over."))
    if payload.is_return and line.roaming_raised_until is None:
        raise Refusal(_("The limit of this line is not raised any more."))


def request_roaming(order: Order) -> OrderRequest:
    payload = RoamingLimitPayload.from_json(order.payload)
    amount = Decimal(payload.amount) if payload.amount else None
    return request_for(order, OrderAction.SET_ROAMING_LIMIT, amount=amount, is_once=payload.is_once)


def apply_roaming(line: Line, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """The new limit; the end of a raise for once is planned by ``sims.orders.follow_ups``."""
    payload = RoamingLimitPayload.from_json(order.payload)
    before = {"roaming_limit": as_text(None if line.roaming_limit is None else Decimal(line.roaming_limit))}
    line.roaming_limit = Decimal(payload.amount) if payload.amount else None
    line.roaming_raised_until = date.fromisoformat(payload.until) if payload.is_once else None
    after = {"roaming_limit": payload.amount, "until": payload.until if payload.is_once else ""}
    columns = ["roaming_limit", "roaming_raised_until"]
    write(line, AuditKind.LINE_ROAMING_LIMIT, columns, order=order, by=by, before=before, after=after)


def describe_roaming(payload: RoamingLimitPayload, _names: Mapping[str, str]) -> str:
    limit = eur(Decimal(payload.amount)) if payload.amount else _("No limit")
    if payload.is_return:
        return _("Back to %(limit)s") % {"limit": limit} if payload.amount else limit
    if not payload.is_once:
        return limit
    return _("%(limit)s, until %(date)s") % {"limit": limit, "date": short_date(date.fromisoformat(payload.until))}


ROAMING_LIMIT = Kind(
    code=OrderKind.ROAMING_LIMIT,
    conflict_group="roaming_limit",
    wish=RoamingLimitWish,
    payload=RoamingLimitPayload,
    prepare=prepare_roaming,
    check=check_roaming,
    request=request_roaming,
    apply=apply_roaming,
    describe=describe_roaming,
    not_beside=frozenset({"roaming_limit", RETURN_GROUP}),
)
