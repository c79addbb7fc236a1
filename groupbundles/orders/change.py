"""Another size of a group bundle, or other lines in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderAction, OrderRequest
from fleetportal.web import formatting
from fleetportal.web.errors import Refusal
from groupbundles.enums import AuditKind
from groupbundles.membership import join, leave, members_of, numbers_of
from groupbundles.models import GroupBundle
from groupbundles.orders.new import offer_of, refuse_obstacles, shown
from groupbundles.orders.subject import BUNDLE, CONFLICT_GROUP
from groupbundles.orders.wording import REASONS, lines_text
from sims.enums import OrderKind
from sims.models import Order
from sims.orders import calendar
from sims.orders.kinds import Kind, NothingToChange, Payload, Wish
from sims.orders.kinds.base import customer_reference


@dataclass(frozen=True, slots=True)
class BundleChangeWish(Wish):
    """``offer`` is the code of the new size, empty to keep it; keys of lines to add and to take out."""

    TUPLES: ClassVar[frozenset[str]] = frozenset({"add", "remove"})

    offer: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BundleChangePayload(Payload):
    """What is to change. ``offer`` is empty when the size stays; prices are euro per month, sizes bytes or seconds."""

    TUPLES: ClassVar[frozenset[str]] = frozenset({"add", "remove"})

    kind: str
    offer: str
    name: str
    size: int
    offer_before: str
    price_before: str
    price_after: str
    add: tuple[str, ...]
    remove: tuple[str, ...]


def prepare(customer: Customer, wish: BundleChangeWish) -> Callable[[GroupBundle], BundleChangePayload]:
    """Raises ``Refusal`` at once for a size that the contract does not have."""
    offer = offer_of(customer, wish.offer) if wish.offer else None

    def for_bundle(bundle: GroupBundle) -> BundleChangePayload:
        refuse_ended(bundle)
        new = None if offer is None or offer.code == bundle.offer else offer
        if new and new.kind != bundle.kind:
            raise Refusal(_("This bundle cannot be chosen any more. Choose another size."), field="offer")
        present = {str(pk) for pk in members_of(bundle).values_list("line_id", flat=True)}
        add = tuple(pk for pk in wish.add if pk not in present)
        remove = tuple(pk for pk in wish.remove if pk in present)
        if new is None and not add and not remove:
            raise NothingToChange(_("The bundle is so already. Choose another size or other SIM cards."))
        refuse_obstacles(customer, bundle.kind, add, but=bundle.public_id)
        return BundleChangePayload(
            kind=bundle.kind,
            offer=new.code if new else "",
            name=new.name_nl if new else bundle.name,
            size=new.size if new else bundle.size,
            offer_before=bundle.offer,
            price_before=str(bundle.price_month),
            price_after=str(new.price_month if new else bundle.price_month),
            add=add,
            remove=remove,
        )

    return for_bundle


def refuse_ended(bundle: GroupBundle) -> None:
    if bundle.pk is None:
        raise Refusal(_("This bundle does not exist yet. Wait until the operator has made it."))
    if not bundle.is_active:
        raise Refusal(_("This bundle has ended."))


def check(bundle: GroupBundle, payload: BundleChangePayload) -> None:
    """Nobody changed its size since this was asked, and whoever is to join still can."""
    refuse_ended(bundle)
    if payload.offer and bundle.offer != payload.offer_before:
        raise Refusal(_("The size of this bundle was changed in the meantime. Reload the page and choose again."))
    refuse_obstacles(bundle.customer, bundle.kind, payload.add, but=bundle.public_id, is_sent=True)


def cost(_bundle: GroupBundle, payload: BundleChangePayload) -> tuple[Decimal, Decimal]:
    return Decimal(payload.price_before), Decimal(payload.price_after)


def request(order: Order) -> OrderRequest:
    payload = BundleChangePayload.from_json(order.payload)
    return OrderRequest(
        external_id=order.pk,
        action=OrderAction.CHANGE_BUNDLE,
        customer_reference=customer_reference(order.customer),
        requested_on=calendar.local_day(order.not_before),
        bundle_code=code_of(order),
        bundle_offer=payload.offer,
        add_numbers=numbers_of(order.customer, payload.add),
        remove_numbers=numbers_of(order.customer, payload.remove),
    )


def code_of(order: Order) -> str:
    """The operator's name of the bundle the order is about."""
    bundles = GroupBundle.objects.for_customer(order.customer_id)
    code: str = bundles.values_list("code", flat=True).get(public_id=order.subject)
    return code


def apply(bundle: GroupBundle, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """Size and lines as the operator has them from now on."""
    payload = BundleChangePayload.from_json(order.payload)
    day = calendar.local_day(answer.completed_at or timezone.now())
    before = shown(bundle)
    if payload.offer:
        bundle.offer, bundle.name, bundle.size = payload.offer, payload.name, payload.size
        bundle.price_month = Decimal(payload.price_after)
        bundle.save(update_fields=["offer", "name", "size", "price_month", "updated_at"])
    left = leave(bundle, payload.remove, until=day, order=order, by=by)
    came = join(bundle, payload.add, since=day, order=order, by=by)
    audit.record(
        AuditKind.BUNDLE_CHANGED,
        by=by,
        customer_id=bundle.customer_id,
        subject=bundle,
        before=before,
        after={**shown(bundle), "lines_added": came, "lines_removed": left, "order": str(order.pk)},
    )


def describe(payload: BundleChangePayload, _names: Mapping[str, str]) -> str:
    """The new size, then lines with a plus or a minus."""
    parts = [formatting.usage(payload.size, payload.kind)] if payload.offer else []
    parts += [f"+ {lines_text(len(payload.add))}"] if payload.add else []
    parts += [f"− {lines_text(len(payload.remove))}"] if payload.remove else []
    return ", ".join(parts)


KIND = Kind(
    code=OrderKind.BUNDLE_CHANGE,
    subject=BUNDLE,
    conflict_group=CONFLICT_GROUP,
    wish=BundleChangeWish,
    payload=BundleChangePayload,
    prepare=prepare,
    check=check,
    cost=cost,
    request=request,
    apply=apply,
    describe=describe,
    is_undoable=True,
    reasons=REASONS,
)
