"""Every request of a company: the page that lists them, and which ones wait for somebody's approval."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from accounts.permissions import Permission
from fleetportal.shell.counts import frame_count
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.pagination import Page, paginate
from fleetportal.web.parameters import page_number
from sims.enums import OPEN_ORDER_STATES, OrderKind, OrderState
from sims.models import Order
from sims.orders.kinds import name_of, page_of
from sims.queries.names import Names
from sims.queries.progress import OrderNotice, notice_of
from sims.search import matching

OPEN = "open"
# What the frame counts.
TO_APPROVE = "to_approve"
# The tabs, in their order: what each is called and holds.
VIEWS: dict[str, tuple[str | Promise, Q]] = {
    OPEN: (_("Open"), Q(state__in=sorted(OPEN_ORDER_STATES))),
    "approval": (_("For approval"), Q(state=OrderState.AWAITING_APPROVAL)),
    "planned": (_("Scheduled"), Q(state=OrderState.SCHEDULED)),
    "wrong": (_("Refused or failed"), Q(state__in=[OrderState.REJECTED, OrderState.FAILED])),
    "done": (_("Done"), Q(state=OrderState.COMPLETED)),
    "all": (_("All"), Q()),
}
LONGEST_TEXT = 100


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """What the person asked to see; ``kind`` is a value of ``OrderKind`` or empty, ``mine`` only his own requests."""

    view: str = OPEN
    kind: str = ""
    q: str = ""
    mine: bool = False

    @classmethod
    def from_query(cls, params: Mapping[str, str]) -> "RequestFilter":
        """What makes no sense is left out, because an old link should still open."""
        view, kind = params.get("view", OPEN), params.get("kind", "")
        return cls(
            view=view if view in VIEWS else OPEN,
            kind=kind if kind in OrderKind.values else "",
            q=params.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT],
            mine=params.get("mine") == "yes",
        )

    def params(self, **changes: Any) -> dict[str, str]:
        """What differs from the default, for an address."""
        values = {"view": self.view, "kind": self.kind, "q": self.q, "mine": "yes" if self.mine else "", **changes}
        return {key: value for key, value in values.items() if value and (key, value) != ("view", OPEN)}

    @property
    def narrows(self) -> bool:
        return bool(self.kind or self.q or self.mine)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request with what is told about it."""

    order: Order
    notice: OrderNotice

    @property
    def url(self) -> str:
        return page_of(self.order)

    @property
    def about(self) -> str:
        return name_of(self.order)


def requests_page(customer: Customer, wanted: RequestFilter, user_id: int, number: str | None) -> Page:
    """The page ``number`` of the requests that fit, newest first; planned ones with the nearest day first."""
    orders = _filtered(customer, wanted, user_id).select_related("line__sim", "line__subscriber")
    newest_first = ("not_before", "pk") if wanted.view == "planned" else ("-created_at", "-pk")
    page = paginate(orders.order_by(*newest_first), page_number(number))
    names = Names(customer.pk)
    rows = [RequestRow(order, notice_of(order, names)) for order in page]
    return Page(items=rows, number=page.number, per_page=page.per_page, total=page.total)


def _filtered(customer: Customer, wanted: RequestFilter, user_id: int) -> "QuerySet[Order]":
    orders: QuerySet[Order] = Order.objects.for_customer(customer).filter(VIEWS[wanted.view][1])
    if wanted.kind:
        orders = orders.filter(kind=wanted.kind)
    if wanted.mine:
        orders = orders.filter(requested_by_id=user_id)
    if wanted.q:
        orders = orders.filter(matching(wanted.q, column="line__search_text") | Q(subject_label__icontains=wanted.q))
    return orders


def request_counts(customer: Customer) -> dict[str, int]:
    """How many requests each tab holds, from one query."""
    figures = {view: Count("pk", filter=condition) for view, (_label, condition) in VIEWS.items() if condition}
    counts: dict[str, int] = Order.objects.for_customer(customer).aggregate(all=Count("pk"), **figures)
    return counts


def to_approve(request: PortalRequest) -> int:
    """How many requests this person can approve: those of others."""
    return frame_count(request, TO_APPROVE)


def requests_to_approve(request: PortalRequest) -> "QuerySet[Order] | None":
    """Those requests; None for who may not decide."""
    if not request.membership.can(Permission.MANAGE_LINES):
        return None
    waiting: QuerySet[Order] = Order.objects.for_customer(request.customer).filter(state=OrderState.AWAITING_APPROVAL)
    return waiting.exclude(requested_by_id=request.user.pk)
