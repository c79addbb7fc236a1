"""Giving a line another SIM card, with everything that has to be true before it may happen."""

import hashlib
import json
import uuid
from dataclasses import replace
from datetime import timedelta

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.models import Customer
from accounts.permissions import Permission
from accounts.queries import may
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, OrderKind, SimState
from sims.identifiers import iccid_core
from sims.models import FleetPolicy, Line, Order, Sim
from sims.orders.kinds.swap import SwapWish
from sims.orders.placing import ask
from sims.orders.transitions import lock_line
from sims.queries.swapping import terms_of
from sims.services.notices import announce

CONFIRMATION_LIFETIME = timedelta(minutes=15)
_signer = signing.TimestampSigner(salt="sims.swap-confirmation", sep=".")


class NotConfirmed(Exception):
    """The confirmation is missing, too old, or was given for other values; show them and ask again."""


def confirmation_for(*, line: Line, wish: SwapWish, by: Actor) -> str:
    """What the browser sends back to confirm exactly this: person, line, number, holder, both cards and reason.

    Good for one request within a quarter of an hour. It holds nothing that could be read.
    """
    return _signer.sign(f"{uuid.uuid4()}~{_digest(line, wish, by)}")


def _digest(line: Line, wish: SwapWish, by: Actor) -> str:
    values = [
        by.kind,
        by.id,
        line.customer_id,
        str(line.public_id),
        line.number,
        line.subscriber.full_name if line.subscriber else "",
        line.sim.iccid if line.sim else "",
        wish.iccid,
        wish.reason,
    ]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _confirmed(token: str, line: Line, wish: SwapWish, by: Actor) -> uuid.UUID:
    try:
        nonce, _sep, digest = _signer.unsign(token, max_age=CONFIRMATION_LIFETIME).partition("~")
    except signing.BadSignature:
        raise NotConfirmed from None
    if not constant_time_compare(digest, _digest(line, wish, by)):
        raise NotConfirmed
    return uuid.UUID(nonce)


def confirmed_swap(*, line: Line, wish: SwapWish, token: str, eid: str = "", by: Actor) -> Order:
    """What a person confirmed with ``token``; raises ``NotConfirmed`` or ``Refusal``, also for a token used before."""
    with transaction.atomic():
        # The policy's row is locked first: requests of one company are counted one after the other.
        _lock_policy(line.customer)
        locked = lock_line(line.pk)
        return swap_card(line=locked, wish=wish, eid=eid, confirmation=_confirmed(token, locked, wish, by), by=by)


def swap_card(*, line: Line, wish: SwapWish, eid: str = "", confirmation: uuid.UUID | None = None, by: Actor) -> Order:
    """Ask for it as soon as the rules allow; the card is kept for this line from now on. Raises ``Refusal``.

    The card is one of the company's stock, or one that the operator called available when the caller asked. Everybody
    concerned is told before it is carried out.
    """
    with transaction.atomic():
        policy = _lock_policy(line.customer)
        locked = lock_line(line.pk)
        terms = terms_of(locked, policy, by)
        card = _free_card(locked.customer, wish.iccid)
        held = terms.held_until.isoformat() if terms.held_until else ""
        order = ask(
            line=locked,
            kind=OrderKind.SWAP,
            wish=replace(wish, held_until=held),
            not_before=terms.held_until,
            by=by,
            second_person=terms.needs_second_person,
            confirmation=confirmation,
            new_sim=card,
        )
        card.state = SimState.RESERVED
        card.eid = eid or card.eid
        card.save(update_fields=["state", "eid"])
        announce(order=order)
    return order


def _lock_policy(customer: Customer) -> FleetPolicy:
    FleetPolicy.objects.for_customer(customer).get_or_create(customer=customer)
    policy: FleetPolicy = FleetPolicy.objects.for_customer(customer).select_for_update().get()
    return policy


def _free_card(customer: Customer, iccid: str) -> Sim:
    """The company's card with this number, locked; one that is not in stock yet joins it."""
    core = iccid_core(iccid)
    own = Sim.objects.for_customer(customer).select_for_update()
    sim: Sim | None = own.filter(iccid_core=core).first()
    if sim is not None:
        return sim
    try:
        with transaction.atomic():
            added: Sim = Sim.objects.create(customer=customer, iccid=iccid, iccid_core=core)
            return added
    except IntegrityError:
        raise Refusal(_("This SIM card has just been taken. Choose another one."), field="iccid") from None


def lock_card(*, line: Line, is_locked: bool, by: Actor) -> None:
    """Whether another card for this line needs a second person; lifting that is for main fleet managers."""
    with transaction.atomic():
        locked = lock_line(line.pk)
        if locked.is_card_locked == is_locked:
            return
        if not is_locked and by.kind == "user" and not may(by.id or 0, locked.customer_id, Permission.MANAGE_POLICY):
            raise Refusal(_("Only a main fleet manager can lift this."))
        locked.is_card_locked = is_locked
        locked.save(update_fields=["is_card_locked", "updated_at"])
        audit.record(
            AuditKind.LINE_CARD_LOCK,
            by=by,
            customer_id=locked.customer_id,
            subject=locked,
            before={"is_card_locked": not is_locked},
            after={"is_card_locked": is_locked},
        )


def change_policy(*, customer: Customer, by: Actor, **values: int | bool) -> FleetPolicy:
    """The company's rules from now on; what was asked before keeps the rules of its moment."""
    with transaction.atomic():
        policy = _lock_policy(customer)
        before = {name: getattr(policy, name) for name in values}
        if before == values:
            return policy
        for name, value in values.items():
            setattr(policy, name, value)
        policy.save(update_fields=list(values))
        audit.record(
            AuditKind.POLICY_CHANGED, by=by, customer_id=customer.pk, subject=policy, before=before, after=values
        )
    return policy
