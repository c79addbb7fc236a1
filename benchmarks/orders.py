"""Thousands of orders from placing to completion, against what the same database does for plain small transactions.

Run with ``python -m benchmarks.orders [orders]``. Works in a database of its own, made beside the configured one and
removed again. Workers are processes that take hands of bulk orders as a lane does, without a queue between them.
"""

import multiprocessing
import os
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

from benchmarks.lists import own_database

ORDERS = 2000
SINGLES = 100
WORKERS = 2
# One order whole, in plain transactions of one small write each; and placing one by one against set-wise.
MOST_TRANSACTIONS, PLACING_GOAL = 25.0, 8.0


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def plain_transactions(count: int) -> None:
    """What nobody can do without: a row read, written and committed."""
    from django.db import transaction

    from fleetportal.operators.simulator.models import NumberPool

    row, _made = NumberPool.objects.get_or_create(pk=1)
    for number in range(count):
        with transaction.atomic():
            NumberPool.objects.select_for_update().get(pk=row.pk)
            NumberPool.objects.filter(pk=row.pk).update(next_number=number)


def place_in_bulk(customer: Any, lines: list[Any]) -> None:
    from fleetportal.audit.actors import Actor
    from sims.enums import OrderKind
    from sims.orders.bulk_placing import place_many
    from sims.orders.kinds.block import BlockPayload

    payloads = [(line, BlockPayload(reason="lost")) for line in lines]
    place_many(
        customer=customer,
        kind=OrderKind.BLOCK,
        payloads=payloads,
        batch=uuid.uuid4(),
        by=Actor.system("benchmark"),
    )


def place_one_by_one(lines: list[Any]) -> None:
    from fleetportal.audit.actors import Actor
    from sims.enums import OrderKind
    from sims.orders.kinds.block import BlockPayload
    from sims.orders.placing import place

    for line in lines:
        place(line=line, kind=OrderKind.BLOCK, payload=BlockPayload(reason="lost"), by=Actor.system("benchmark"))


def work_through() -> None:
    """As a lane does, until nothing is open any more."""
    from sims.enums import OPEN_ORDER_STATES
    from sims.models import Order
    from sims.orders.lanes import play_hand

    open_orders = Order.objects.across_customers(reason="the benchmark's own rows").filter(
        is_bulk=True, state__in=OPEN_ORDER_STATES
    )
    while play_hand() or open_orders.exists():
        pass


def in_processes(count: int) -> None:
    """The same work in ``count`` processes at once, each with a connection of its own."""
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=work_through) for _n in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def measure(count: int) -> list[str]:
    from sims.enums import OrderState
    from sims.models import Order
    from tests import factories
    from tests.fleets import working_lines

    below = []
    customer = factories.CustomerFactory()
    lines = working_lines(customer, count + SINGLES)
    plain_transactions(100)
    plain = seconds(lambda: plain_transactions(500)) / 500
    single = seconds(lambda: place_one_by_one(lines[count:])) / SINGLES
    bulk = seconds(lambda: place_in_bulk(customer, lines[:count])) / count
    whole = seconds(lambda: in_processes(WORKERS)) / count
    done = Order.objects.for_customer(customer).filter(state=OrderState.COMPLETED).count()
    assert done == count, f"{done} of {count} completed"
    print(f"one plain transaction           {plain * 1000:8.2f} ms")
    print(f"placing, one by one             {single * 1000:8.2f} ms  {single / plain:6.1f} transactions")
    print(f"placing, set-wise               {bulk * 1000:8.2f} ms  {bulk / plain:6.1f} transactions")
    print(f"sending, asking and completing  {whole * 1000:8.2f} ms  {whole / plain:6.1f} transactions")
    print(f"orders per second with {WORKERS} workers {1 / whole:8.0f}")
    if single / bulk < PLACING_GOAL:
        below.append(f"placing set-wise is {single / bulk:.1f} times as fast, the goal is {PLACING_GOAL:.0f}")
    if whole / plain > MOST_TRANSACTIONS:
        below.append(f"an order costs {whole / plain:.1f} plain transactions, the goal is {MOST_TRANSACTIONS:.0f}")
    return below


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleetportal.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    django.setup()
    from django.conf import settings

    settings.DEBUG = False
    settings.SIMULATOR_WORK_SECONDS = 0
    with own_database():
        below = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS)
    print("\n".join(below) or "every goal reached")


if __name__ == "__main__":
    main()
