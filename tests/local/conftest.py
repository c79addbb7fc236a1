"""Places of services apart from those of the test run, and patience with real processes."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fleetportal.local.places import Place
from fleetportal.local.postgres import Postgres
from fleetportal.local.redis_server import Redis


def wait_for(condition: Callable[[], object], seconds: float = 20) -> object:
    """What ``condition`` answers once it is true; fails when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.fixture
def make_place() -> Iterator[Callable[..., Place]]:
    places = []

    def make(*folders: str, mode: int = 0o755, durable: bool = False) -> Place:
        top = Path(tempfile.mkdtemp(prefix="fp-test-"))
        top.chmod(mode)
        place = Place(top.joinpath(*folders, "var"), durable=durable)
        places.append((top, place))
        return place

    yield make
    for top, place in places:
        if place.control.exists():
            # Also after a test that failed before its users could leave.
            Redis(place).stop()
            postgres = Postgres(place)
            postgres.stop()
            shutil.rmtree(postgres.sockets, ignore_errors=True)
            shutil.rmtree(postgres.home, ignore_errors=True)
        shutil.rmtree(top)


@pytest.fixture
def place(make_place: Callable[..., Place]) -> Place:
    return make_place()


@pytest.fixture
def environment_without_services(place: Place) -> dict[str, str]:
    hidden = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "FLEETPORTAL_TEST", "PYTEST", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return {**kept, "VAR_DIR": str(place.var)}
