"""Which lines are in which bundle: who can join, joining and leaving.

A line is in one living bundle of a kind at most. Its end ends its membership, in the transaction that ends the line.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from groupbundles.enums import AuditKind
from groupbundles.models import BundleMember, GroupBundle
from sims.enums import OPEN_ORDER_STATES, LineState, OrderKind
from sims.models import Line, Order
from sims.orders import calendar
from sims.orders.kinds import EffectRefused

PORTAL = Actor.system("portal")
# Where the lines stand in the payload of an order that lets them join.
ADDING = {OrderKind.BUNDLE_NEW: "lines", OrderKind.BUNDLE_CHANGE: "add"}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a line cannot join; ``is_over`` for one that has ended, which only stays away."""

    line: Line
    reason: str
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """The bundle a line is in or is asked for, and that in words."""

    bundle: UUID
    text: str


def members_of(bundle: GroupBundle) -> "QuerySet[BundleMember]":
    """The lines that are in it now."""
    members: QuerySet[BundleMember] = BundleMember.objects.for_customer(bundle.customer_id)
    return members.filter(bundle=bundle, until=None)


def obstacles(customer: Customer, kind: str, lines: Iterable[Line], *, but: UUID) -> list[Obstacle]:
    """Which of these lines of the company cannot join the bundle ``but``, and why; two queries for however many."""
    taken = places(customer, kind)
    found = ((line, _obstacle(line, taken.get(line.pk), but)) for line in lines)
    return [Obstacle(line, reason, is_over=line.state == LineState.TERMINATED) for line, reason in found if reason]


def _obstacle(line: Line, place: Place | None, but: UUID) -> str:
    if line.state == LineState.TERMINATED:
        return _("has ended")
    if line.state == LineState.NEW:
        return _("is not active yet")
    return place.text if place is not None and place.bundle != but else ""


def places(customer: Customer, kind: str) -> dict[int, Place]:
    """The lines that are in a bundle of the kind, or are asked for one; two queries."""
    orders = Order.objects.for_customer(customer).filter(
        kind__in=ADDING, state__in=OPEN_ORDER_STATES, payload__kind=kind
    )
    found: dict[int, Place] = {}
    for order in orders:
        assert order.subject is not None
        place = Place(order.subject, _("is asked for “%(bundle)s”") % {"bundle": order.subject_label})
        found |= dict.fromkeys(map(int, order.payload[ADDING[OrderKind(order.kind)]]), place)
    members = BundleMember.objects.for_customer(customer).filter(kind=kind, until=None)
    for line, bundle, name in members.values_list("line_id", "bundle__public_id", "bundle__name"):
        found[line] = Place(bundle, _("is in “%(bundle)s”") % {"bundle": name})
    return found


def numbers_of(customer: Customer, lines: Collection[str]) -> tuple[str, ...]:
    """The numbers of those that have not ended."""
    rows = Line.objects.for_customer(customer).filter(pk__in=lines, number__isnull=False)
    return tuple(rows.exclude(state=LineState.TERMINATED).order_by("pk").values_list("number", flat=True))


def join(bundle: GroupBundle, lines: Collection[str], *, since: date, order: Order, by: Actor) -> int:
    """Let these lines use the bundle and say how many came; the caller holds the bundle's lock.

    Those that have ended meanwhile stay away. Raises ``EffectRefused`` when one is in another bundle of the kind.
    """
    living = [line for line in _locked(bundle.customer_id, lines) if line.state != LineState.TERMINATED]
    there = BundleMember.objects.for_customer(bundle.customer_id).filter(kind=bundle.kind, until=None, line__in=living)
    places = dict(there.values_list("line_id", "bundle_id"))
    if strangers := [line for line in living if places.get(line.pk, bundle.pk) != bundle.pk]:
        raise EffectRefused(f"{len(strangers)} lines are in another bundle, the first is {strangers[0]}")
    new = [line for line in living if line.pk not in places]
    BundleMember.objects.bulk_create(
        BundleMember(customer_id=bundle.customer_id, bundle=bundle, line=line, kind=bundle.kind, since=since)
        for line in new
    )
    _record(AuditKind.BUNDLE_LINE_JOINED, bundle, new, by, order=str(order.pk))
    return len(new)


def leave(bundle: GroupBundle, lines: Collection[str] | None, *, until: date, order: Order, by: Actor) -> int:
    """End the membership of these lines, None for all of them, and say how many left."""
    members = members_of(bundle)
    gone = _locked(bundle.customer_id, list(members.values_list("line_id", flat=True)) if lines is None else lines)
    present = set(members.filter(line__in=gone).values_list("line_id", flat=True))
    gone = [line for line in gone if line.pk in present]
    members.filter(line__in=gone).update(until=until)
    _record(AuditKind.BUNDLE_LINE_LEFT, bundle, gone, by, order=str(order.pk))
    return len(gone)


def leave_with_its_line(line: Line) -> None:
    """A line that has just ended, locked, leaves its bundles."""
    members = BundleMember.objects.for_customer(line.customer_id).filter(line=line, until=None)
    for member in members.select_related("bundle"):
        member.until = max(line.ended_on or calendar.local_day(timezone.now()), member.since)
        member.save(update_fields=["until"])
        _record(AuditKind.BUNDLE_LINE_LEFT, member.bundle, [line], PORTAL)


def _locked(customer_id: int, lines: Collection[Any]) -> list[Line]:
    """Always in the order of the key, as bulk orders lock them."""
    rows = Line.objects.for_customer(customer_id).filter(pk__in=lines).order_by("pk")
    return list(rows.select_for_update(of=("self",)).select_related("sim"))


def _record(kind: AuditKind, bundle: GroupBundle, lines: Collection[Line], by: Actor, **more: str) -> None:
    """One event on each line, for its timeline."""
    after = {"name": bundle.name, "bundle": str(bundle.public_id), **more}
    changes = [(line, str(line), after) for line in lines]
    audit.record_many(kind, by=by, customer_id=bundle.customer_id, changes=changes)
