"""Why an order was refused or ended, in the reader's words, with what to do about it."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sims.enums import OrderState
from sims.models import Order
from sims.orders.kinds import kind_of

REASONS: dict[str, Promise] = {
    "sim_unknown": _("The operator does not know this SIM card. Check the number on the card."),
    "sim_in_use": _("This SIM card is active already. Use another card."),
    "sim_retired": _("This SIM card was withdrawn. Use another card."),
    "sim_of_another_customer": _("The operator did not deliver this SIM card to your company. Use another card."),
    "sim_has_an_order": _("The operator is still working on another request for this SIM card. Try again later."),
    "sim_defective": _("The SIM card does not answer and may be broken. Use another card."),
    "plan_unknown": _("The operator does not offer this tariff plan. Choose another plan."),
    "network_trouble": _("Something went wrong in the operator's network. Try again."),
    "port_number_already_here": _("This number is with this operator already."),
    "port_number_not_active": _("This number is not active at its present operator. Check the number."),
    "port_already_pending": _("Another transfer of this number is going on. Wait until it is done."),
    "port_proof_missing": _("For a prepaid number the present operator checks the old SIM number. Fill it in."),
    "port_wrong_account": _(
        "The customer number is not the one the present operator knows. Look for it on a recent invoice."
    ),
    "port_wrong_holder": _("The present operator knows another holder of this number. Check the name on its invoice."),
    "port_blocked_by_subscriber": _(
        "The user of the number stopped the transfer by text message. Ask the user, then try again."
    ),
    "requester_lost_rights": _("The person who asked for it may no longer change lines. Ask for it again yourself."),
    "no_longer_possible": _("The line had changed by the moment this was to be sent, so nothing was sent."),
    "declined": _("Somebody else in your company declined it."),
    "line_ended": _("The line ended before this was due."),
    "line_unknown": _("The operator does not know this line. Ask the help desk."),
    "line_ended_there": _("The line has ended at the operator. Ask the help desk."),
    "line_blocked": _("The line is blocked at the operator already."),
    "line_not_blocked": _("The line is not blocked at the operator."),
    "option_not_allowed": _("The operator does not offer this combination of plan and options. Choose another one."),
    "barring_unknown": _("The operator cannot bar this kind of traffic."),
    "amount_not_allowed": _("The operator does not accept this amount. Choose another one."),
    "not_agreed": _("Somebody who was told about it stopped it."),
    "given_up": _("The operator's staff could not get it done. Try again or ask the help desk."),
    "needs_attention": _("Something unexpected happened. The operator's staff are looking at it."),
}


def words_of(kind: str, code: str) -> str:
    """What this code means for a kind of order; empty for an unknown one."""
    return str({**REASONS, **kind_of(kind).reasons}.get(code, ""))


def reason_of(order: Order) -> str:
    """One or two sentences for the fleet manager; empty while there is nothing to tell.

    An unknown refusal is told in the operator's own words; details of a defect are for staff only.
    """
    if order.error_code == "declined" and order.error_message:
        return gettext("A colleague declined it: %(reason)s") % {"reason": order.error_message}
    if words := words_of(order.kind, order.error_code):
        return words
    if order.state in (OrderState.REJECTED, OrderState.FAILED, OrderState.CANCELLED):
        return order.error_message
    return ""
