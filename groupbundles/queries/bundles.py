"""The group bundles of a company: the list, and everything the page of one shows beside its use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import Http404

from accounts.models import Customer
from fleetportal.web import formatting
from fleetportal.web.pagination import Page, paginate
from groupbundles.enums import BundleState
from groupbundles.membership import members_of, numbers_of
from groupbundles.models import BundleMember, BundleOffer, GroupBundle
from groupbundles.orders.new import BundleNewPayload
from groupbundles.periods import today
from groupbundles.queries.choosing import CHOSEN, as_uuids
from groupbundles.queries.freshness import newest_delivery
from sims.enums import OPEN_ORDER_STATES, OrderKind, OrderState
from sims.models import Order
from sims.orders.lateness import months_after
from sims.queries.progress import OrderNotice, notice_of
from sims.queries.requests import RequestRow
from sims.search import matching

KINDS = (OrderKind.BUNDLE_NEW, OrderKind.BUNDLE_CHANGE, OrderKind.BUNDLE_END)
# These wait for their day or for a person: looking again every second shows nothing new.
_QUIET = frozenset({OrderState.SCHEDULED, OrderState.AWAITING_APPROVAL, OrderState.NEEDS_ATTENTION})
_WENT_WRONG = frozenset({OrderState.REJECTED, OrderState.FAILED, OrderState.CANCELLED})
MOST_REQUESTS = 20
_IN_IT = Count("members", filter=Q(members__until=None))


@dataclass(frozen=True, slots=True)
class BundleRow:
    """A bundle in the list, or one that is only asked for (``bundle`` None): its id, name and open request."""

    public_id: UUID
    name: str
    bundle: GroupBundle | None
    members: int
    order: Order | None
    notice: OrderNotice | None
    asked: BundleNewPayload | None = None

    @property
    def kind(self) -> str:
        return self.bundle.kind if self.bundle else self.asked.kind if self.asked else ""

    @property
    def size(self) -> int:
        return self.bundle.size if self.bundle else self.asked.size if self.asked else 0

    @property
    def price(self) -> Decimal:
        return self.bundle.price_month if self.bundle else Decimal(self.asked.price if self.asked else 0)


@dataclass(frozen=True, slots=True)
class BundleList:
    """What is asked for, what works, what has ended."""

    asked: list[BundleRow]
    active: list[BundleRow]
    ended: list[BundleRow]

    @property
    def is_empty(self) -> bool:
        return not (self.asked or self.active or self.ended)


def bundle_list(customer: Customer) -> BundleList:
    """Two queries, however many there are."""
    bundles = list(GroupBundle.objects.for_customer(customer).annotate(in_it=_IN_IT))
    open_orders = _orders(customer).filter(state__in=OPEN_ORDER_STATES)
    orders: dict[Any, Order] = {order.subject: order for order in open_orders.order_by("created_at")}
    rows = [_row(bundle, orders.pop(bundle.public_id, None)) for bundle in bundles]
    return BundleList(
        asked=[_asked_row(order) for order in orders.values()],
        active=[row for row in rows if row.bundle and row.bundle.is_active],
        ended=[row for row in rows if row.bundle and not row.bundle.is_active],
    )


def _row(bundle: Any, order: Order | None) -> BundleRow:
    notice = notice_of(order, {}) if order else None
    return BundleRow(bundle.public_id, bundle.name, bundle, bundle.in_it, order, notice)


def _asked_row(order: Order) -> BundleRow:
    asked = BundleNewPayload.from_json(order.payload)
    assert order.subject is not None
    notice = notice_of(order, {})
    return BundleRow(order.subject, order.subject_label, None, len(asked.lines), order, notice, asked)


def _orders(customer: Customer) -> "QuerySet[Order]":
    orders: QuerySet[Order] = Order.objects.for_customer(customer)
    return orders.filter(kind__in=KINDS)


@dataclass(frozen=True, slots=True)
class Term:
    """What is left of the time for which a bundle is taken at least: begun ``months``, and what they ``cost``."""

    until: date
    months: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class BundleDetail:
    """``bundle`` is None while it is only asked for, or when the operator refused; ``orders`` are newest first.

    ``term`` is what is left of its minimum term, ``delivered_at`` when usage last came in.
    """

    public_id: UUID
    bundle: GroupBundle | None
    orders: list[Order]
    members: int = 0
    term: Term | None = None
    delivered_at: datetime | None = None

    @property
    def name(self) -> str:
        return self.bundle.name if self.bundle else self.orders[0].subject_label

    @property
    def open_order(self) -> Order | None:
        return next((order for order in self.orders if order.is_open), None)

    @property
    def asked(self) -> BundleNewPayload | None:
        """What was asked last, while there is no bundle."""
        return None if self.bundle else BundleNewPayload.from_json(self.orders[0].payload)

    @property
    def kind(self) -> str:
        return self.bundle.kind if self.bundle else self.asked.kind if self.asked else ""

    @property
    def size(self) -> int:
        return self.bundle.size if self.bundle else self.asked.size if self.asked else 0

    @property
    def price(self) -> Decimal:
        return self.bundle.price_month if self.bundle else Decimal(self.asked.price if self.asked else 0)

    @property
    def notices(self) -> list[OrderNotice]:
        """What is open, or how the last request went wrong."""
        newest = self.orders[:1]
        return [notice_of(order, {}) for order in newest if order.is_open or order.state in _WENT_WRONG]

    @property
    def requests(self) -> list[RequestRow]:
        """The others, to look up."""
        told = {notice.order_id for notice in self.notices}
        others = [order for order in self.orders if str(order.pk) not in told]
        return [RequestRow(order, notice_of(order, {})) for order in others]

    @property
    def can_change(self) -> bool:
        return self.bundle is not None and self.bundle.is_active and self.open_order is None

    @property
    def can_ask_again(self) -> bool:
        return self.bundle is None and self.open_order is None

    @property
    def is_moving(self) -> bool:
        """Something is under way that ends by itself within seconds."""
        return any(order.is_open and order.state not in _QUIET for order in self.orders)

    @property
    def stage(self) -> str:
        """Changes with every step of a request."""
        return ":".join(f"{order.pk}{order.state}" for order in self.orders[:3])


def bundle_detail(customer: Customer, public_id: UUID) -> BundleDetail:
    """The bundle with this id, or the request that is to make it; another company's does not exist."""
    offer = BundleOffer.objects.for_customer(customer).filter(is_available=True, code=OuterRef("offer"))
    bundles = GroupBundle.objects.for_customer(customer).select_related("billing_account")
    bundle = (
        bundles.annotate(
            in_it=_IN_IT, term_months=Subquery(offer.values("term_months")), delivered_at=newest_delivery(customer)
        )
        .filter(public_id=public_id)
        .first()
    )
    orders = list(_orders(customer).filter(subject=public_id).order_by("-created_at", "-pk")[:MOST_REQUESTS])
    if bundle is None and not orders:
        raise Http404
    if bundle is None:
        return BundleDetail(public_id, None, orders)
    term = _rest(bundle, bundle.term_months or 0, today())
    return BundleDetail(public_id, bundle, orders, bundle.in_it, term, bundle.delivered_at)


