"""A request that was refused, failed or takes long becomes a ticket with everything the desk needs to know."""

import uuid

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fleetportal.audit.actors import Actor
from fleetportal.web import formatting
from fleetportal.web.errors import Refusal
from sims.enums import OrderKind, OrderState
from sims.models import Order
from sims.orders.kinds import name_of
from sims.queries.progress import notice_of
from tickets.models import Item, Ticket
from tickets.services.opening import TicketWish, open_ticket

ITEMS = {
    OrderKind.PORT_IN: "porting-refused",
    OrderKind.SWAP: "sim-not-working",
    OrderKind.BUNDLE_NEW: "bundle-change",
    OrderKind.BUNDLE_CHANGE: "bundle-change",
    OrderKind.BUNDLE_END: "bundle-change",
}
USUAL_ITEM = "sim-activation"
TROUBLED = (OrderState.REJECTED, OrderState.FAILED, OrderState.NEEDS_ATTENTION)


def item_for(order: Order) -> Item | None:
    """The item of the catalogue that fits; staff may have taken it out, then whatever comes first."""
    code = ITEMS.get(OrderKind(order.kind), USUAL_ITEM)
    if order.kind == OrderKind.PORT_IN and order.state == OrderState.NEEDS_ATTENTION:
        code = "porting-late"
    items = Item.objects.filter(is_active=True, subject__is_active=True).select_related("subject")
    return items.filter(code=code).first() or items.order_by("subject__position", "position").first()


def text_about(order: Order) -> str:
    """What was asked, when, by whom and what came of it, in the active language."""
    notice = notice_of(order)
    asked = _("Asked on %(moment)s by %(name)s.") % {
        "moment": formatting.date_time(order.created_at),
        "name": order.requested_by_name,
    }
    reference = _("Reference of the request: %(reference)s.") % {"reference": order.operator_reference or order.pk}
    what = ": ".join(filter(None, (name_of(order), notice.what)))
    return "\n".join(filter(None, (notice.title, what, notice.text, asked, reference)))


def ask_about(*, order: Order, by: Actor) -> Ticket:
    """One ticket per request, however often it is asked while that one is open. Raises ``Refusal``."""
    if order.state not in TROUBLED:
        raise Refusal(_("This request needs no help: it is under way or done."))
    item = item_for(order)
    if item is None:
        raise Refusal(_("The help desk takes no tickets at the moment."))
    wish = TicketWish(
        key=uuid.uuid4(),
        item=item,
        text=text_about(order),
        language=(get_language() or "nl")[:2],
        lines=[order.line] if order.line else [],
        order=order,
    )
    return open_ticket(customer=order.customer, wish=wish, by=by)
