"""Giving a line another SIM card."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import OrderKind, SimState
from sims.identifiers import iccid_core
from sims.models import Line, Order, Sim
from sims.orders.kinds.swap import SwapWish
from sims.orders.placing import ask
from sims.orders.transitions import lock_line


def swap_card(*, line: Line, wish: SwapWish, by: Actor) -> Order:
    """Ask for it as soon as possible; the card is kept for this line from now on. Raises ``Refusal``.

    The card is one of the company's stock, or one that the operator called available when the caller asked.
    """
    with transaction.atomic():
        locked = lock_line(line.pk)
        card = _free_card(locked.customer, wish.iccid)
        order = ask(line=locked, kind=OrderKind.SWAP, wish=wish, by=by, new_sim=card)
        card.state = SimState.RESERVED
        card.save(update_fields=["state"])
    return order


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
