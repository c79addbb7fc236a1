"""The costs of one line on its page: twelve months, by kind, and who pays them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from billing.cost_wording import months_chart
from billing.queries.cost_documents import documents
from billing.queries.cost_split import line_months
from fleetportal.tenancy.requests import PortalRequest
from groupbundles.periods import periods_until
from sims.models import Line
from sims.queries.costs import in_words

MONTHS = 12


def line_costs(request: PortalRequest, line: Line) -> Mapping[str, Any]:
    """What invoices that this person may see charge for the line; nothing before the first of them."""
    found = documents(request.customer, request.membership)
    if not found.months:
        return {"months": []}
    periods = periods_until(found.months[0], MONTHS)
    months = line_months(line, found, periods)
    charged = [month for month in months if month.division.by_kind]
    totals = {month.month: month.division.net for month in charged}
    return {
        "months": charged,
        "newest": charged[0] if charged else None,
        "words": in_words(charged[0].profile) if charged and charged[0].profile else "",
        "is_divided": any(month.is_divided for month in charged),
        "chart": months_chart(totals, periods[::-1], charged[0].month) if charged else None,
        "total": sum(totals.values(), Decimal()),
        "kinds": list(charged[0].division.by_kind.items()) if charged else [],
        "company": sum((month.division.company for month in charged), Decimal()),
        "employee": sum((month.division.employee_pays for month in charged), Decimal()),
    }
