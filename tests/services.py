"""pytest plugin: gives the tests a PostgreSQL and a Redis of their own before Django's settings are read.

DATABASE_URL and REDIS_URL decide where they are set; otherwise an embedded pair that belongs to the tests alone is
started or joined, so a portal running beside them keeps its data.
"""

import os
from urllib.parse import urlsplit, urlunsplit

import pytest

from fleetportal.local.joining import join_what_is_missing
from fleetportal.local.places import default_place

# A bare run of the settings must not pick up what .env says about a real installation.
joined = join_what_is_missing(default_place("test", durable=False))


def _own_redis_database() -> None:
    """Processes that run tests side by side must not read each other's queues."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker.startswith("gw") or "FLEETPORTAL_TEST_REDIS" in os.environ:
        return
    parts = urlsplit(os.environ["REDIS_URL"])
    number = int(parts.path.strip("/") or 0) + int(worker.removeprefix("gw"))
    os.environ["FLEETPORTAL_TEST_REDIS"] = worker
    os.environ["REDIS_URL"] = urlunsplit(parts._replace(path=f"/{number}"))


_own_redis_database()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    if joined is not None:
        joined.leave()
