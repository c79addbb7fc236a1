"""The whole portal started as one, from nothing to the last process gone."""

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from fleetportal.local.places import BASE_DIR
from fleetportal.local.postgres import Postgres
from fleetportal.local.redis_server import Redis
from tests.local.conftest import is_alive, wait_for


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def health(port: int) -> dict:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)
    except OSError:
        return {}


def descendants(pid: int) -> set[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in children}.union(*(descendants(int(child)) for child in children))


def main_process_of_worker(pid: int) -> int | None:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return next((int(c) for c in children if b"\0worker\0" in Path(f"/proc/{c}/cmdline").read_bytes()), None)


@pytest.mark.skipif(sys.platform != "linux", reason="Reads the process table of Linux.")
def test_from_an_empty_folder_to_a_clean_end(environment_without_services, place, tmp_path):
    port = free_port()
    with (tmp_path / "output").open("w") as output:
        portal = subprocess.Popen(
            [sys.executable, "manage.py", "portal", "--port", str(port)],
            cwd=BASE_DIR,
            env=environment_without_services,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(lambda: portal.poll() is not None or health(port) == {"status": "ok"}, 90)
        text = (tmp_path / "output").read_text()
        assert portal.poll() is None, text
        assert f"http://localhost:{port}" in text

        worker = main_process_of_worker(portal.pid)
        subprocess.run(["kill", "-KILL", str(worker)], check=True)
        wait_for(lambda: main_process_of_worker(portal.pid) not in (worker, None))
        # The web server's three, beat, and the worker with its two.
        wait_for(lambda: len(descendants(portal.pid)) == 7, 60)
        assert health(port) == {"status": "ok"}
        everything = descendants(portal.pid)
    finally:
        portal.send_signal(signal.SIGINT)
        portal.wait(timeout=60)
    assert portal.returncode == 0
    assert not any(is_alive(pid) for pid in everything)
    assert not Postgres(place).is_up()
    assert not Redis(place).is_up()


def test_a_taken_port_is_said_in_one_line(environment_without_services):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "portal", "--port", str(port)],
            cwd=BASE_DIR,
            env=environment_without_services,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert f"Port {port} is not free" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_help_starts_nothing(environment_without_services, place):
    subprocess.run(
        [sys.executable, "manage.py", "help"],
        cwd=BASE_DIR,
        env=environment_without_services,
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert not place.control.exists()
