"""What the tabs of a line's page need beyond the line itself."""

from collections.abc import Callable
from typing import Any

from accounts.permissions import Permission
from fleetportal.tenancy.requests import PortalRequest
from sims.enums import OrderKind
from sims.forms.activation import Days
from sims.forms.barrings import BarringsForm, switch_groups
from sims.forms.plan_change import LinePlanForm
from sims.orders.kinds import kind_of
from sims.queries.barrings import barring_templates, followed
from sims.queries.detail import LineDetail
from sims.views.line_billing import billing_context
from sims.views.line_limits import limits_context

TabContent = Callable[[PortalRequest, LineDetail, Any], dict[str, Any]]


def can_ask(request: PortalRequest, detail: LineDetail, kind: OrderKind) -> bool:
    """Whether this person may ask for it and no other request of this line stands in the way."""
    group = kind_of(kind).conflict_group
    is_open = any(order.is_open and order.conflict_group == group for order in detail.orders)
    return detail.can_change and not is_open and request.membership.can(Permission.REQUEST_CHANGES)


def plan_tab(request: PortalRequest, detail: LineDetail, form: Any) -> dict[str, Any]:
    """The form where something can be asked; without one the template shows what the line has."""
    if detail.line.plan is None or not can_ask(request, detail, OrderKind.PLAN):
        return {"form": None}
    if form is None:
        days = Days(OrderKind.PLAN)
        form = LinePlanForm(customer=request.customer, line=detail.line, options=detail.options, days=days)
    return {"form": form}


def barrings_tab(request: PortalRequest, detail: LineDetail, form: Any) -> dict[str, Any]:
    """Switches, or the same as words; templates with the one the line follows; ``?use=`` begins with a template."""
    templates = list(barring_templates(request.customer))
    content: dict[str, Any] = {"templates": templates, "followed": followed(templates, detail.line.barrings)}
    content |= limits_context(detail)
    if not can_ask(request, detail, OrderKind.BARRINGS):
        return {**content, "form": None, "groups": switch_groups(detail.line.barrings)}
    used = next((one for one in templates if str(one.public_id) == request.GET.get("use")), None)
    if form is None:
        preset = used.codes if used else None
        form = BarringsForm(line=detail.line, preset=preset, days=Days(OrderKind.BARRINGS))
    return {**content, "form": form, "used": used}


def billing_tab(_request: PortalRequest, detail: LineDetail, _form: Any) -> dict[str, Any]:
    return billing_context(detail)


TAB_CONTENTS: dict[str, TabContent] = {"plan": plan_tab, "barrings": barrings_tab, "billing": billing_tab}
