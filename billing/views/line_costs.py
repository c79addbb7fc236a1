"""The costs of one line on its page: twelve months, by kind, and who pays them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from billing.cost_wording import months_chart
from billing.queries.cost_split import line_months
from fleetportal.tenancy.requests import PortalRequest
from groupbundles.periods import periods_until
from sims.models import Line
from sims.queries.costs import in_words

MONTHS = 12


def line_costs(request: PortalRequest, line: Line) -> Mapping[str, Any]:
    """What invoices that this person may see charge for the line; nothing before the first of them."""
    charged = line_months(line, request.membership, MONTHS)
    if not charged:
        return {}
    newest = charged[0]
    periods = periods_until(newest.month, MONTHS)
    totals = {month.month: month.division.net for month in charged}
    return {
        "months": charged,
        "newest": newest,
        "words": in_words(newest.profile) if newest.profile else "",
        "is_divided": any(month.is_divided for month in charged),
        "chart": months_chart(totals, periods[::-1], newest.month),
        "total": sum(totals.values(), Decimal()),
        "kinds": list(newest.division.by_kind.items()),
        "company": sum((month.division.company for month in charged), Decimal()),
        "employee": sum((month.division.employee_pays for month in charged), Decimal()),
    }
