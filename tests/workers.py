"""Real Celery workers for tests, each in a process group of its own, on the test's own database and Redis."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 40


def eventually(condition: Callable[[], object], *, seconds: float = PATIENCE_SECONDS, what: str = "") -> None:
    """Ask again and again until it holds; fails with ``what`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s: {what or condition}")
        time.sleep(0.05)


class Worker:
    """One worker process and its children."""

    def __init__(self, log: Path, environment: dict[str, str], queues: str) -> None:
        self.log = log
        command = [sys.executable, "-m", "celery", "-A", "fleetportal", "worker", "-Q", queues, "-c", "1", "-l", "INFO"]
        command += ["--without-gossip", "--without-mingle", "-n", f"test-{uuid.uuid4().hex[:8]}@%h"]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
            )

    def is_ready(self) -> bool:
        if self.process.poll() is not None:
            pytest.fail(f"the worker ended: {self.log.read_text()[-2000:]}")
        return " ready." in self.log.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL to the whole group: nothing gets to clean up."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def own_environment(extra: dict[str, str]) -> dict[str, str]:
    url = urlsplit(os.environ["DATABASE_URL"])
    path = f"{url.path.rpartition('/')[0]}/{connection.settings_dict['NAME']}"
    return {
        **os.environ,
        "DATABASE_URL": urlunsplit(url._replace(path=path)),
        "REDIS_URL": settings.CELERY_BROKER_URL,
        "DJANGO_SETTINGS_MODULE": "fleetportal.settings",
        "LOG_LEVEL": "INFO",
        **extra,
    }


@pytest.fixture
def start_worker(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Start workers with ``environment`` on top of the test's own; all are dead before the tables are emptied."""
    workers: list[Worker] = []

    def start(environment: dict[str, str] | None = None, *, queues: str = "orders") -> Worker:
        worker = Worker(tmp_path / f"worker-{len(workers)}.log", own_environment(environment or {}), queues)
        workers.append(worker)
        eventually(worker.is_ready, what="the worker is ready")
        return worker

    yield start
    for worker in workers:
        worker.kill()


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    """The test's own Redis database, empty before and after."""
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()
