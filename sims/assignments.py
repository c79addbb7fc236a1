"""From which billing period a line's cost is divided, and how: written inside the transaction that changes the line."""

from datetime import date

from sims.models import Line, SplitBillAssignment, SplitBillProfile
from sims.orders import calendar


def period_from(day: date) -> date:
    """The first billing period that begins on or after ``day``: a period that has begun is never divided anew."""
    return day if day.day == 1 else calendar.next_period(day)


def assign(line: Line, profile: SplitBillProfile | None, *, since: date) -> SplitBillAssignment:
    """From the period ``since`` on; None divides nothing any more. A later period that was assigned already wins."""
    assignments = SplitBillAssignment.objects.for_customer(line.customer_id)
    last = assignments.filter(line=line).first()
    if last is not None and last.since > since:
        since = last.since
    return assignments.create(customer_id=line.customer_id, line=line, profile=profile, since=since)


def assignment_for(line: Line, period: date) -> SplitBillAssignment | None:
    """How this line's cost of the billing period is divided, None when it never was."""
    assignments = SplitBillAssignment.objects.for_customer(line.customer_id).select_related("profile")
    return assignments.filter(line=line, since__lte=period).first()
