"""A new group bundle: a size of the contract for a number of lines."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import BillingAccount, Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderAction, OrderRequest
from fleetportal.web import formatting
from fleetportal.web.errors import Refusal
from groupbundles.enums import AuditKind
from groupbundles.membership import join, numbers_of, obstacles
from groupbundles.models import BundleOffer, GroupBundle
from groupbundles.orders.subject import BUNDLE, CONFLICT_GROUP
from groupbundles.orders.wording import REASONS, lines_text, obstacles_text
from sims.enums import OrderKind
from sims.models import Line, Order
from sims.orders import calendar
from sims.orders.kinds import EffectRefused, Kind, Payload, Wish
from sims.orders.kinds.base import customer_reference


@dataclass(frozen=True, slots=True)
class BundleNewWish(Wish):
    """``offer`` is the code of a bundle of the contract, ``lines`` the keys of lines, ``account`` a billing account's
    number, empty for none of its own."""

    TUPLES: ClassVar[frozenset[str]] = frozenset({"lines"})

    offer: str
    lines: tuple[str, ...]
    account: str = ""


@dataclass(frozen=True, slots=True)
class BundleNewPayload(Payload):
    """The bundle of the contract as it stood then; ``size`` is bytes or seconds, ``price`` euro per month."""

    TUPLES: ClassVar[frozenset[str]] = frozenset({"lines"})

    offer: str
    name: str
    kind: str
    size: int
    price: str
    lines: tuple[str, ...]
    account: str = ""


def prepare(customer: Customer, wish: BundleNewWish) -> Callable[[GroupBundle], BundleNewPayload]:
    """Raises ``Refusal`` at once for a size that the contract does not have."""
    offer = offer_of(customer, wish.offer)
    if wish.account and not BillingAccount.objects.for_customer(customer).filter(number=wish.account).exists():
        raise Refusal(_("Choose a billing account from the list."), field="account")

    def for_bundle(bundle: GroupBundle) -> BundleNewPayload:
        if not wish.lines:
            raise Refusal(_("Choose at least one SIM card."), field="lines")
        refuse_obstacles(customer, offer.kind, wish.lines, but=bundle.public_id)
        return BundleNewPayload(
            offer=offer.code,
            name=offer.name_nl,
            kind=offer.kind,
            size=offer.size,
            price=str(offer.price_month),
            lines=wish.lines,
            account=wish.account,
        )

    return for_bundle


def offer_of(customer: Customer, code: str) -> BundleOffer:
    """Raises ``Refusal`` for one that cannot be chosen (any more)."""
    offer: BundleOffer | None = BundleOffer.objects.for_customer(customer).filter(code=code, is_available=True).first()
    if offer is None:
        raise Refusal(_("This bundle cannot be chosen any more. Choose another size."), field="offer")
    return offer


def refuse_obstacles(
    customer: Customer, kind: str, lines: Collection[str], *, but: UUID, is_sent: bool = False
) -> None:
    """Raises ``Refusal`` naming the lines that cannot join; when it is sent, those that have ended only stay away."""
    rows = Line.objects.for_customer(customer).filter(pk__in=lines).select_related("sim", "subscriber")
    known = list(rows.order_by("pk"))
    if len(known) != len(set(lines)):
        raise Refusal(_("Some of the SIM cards were not found. Choose them again."), field="lines")
    found = [one for one in obstacles(customer, kind, known, but=but) if not (is_sent and one.is_over)]
    if found:
        raise Refusal(_("These cannot join: %(lines)s.") % {"lines": obstacles_text(found)}, field="lines")


def check(bundle: GroupBundle, payload: BundleNewPayload) -> None:
    everywhere = GroupBundle.objects.across_customers(reason="an id is given once, whoever asks with it")
    if everywhere.filter(public_id=bundle.public_id).exists():
        raise Refusal(_("This bundle exists already. Reload the page."))
    refuse_obstacles(bundle.customer, payload.kind, payload.lines, but=bundle.public_id, is_sent=True)


def request(order: Order) -> OrderRequest:
    payload = BundleNewPayload.from_json(order.payload)
    return OrderRequest(
        external_id=order.pk,
        action=OrderAction.CREATE_BUNDLE,
        customer_reference=customer_reference(order.customer),
        requested_on=calendar.local_day(order.not_before),
        bundle_offer=payload.offer,
        add_numbers=numbers_of(order.customer, payload.lines),
        billing_account=payload.account,
    )


def apply(bundle: GroupBundle, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """The bundle under the operator's code, with its lines."""
    payload = BundleNewPayload.from_json(order.payload)
    if not answer.bundle_code:
        raise EffectRefused("the operator did not say which bundle it made")
    day = calendar.local_day(answer.completed_at or timezone.now())
    bundle.code, bundle.offer, bundle.name, bundle.kind = answer.bundle_code, payload.offer, payload.name, payload.kind
    bundle.size, bundle.price_month, bundle.starts_on = payload.size, Decimal(payload.price), day
    bundle.billing_account = _account(order.customer_id, payload.account)
    try:
        with transaction.atomic():
            bundle.save(force_insert=True)
    except IntegrityError as error:
        raise EffectRefused(f"the bundle {answer.bundle_code} is known already") from error
    came = join(bundle, payload.lines, since=day, order=order, by=by)
    audit.record(
        AuditKind.BUNDLE_STARTED,
        by=by,
        customer_id=bundle.customer_id,
        subject=bundle,
        after={**shown(bundle), "lines": came, "order": str(order.pk)},
    )


def _account(customer_id: int, number: str) -> BillingAccount | None:
    account: BillingAccount | None = BillingAccount.objects.for_customer(customer_id).filter(number=number).first()
    return account


def shown(bundle: GroupBundle) -> dict[str, Any]:
    """What the audit trail keeps of a bundle."""
    return {
        "code": bundle.code,
        "offer": bundle.offer,
        "name": bundle.name,
        "size": bundle.size,
        "price": str(bundle.price_month),
    }


def describe(payload: BundleNewPayload, _names: Mapping[str, str]) -> str:
    return f"{formatting.usage(payload.size, payload.kind)}, {lines_text(len(payload.lines))}"


def cost(_bundle: GroupBundle, payload: BundleNewPayload) -> tuple[Decimal, Decimal]:
    return Decimal(), Decimal(payload.price)


KIND = Kind(
    code=OrderKind.BUNDLE_NEW,
    subject=BUNDLE,
    conflict_group=CONFLICT_GROUP,
    wish=BundleNewWish,
    payload=BundleNewPayload,
    prepare=prepare,
    check=check,
    cost=cost,
    request=request,
    apply=apply,
    describe=describe,
    is_undoable=True,
    reasons=REASONS,
)
