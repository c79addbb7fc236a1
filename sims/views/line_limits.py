"""Dialogs about what a line may spend: on third parties, and on data abroad."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from sims.enums import OrderKind
from sims.forms.activation import Days
from sims.forms.limits import RoamingLimitForm, ThirdPartyLimitForm
from sims.models import HIGHEST_THIRD_PARTY_LIMIT, Line
from sims.queries.detail import LineDetail
from sims.spending import VAT, spent_this_month
from sims.views.changes import ask_or_show, own_line


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def line_limits(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The PayByMobile limit."""
    line, kind = own_line(request, public_id), OrderKind.THIRD_PARTY_LIMIT
    form = ThirdPartyLimitForm(request.POST or None, present=line.third_party_limit, days=Days(kind))
    day = form.cleaned_data["day"] if form.is_bound and form.is_valid() else None
    context: dict[str, Any] = {"highest": HIGHEST_THIRD_PARTY_LIMIT, "spent": spent_this_month(line)}
    return ask_or_show(request, line, kind, "third_party_limit", form, day=day, tab="barrings", **context)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def line_roaming(request: PortalRequest, public_id: UUID) -> HttpResponse:
    line = own_line(request, public_id)
    form = RoamingLimitForm(request.POST or None, present=line.roaming_limit)
    return ask_or_show(request, line, OrderKind.ROAMING_LIMIT, "roaming_limit", form, tab="barrings")


def limits_context(detail: LineDetail) -> dict[str, Any]:
    """What the cards of the line's page show."""
    return {"spent": spent_this_month(detail.line), "roaming_with_vat": with_vat(detail.line)}


def with_vat(line: Line) -> Decimal | None:
    return None if line.roaming_limit is None else line.roaming_limit * (1 + VAT)