def asked_before(customer: Customer, subject: str) -> dict[str, Any]:
    """A request for a new bundle as the form would have it, to ask again; nothing for one there is not."""
    wanted = as_uuids([subject])
    order = _orders(customer).filter(kind=OrderKind.BUNDLE_NEW, subject__in=wanted).order_by("-created_at").first()
    if order is None:
        return {}
    asked = BundleNewPayload.from_json(order.payload)
    return {
        "subject": order.subject,
        "offer": asked.offer,
        "account": asked.account,
        "note": order.note,
        "scope": CHOSEN,
        "numbers": "\n".join(formatting.phone(number) for number in numbers_of(customer, asked.lines)),
    }


def own_bundle(customer: Customer, public_id: UUID) -> GroupBundle:
    """The company's bundle; one that is only asked for is none yet."""
    bundles = GroupBundle.objects.for_customer(customer).select_related("customer")
    bundle: GroupBundle | None = bundles.filter(public_id=public_id).first()
    if bundle is None:
        raise Http404
    return bundle


def is_asked(customer: Customer, public_id: UUID) -> bool:
    """Whether a bundle with this id is open to be made, or was made."""
    asked = _orders(customer).filter(subject=public_id, state__in=OPEN_ORDER_STATES)
    made = GroupBundle.objects.for_customer(customer).filter(public_id=public_id)
    return bool(asked.exists() or made.exists())


