"""What people are told about tickets, in words; nothing of what was asked or answered stands in a mail."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.permissions import Permission
from fleetportal.notifications.enums import MailTiming
from fleetportal.shell.registry import NotificationEvent
from tickets.enums import TicketState
from tickets.models.catalogue import in_language
from tickets.services.telling import ANSWERED, REFUSED

Params = Mapping[str, Any]


def _named(params: Params, text: str) -> str:
    return text % {"number": params["number"], "item": in_language(params["item"])}


def _answered_title(params: Params) -> str:
    if params["state"] == TicketState.WAITING:
        return _named(params, _("The help desk needs something from you for %(number)s: %(item)s"))
    if params["state"] == TicketState.RESOLVED:
        return _named(params, _("Resolved by the help desk, %(number)s: %(item)s"))
    return _named(params, _("The help desk wrote about %(number)s: %(item)s"))


def _answered_body(params: Params) -> str:
    if params["state"] == TicketState.WAITING:
        return _("They go on once you have answered.")
    if params["state"] == TicketState.RESOLVED:
        return _("Not solved after all? Open the ticket again.")
    return _("Read the message on the ticket.")


def _refused_title(params: Params) -> str:
    return _named(params, _("The help desk did not take your message, %(number)s: %(item)s"))


def _refused_body(_params: Params) -> str:
    return _("The reason stands on the ticket.")


EVENTS = [
    NotificationEvent(
        ANSWERED,
        gettext_lazy("An answer of the help desk"),
        gettext_lazy("The help desk wrote on a ticket of yours, needs something from you or has resolved it."),
        _answered_title,
        _answered_body,
        icon="message",
        permission=Permission.VIEW_TICKETS,
        mail=MailTiming.NOW,
        order=60,
    ),
    NotificationEvent(
        REFUSED,
        gettext_lazy("The help desk does not take a message"),
        gettext_lazy("What you asked or wrote on a ticket was refused."),
        _refused_title,
        _refused_body,
        icon="alert-triangle",
        tone="bad",
        permission=Permission.VIEW_TICKETS,
        mail=MailTiming.NOW,
        order=61,
    ),
]
