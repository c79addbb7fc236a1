"""The end of a group bundle: its lines go on with their own plans."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderAction, OrderRequest
from fleetportal.web.formatting import eur
from groupbundles.enums import AuditKind, BundleState
from groupbundles.membership import leave
from groupbundles.models import GroupBundle
from groupbundles.orders.change import code_of, refuse_ended
from groupbundles.orders.new import shown
from groupbundles.orders.subject import BUNDLE, CONFLICT_GROUP
from groupbundles.orders.wording import REASONS
from sims.enums import OrderKind
from sims.models import Order
from sims.orders import calendar
from sims.orders.kinds import Kind, Payload, Wish
from sims.orders.kinds.base import customer_reference


@dataclass(frozen=True, slots=True)
class BundleEndWish(Wish):
    """There is nothing to choose but the day."""


@dataclass(frozen=True, slots=True)
class BundleEndPayload(Payload):
    """Euro per month until then."""

    price_before: str


def prepare(_customer: Customer, _wish: BundleEndWish) -> Callable[[GroupBundle], BundleEndPayload]:
    def for_bundle(bundle: GroupBundle) -> BundleEndPayload:
        refuse_ended(bundle)
        return BundleEndPayload(price_before=str(bundle.price_month))

    return for_bundle


def check(bundle: GroupBundle, _payload: BundleEndPayload) -> None:
    refuse_ended(bundle)


def cost(_bundle: GroupBundle, payload: BundleEndPayload) -> tuple[Decimal, Decimal]:
    return Decimal(payload.price_before), Decimal()


def request(order: Order) -> OrderRequest:
    return OrderRequest(
        external_id=order.pk,
        action=OrderAction.END_BUNDLE,
        customer_reference=customer_reference(order.customer),
        requested_on=calendar.local_day(order.not_before),
        bundle_code=code_of(order),
    )


def apply(bundle: GroupBundle, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """The bundle ends and everybody leaves it."""
    day = max(calendar.local_day(answer.completed_at or timezone.now()), bundle.starts_on)
    left = leave(bundle, None, until=day, order=order, by=by)
    bundle.state, bundle.ends_on = BundleState.ENDED, day
    bundle.save(update_fields=["state", "ends_on", "updated_at"])
    audit.record(
        AuditKind.BUNDLE_ENDED,
        by=by,
        customer_id=bundle.customer_id,
        subject=bundle,
        before=shown(bundle),
        after={"ends_on": day.isoformat(), "lines_removed": left, "order": str(order.pk)},
    )


def describe(payload: BundleEndPayload, _names: Mapping[str, str]) -> str:
    return _("%(amount)s less per month") % {"amount": eur(Decimal(payload.price_before))}


KIND = Kind(
    code=OrderKind.BUNDLE_END,
    subject=BUNDLE,
    conflict_group=CONFLICT_GROUP,
    wish=BundleEndWish,
    payload=BundleEndPayload,
    prepare=prepare,
    check=check,
    cost=cost,
    request=request,
    apply=apply,
    describe=describe,
    is_undoable=True,
    reasons=REASONS,
)
