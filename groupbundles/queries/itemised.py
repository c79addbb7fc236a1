"""Single usage records, as little of each as answers a question about a bill: no number, no time of day, no place
beyond the zone it is charged for. In the order of days; within a day they say nothing about what came first.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.models import Customer
from fleetportal.web import formatting
from fleetportal.web.pagination import Page
from groupbundles.enums import UsageKind, UsageZone
from groupbundles.models import ItemisedUse, UsageRecord
from groupbundles.periods import last_day
from groupbundles.queries.line_usage import OUTSIDE, OWN, bundle_names
from sims.models import Line
from sims.orders.calendar import local_day

PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One use. ``bundle`` is the name of the group bundle it counts towards, if any."""

    day: date
    kind: str
    zone: str
    amount: str
    bundle: str
    is_outside: bool
    charge: Decimal


def itemised_use(customer: Customer) -> ItemisedUse | None:
    """The decision that is in force."""
    found: ItemisedUse | None = ItemisedUse.objects.for_customer(customer).filter(switched_off_at=None).first()
    return found


def decisions(customer: Customer) -> list[ItemisedUse]:
    """All of them, newest first."""
    return list(ItemisedUse.objects.for_customer(customer))


def first_day(decision: ItemisedUse) -> date:
    """Use before this day stays closed: nobody had been told then."""
    return local_day(decision.switched_on_at)


def records_page(customer: Customer, line: Line, period: date, number: int, *, since: date) -> Page:
    """Records of the month from ``since`` on, newest day first; past the end gives the last page."""
    records = UsageRecord.objects.for_customer(customer).filter(
        line=line, period=period, day__range=(max(since, period), last_day(period))
    )
    total = records.count()
    number = min(number, max(1, -(-total // PER_PAGE)))
    start = (number - 1) * PER_PAGE
    columns = ("day", "kind", "zone", "quantity", "bundle", "charge")
    rows = list(records.order_by("-day", "kind", "zone", "record_id").values_list(*columns)[start : start + PER_PAGE])
    names = bundle_names(customer, {row[4] for row in rows})
    return Page([_row(row, names) for row in rows], number, PER_PAGE, total)


def _row(row: tuple[date, str, str, int, str, Decimal], names: dict[str, str]) -> RecordRow:
    day, kind, zone, quantity, bundle, charge = row
    return RecordRow(
        day=day,
        kind=str(UsageKind(kind).label),
        zone=str(UsageZone(zone).label),
        amount=formatting.usage(quantity, kind),
        bundle="" if bundle in (OWN, OUTSIDE) else names.get(bundle, bundle),
        is_outside=bundle == OUTSIDE,
        charge=charge,
    )
