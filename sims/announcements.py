"""What people are told about requests, in words: the events of the notification centre and their texts.

``sims.orders.telling`` decides who is told and keeps the params.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Permission
from fleetportal.notifications.enums import MailTiming
from fleetportal.shell.registry import NotificationEvent
from fleetportal.web import formatting
from sims.bulk.changes import change_of
from sims.enums import OrderKind, OrderState
from sims.orders.reasons import words_of
from sims.orders.telling import DECIDED, WAITING, WRONG
from sims.queries.progress import sentence

Params = Mapping[str, Any]


def _request(params: Params) -> str:
    """What was asked, by its name."""
    if "bulk" in params:
        return str(change_of(params["bulk"]).title)
    return _("Employee leaves") if "departure" in params else str(OrderKind(params["kind"]).label)


def _about(params: Params) -> str:
    """For whom or what it was asked."""
    if "bulk" in params:
        n = params["lines"]
        return ngettext("%(n)s line", "%(n)s lines", n) % {"n": formatting.number(n)}
    if "departure" in params:
        return str(params["departure"])
    number = formatting.phone(params["number"]) or formatting.iccid(params["card"])
    return ", ".join(filter(None, (number, params["name"])))


def _titled(params: Params, state: str) -> str:
    return _("%(request)s: %(state)s") % {"request": _request(params), "state": state}


def _waiting_title(params: Params) -> str:
    return _titled(params, _("waiting for approval"))


def _waiting_body(params: Params) -> str:
    return _("%(name)s asks this for %(about)s.") % {"name": params["who"], "about": _about(params)}


def _decided_title(params: Params) -> str:
    return _titled(params, _("approved") if params["approved"] else _("declined"))


def _decided_body(params: Params) -> str:
    text = _("%(about)s, by %(name)s.") % {"name": params["who"], "about": _about(params)}
    return f"{text} {sentence(params['reason'])}".strip()


_STATES = {
    OrderState.REJECTED: gettext_lazy("refused by the operator"),
    OrderState.FAILED: gettext_lazy("failed"),
    OrderState.CANCELLED: gettext_lazy("cancelled"),
    OrderState.NEEDS_ATTENTION: gettext_lazy("takes longer than usual"),
}


def _wrong_title(params: Params) -> str:
    if "bulk" in params:
        return _titled(params, _("not all lines are done"))
    return _titled(params, str(_STATES[OrderState(params["state"])]))


def _wrong_body(params: Params) -> str:
    if "bulk" in params:
        return _("Something went wrong with at least one line. See which ones, and try those again.")
    if params["state"] == OrderState.NEEDS_ATTENTION:
        text = _("Our help desk is looking at it. You need not do anything.")
    else:
        text = sentence(words_of(params["kind"], params["code"]) or params["message"])
    return f"{_about(params)}. {text}".strip()


EVENTS = [
    NotificationEvent(
        WAITING,
        gettext_lazy("Something waits for my approval"),
        gettext_lazy("A colleague asked for something that you can approve or decline."),
        _waiting_title,
        _waiting_body,
        icon="hourglass",
        tone="warn",
        permission=Permission.MANAGE_LINES,
        mail=MailTiming.NOW,
        order=10,
    ),
    NotificationEvent(
        DECIDED,
        gettext_lazy("My request was approved or declined"),
        gettext_lazy("A colleague decided about what you asked."),
        _decided_title,
        _decided_body,
        icon="send",
        permission=Permission.REQUEST_CHANGES,
        mail=MailTiming.NOW,
        order=20,
    ),
    NotificationEvent(
        WRONG,
        gettext_lazy("My request did not succeed"),
        gettext_lazy("What you asked was refused, failed or takes longer than usual."),
        _wrong_title,
        _wrong_body,
        icon="alert-triangle",
        tone="bad",
        permission=Permission.REQUEST_CHANGES,
        mail=MailTiming.NOW,
        order=30,
    ),
]