def open_order_of(bundle: GroupBundle) -> Order | None:
    """The request about it that is open; there is one at most."""
    open_orders = _orders(bundle.customer).filter(state__in=OPEN_ORDER_STATES)
    order: Order | None = open_orders.filter(subject=bundle.public_id).first()
    return order


def members_page(detail: BundleDetail, *, text: str, number: str | None) -> Page:
    """Who is in it now and fits ``text``, by name."""
    assert detail.bundle is not None
    return paginate(members_by_name(detail.bundle, text), number, total=None if text else detail.members)


def members_by_name(bundle: GroupBundle, text: str = "") -> "QuerySet[BundleMember]":
    members = members_of(bundle).select_related("line__subscriber", "line__sim", "line__cost_centre")
    if text:
        members = members.filter(matching(text, column="line__search_text"))
    return members.order_by("line__search_text", "pk")


def offers_of(customer: Customer) -> list[BundleOffer]:
    """The bundles that the contract has."""
    return list(BundleOffer.objects.for_customer(customer).filter(is_available=True))


def rest_of_term(bundle: GroupBundle, offers: Sequence[BundleOffer], day: date) -> Term | None:
    """From ``day`` on; None when the bundle can be ended then, or the contract no longer tells."""
    offer = next((row for row in offers if row.code == bundle.offer), None)
    return _rest(bundle, offer.term_months if offer else 0, day)


def _rest(bundle: GroupBundle, term_months: int, day: date) -> Term | None:
    until = months_after(bundle.starts_on, term_months)
    if until <= day:
        return None
    first = max(day, bundle.starts_on)
    months = next(count for count in range(1, term_months + 2) if months_after(first, count) >= until)
    return Term(until, months, months * bundle.price_month)


def monthly_total(customer: Customer) -> Decimal:
    """What the company's bundles cost together, euro per month without VAT."""
    active = GroupBundle.objects.for_customer(customer).filter(state=BundleState.ACTIVE)
    total: Decimal | None = active.aggregate(total=Sum("price_month"))["total"]
    return total or Decimal()


@dataclass(frozen=True, slots=True)
class ActiveBundles:
    """The bundles that work, how many lines are in them (one in two counts once), and when usage last came in."""

    bundles: list[GroupBundle]
    members: int = 0
    delivered_at: datetime | None = None


def active_bundles(customer: Customer) -> ActiveBundles:
    """One query for all that the overview tells of them."""
    members = BundleMember.objects.for_customer(customer).filter(until=None, bundle__state=BundleState.ACTIVE)
    lines = members.order_by().values("customer").annotate(n=Count("line", distinct=True)).values("n")
    active = GroupBundle.objects.for_customer(customer).filter(state=BundleState.ACTIVE)
    found: list[Any] = list(active.annotate(lines=Subquery(lines), delivered_at=newest_delivery(customer)))
    return ActiveBundles(found, found[0].lines or 0, found[0].delivered_at) if found else ActiveBundles([])


def find_bundles(customer: Customer, text: str, limit: int) -> list[GroupBundle]:
    """By name or code; those that work come first."""
    bundles = GroupBundle.objects.for_customer(customer).filter(Q(name__icontains=text) | Q(code__icontains=text))
    return list(bundles.order_by("state", "name", "code")[:limit])
