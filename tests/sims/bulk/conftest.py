"""A small fleet of Noordkaai that is known to an operator without delay, and bulk changes on it."""

import pytest
from django.utils import translation

from fleetportal.audit.actors import Actor
from fleetportal.jobs import services as jobs
from fleetportal.jobs.models import Job
from sims.bulk.changes import change_of
from sims.bulk.selection import Selection
from sims.models import BulkChange
from sims.orders.kinds.block import BlockWish
from sims.services import bulk as bulk_changes
from tests import factories


@pytest.fixture(autouse=True)
def quick_operator(settings):
    settings.SIMULATOR_WORK_SECONDS = 0
    settings.OPERATOR_MAX_ANSWER_SECONDS = 0
    settings.ORDER_BACKOFF_SECONDS = 0


@pytest.fixture
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def by_alice(alice):
    return Actor.user(alice)


@pytest.fixture
def fleet(noordkaai):
    """Four lines that work, on one plan."""
    plan = factories.TariffPlanFactory(customer=noordkaai, code="PRO", price_month="19.00")
    return [
        factories.at_the_operator(factories.LineFactory(customer=noordkaai, plan=plan, number=f"+3246810000{n}"))
        for n in range(4)
    ]


@pytest.fixture
def prepared(noordkaai, fleet, by_alice):
    """``prepared("block")``: a bulk change of the fleet, or of other lines, after its dry run."""

    def _prepare(change="block", wish=None, lines=None, by=by_alice, **arguments) -> BulkChange:
        chosen = [str(line.public_id) for line in (fleet if lines is None else lines)]
        return bulk_changes.prepare(
            customer=noordkaai,
            change=change_of(change),
            wish=wish or BlockWish(reason="lost"),
            selection=arguments.pop("selection", None) or Selection.picked(chosen),
            by=by,
            **arguments,
        )

    return _prepare


@pytest.fixture
def work():
    """Plays the worker: does every job that waits."""

    def _work() -> list[Job]:
        waiting = list(Job.objects.across_customers(reason="the test plays the worker").filter(state="waiting"))
        for job in waiting:
            jobs.run(job.pk)
            job.refresh_from_db()
        return waiting

    return _work
