"""`/healthz` names what is missing, and never keeps its caller waiting."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.db import connection
from redis import Redis as Client

from fleetportal import heartbeat
from fleetportal.local.joining import join
from fleetportal.local.places import BASE_DIR
from fleetportal.local.redis_server import Redis
from tests.local.conftest import wait_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def broker(place, settings):
    """A broker that no worker of another test signs in."""
    joined = join(place, database=False)
    settings.CELERY_BROKER_URL = Redis(place).url
    yield place
    joined.leave()


@pytest.fixture
def worker(broker):
    command = [sys.executable, "-m", "celery", "-A", "fleetportal", "--skip-checks", "worker", "-Q", "nothing"]
    environment = {**os.environ, "REDIS_URL": Redis(broker).url}
    process = subprocess.Popen(
        [*command, "-P", "solo", "-n", "health@test"],
        cwd=BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield process
    process.kill()
    process.wait()


def test_all_is_well_while_a_worker_runs_and_its_end_shows_at_once(client, worker):
    wait_for(lambda: client.get("/healthz").status_code == 200, 40)
    assert client.get("/healthz").json() == {"status": "ok"}

    worker.terminate()
    worker.wait(timeout=30)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "missing": ["worker"]}


def test_a_worker_that_stopped_signing_does_not_count(client, broker):
    with Client.from_url(Redis(broker).url) as redis:
        redis.zadd(heartbeat.KEY, {"dead@host": redis.time()[0] - 1})
    assert client.get("/healthz").json()["missing"] == ["worker"]


def test_a_frozen_broker_is_named_within_two_seconds(client, broker):
    pid = int((broker.control / "redis.pid").read_text())
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        answer = client.get("/healthz")
        taken = time.monotonic() - began
    finally:
        os.kill(pid, signal.SIGCONT)
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["broker", "worker"]
    assert taken < 2


def test_a_database_that_is_gone_is_named(client, broker, monkeypatch):
    with Client.from_url(Redis(broker).url) as redis:
        redis.zadd(heartbeat.KEY, {"alive@host": redis.time()[0] + 60})
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["database"]


def test_it_only_reads(client):
    assert client.post("/healthz").status_code == 405
