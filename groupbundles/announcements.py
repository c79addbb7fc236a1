"""Usage alerts in words: what passed which threshold, for lists, the notification centre and mails to employees."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Permission
from fleetportal.notifications.enums import MailTiming
from fleetportal.shell.registry import NotificationEvent
from fleetportal.web import formatting
from groupbundles.enums import AlertKind

MANAGERS, EMPLOYEE = "groupbundles.usage_alert", "groupbundles.usage_alert_employee"
ONLY_TOLD = gettext_lazy("You are only told. Usage is not blocked.")

Params = Mapping[str, Any]


def passed(kind: str, value: Decimal, of: Decimal | None, unit: str = "data") -> str:
    """What was used when the alert fired; ``unit`` is that of a bundle: data or voice."""
    if kind == AlertKind.FIRST_PREMIUM:
        return _("First use of a premium-rate number")
    share = formatting.percent(value.quantize(Decimal(1), rounding=ROUND_FLOOR))
    if kind == AlertKind.ROAMING:
        return _("%(share)s of the roaming data limit of %(limit)s") % {"share": share, "limit": formatting.eur(of)}
    if AlertKind(kind).is_percentage:
        return _("%(share)s of %(limit)s used") % {"share": share, "limit": formatting.usage(int(of or 0), unit)}
    amount = {"amount": formatting.eur(value)}
    if kind == AlertKind.THIRD_PARTY:
        return _("%(amount)s for services of third parties") % amount
    if kind == AlertKind.BUNDLE_AMOUNT:
        return _("%(amount)s outside the bundle, all its SIM cards together") % amount
    return _("%(amount)s outside the bundle") % amount


def threshold_of(kind: str, threshold: Decimal) -> str:
    """From where it is told, as people read it; nothing for the first use."""
    if kind == AlertKind.FIRST_PREMIUM:
        return ""
    return formatting.percent(threshold) if AlertKind(kind).is_percentage else formatting.eur(threshold)


def month_of(period: date) -> str:
    return date_format(period, "F Y")


def _what(params: Params) -> str:
    of = Decimal(params["of"]) if params["of"] else None
    return passed(params["kind"], Decimal(params["value"]), of, params["unit"])


def _subject(params: Params) -> str:
    return ", ".join(filter(None, (formatting.phone(params["number"]), params["name"])))


def _when(params: Params) -> str:
    month = {"month": month_of(date.fromisoformat(params["period"]))}
    return (_("In %(month)s, counted late.") if params["is_late"] else _("In %(month)s.")) % month


def _title(params: Params) -> str:
    if "many" not in params:
        return f"{_subject(params)}: {_what(params)}"
    n, label = params["many"], AlertKind(params["kind"]).label
    if AlertKind(params["kind"]).is_of_a_line:
        text = ngettext("%(label)s: %(n)s SIM card passed it", "%(label)s: %(n)s SIM cards passed it", n)
    else:
        text = ngettext("%(label)s: %(n)s bundle passed it", "%(label)s: %(n)s bundles passed it", n)
    return text % {"label": label, "n": formatting.number(n)}


def _body(params: Params) -> str:
    return f"{_when(params)} {ONLY_TOLD}"


def _own_title(params: Params) -> str:
    return _("Your number %(number)s: %(what)s") % {
        "number": formatting.phone(params["number"]), "what": _what(params)
    }  # fmt: skip


EVENTS = [
    NotificationEvent(
        MANAGERS,
        gettext_lazy("Usage passes a threshold"),
        gettext_lazy("A SIM card or a group bundle used as much as an alert says."),
        _title,
        _body,
        icon="chart-bar",
        tone="warn",
        permission=Permission.MANAGE_LINES,
        mail=MailTiming.NOW,
        order=40,
    ),
    NotificationEvent(
        EMPLOYEE,
        gettext_lazy("Usage of an employee passes a threshold"),
        gettext_lazy("The employee is told by mail."),
        _own_title,
        _body,
        icon="chart-bar",
        tone="warn",
        optional=False,
    ),
]
