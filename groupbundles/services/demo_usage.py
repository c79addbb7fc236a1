"""Three months of usage up to now for the demo companies, through the import that real files go through."""

import csv
import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from django.utils import timezone

from accounts.models import Customer, User
from fleetportal.audit.actors import Actor
from fleetportal.operators.simulator.usage import cursor_at
from groupbundles.demo.habits import GIGABYTE, Habits, records
from groupbundles.enums import BundleState, UsageSource
from groupbundles.models import BundleMember, GroupBundle, UsageCursor
from groupbundles.periods import first_of_month, periods_until
from groupbundles.services.usage.imports import import_file
from groupbundles.services.usage.rows import COLUMNS
from sims.enums import LineState
from sims.models import Line
from sims.orders.calendar import local_day

# The month that is going on and three before it.
MONTHS = 4
FOREVER = date(2999, 1, 1)
# A blocked line was used until some days ago.
QUIET_SINCE = timedelta(days=9)
# Without group bundles people need more than their plans hold, so that the page can tell what one would save.
THIRST = 1.6


def add_usage(noordkaai: Customer, owner: User, _requester: User) -> None:
    """Of both demo companies; the operator's own feed goes on from now."""
    for customer in Customer.objects.filter(slug__in=(noordkaai.slug, "zuidpark")):
        fill(customer, by=Actor.user(owner), now=timezone.now())


def fill(customer: Customer, *, by: Actor, now: datetime) -> None:
    """Usage of one company; its lines and bundles are there already."""
    today = local_day(now)
    bundles = GroupBundle.objects.for_customer(customer).filter(state=BundleState.ACTIVE)
    sizes = dict(bundles.values_list("code", "size"))
    lines = list(_habits(customer, today, thirst=1.0 if sizes else THIRST))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "demo.csv")
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file, delimiter=";", lineterminator="\n")
            rows.writerow(COLUMNS)
            rows.writerows(records(lines, sizes, periods_until(first_of_month(today), MONTHS), now))
        import_file(customer=customer, path=path, source=UsageSource.FILE, by=by)
    UsageCursor.objects.for_customer(customer).update_or_create(
        customer=customer, defaults={"cursor": cursor_at(now), "checked_at": now}
    )


def _habits(customer: Customer, today: date, *, thirst: float) -> Iterator[Habits]:
    """Of the lines that work, in the order of their numbers."""
    members: dict[int, list[BundleMember]] = {}
    for member in BundleMember.objects.for_customer(customer).filter(until=None).select_related("bundle"):
        members.setdefault(member.line_id, []).append(member)
    states = (LineState.ACTIVE, LineState.LIMITED, LineState.SUSPENDED)
    lines = Line.objects.for_customer(customer).filter(state__in=states, number__isnull=False).select_related("plan")
    for place, line in enumerate(lines.order_by("number")):
        mine = members.get(line.pk, [])
        yield Habits(
            number=line.number,
            place=place,
            allowance=int((line.plan.data_gb or 0) * GIGABYTE) if line.plan else 0,
            since=line.activated_on or today,
            until=today - QUIET_SINCE if line.state == LineState.SUSPENDED else FOREVER,
            barrings=frozenset(line.barrings),
            bundles={member.kind: member.bundle.code for member in mine},
            joined={member.kind: member.since for member in mine},
            thirst=thirst,
        )
