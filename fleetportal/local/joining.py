"""Who uses the embedded services: start them for the first, count the rest, stop them after the last.

The count is a shared lock on a file, so a process that was killed leaves no count behind. Works before Django's
settings are read, because those need the addresses.
"""

import atexit
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fleetportal.local.places import Place, default_place
from fleetportal.local.postgres import Postgres
from fleetportal.local.redis_server import Redis


@dataclass
class Joined:
    """One user of the services of a place, until ``leave``."""

    place: Place
    lock: int
    pid: int

    def leave(self) -> None:
        """Drop out; the last one stops the services. A forked child, or a second call, changes nothing."""
        if os.getpid() != self.pid or self.lock < 0:
            return
        with _start_lock(self.place):
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                Redis(self.place).stop()
                Postgres(self.place).stop()
            os.close(self.lock)
            self.lock = -1


def join(place: Place, *, database: bool = True, redis: bool = True) -> Joined:
    """Count in and make sure that the services answer; under a tenth of a second when they already do."""
    place.prepare()
    with _start_lock(place):
        lock = os.open(place.control / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_SH)
        joined = Joined(place, lock, os.getpid())
        try:
            for service in [Postgres(place)] * database + [Redis(place)] * redis:
                if not service.is_up():
                    service.start()
        except BaseException:
            os.close(lock)
            raise
    return joined


def join_what_is_missing(place: Place | None = None) -> Joined | None:
    """Set DATABASE_URL and REDIS_URL, each only where it is unset, and leave when this process ends."""
    database = not _is_set("DATABASE_URL")
    redis = not _is_set("REDIS_URL")
    if not database and not redis:
        return None
    place = place or default_place()
    joined = join(place, database=database, redis=redis)
    if database:
        os.environ["DATABASE_URL"] = Postgres(place).url
    if redis:
        os.environ["REDIS_URL"] = Redis(place).url
    atexit.register(joined.leave)
    return joined


def _is_set(name: str) -> bool:
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


@contextmanager
def _start_lock(place: Place) -> Iterator[None]:
    """One process at a time decides whether to start or stop."""
    lock = os.open(place.control / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
