"""A bulk change of 10,000 lines: its dry run and its placing, as times a plain insert of as many bare rows takes.

Run with ``python -m benchmarks.bulk [rows]``. Works in a database of its own, made beside the configured one and
removed again.
"""

import os
import sys
import time
from collections.abc import Callable

ROWS = 10_000
# A dry run and a placing against a bare insert of as many rows through the ORM.
GOAL_CHECK, GOAL_PLACE = 8.0, 40.0


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(rows: int) -> list[str]:
    from django.db import transaction

    from fleetportal.audit.actors import Actor
    from sims.bulk.changes import change_of
    from sims.bulk.selection import Selection
    from sims.enums import BulkState
    from sims.filters import LineFilter
    from sims.models import BulkChange, BulkRow, Line
    from sims.orders.kinds.block import BlockWish
    from sims.services import bulk, bulk_rows
    from tests import factories

    customer = factories.CustomerFactory()
    plan = factories.TariffPlanFactory(customer=customer)
    Line.objects.bulk_create(
        (Line(customer=customer, number=f"+32468{n:06d}", state="active", plan=plan) for n in range(rows)),
        batch_size=1000,
    )
    by = Actor.user(factories.MembershipFactory(customer=customer).user)
    change = bulk.prepare(
        customer=customer,
        change=change_of("block"),
        wish=BlockWish(reason="lost"),
        selection=Selection.filtered(LineFilter()),
        by=by,
    )
    checking = seconds(lambda: bulk.check(bulk_id=change.pk))
    change.refresh_from_db()

    def bare() -> None:
        spare = BulkChange.objects.create(customer=customer, change="block", requested_by_name="bare")
        with transaction.atomic():
            BulkRow.objects.bulk_create(
                (BulkRow(customer=customer, bulk=spare, position=n, outcome="change") for n in range(rows)),
                batch_size=1000,
            )

    plain = seconds(bare)
    bulk.apply(bulk=change, by=by)
    placing = seconds(lambda: bulk_rows.place(bulk_id=change.pk))
    change.refresh_from_db()
    assert change.state == BulkState.PLACED, change.state
    print(f"{'bare insert':16}{plain:8.2f} s")
    print(f"{'dry run':16}{checking:8.2f} s{checking / plain:8.1f}")
    print(f"{'placing':16}{placing:8.2f} s{placing / plain:8.1f}   {change.changing} lines")
    goals = {"dry run": (checking / plain, GOAL_CHECK), "placing": (placing / plain, GOAL_PLACE)}
    return [f"{name}: {is_so:.1f}, the goal is {goal:.0f}" for name, (is_so, goal) in goals.items() if is_so > goal]


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleetportal.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    django.setup()
    from django.conf import settings

    from benchmarks.lists import own_database

    settings.DEBUG = False
    with own_database():
        below = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
    print("\n".join(below) or "every goal reached")


if __name__ == "__main__":
    main()
