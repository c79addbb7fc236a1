"""The process manager: a dead program comes back, and nothing stays behind however it ends."""

import signal
import subprocess
import sys

import pytest

from fleetportal.local.places import BASE_DIR
from tests.local.conftest import is_alive, wait_for

# Each program notes its own process and one that it has started.
PROGRAM = """
import os, signal, subprocess, sys, time
if sys.argv[2] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "300"])
print("hello", flush=True)
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()} {child.pid}\\n")
time.sleep(300)
"""
SUPERVISOR = """
import sys
from fleetportal.local.supervisor import Program, Supervisor
folder, kind, program = sys.argv[1:]
names = ("one", "another")
Supervisor([Program(n, [sys.executable, "-c", program, f"{folder}/{n}", kind]) for n in names], grace=1.0).run()
"""


@pytest.fixture
def started(tmp_path, request):
    kind = getattr(request, "param", "obedient")
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path), kind, PROGRAM],
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    yield process
    process.terminate()
    process.communicate(timeout=20)


def runs(tmp_path, name: str, count: int) -> list[list[int]]:
    """Processes of the program's ``count`` runs so far, once there are so many."""
    file = tmp_path / name

    def lines() -> list[list[int]]:
        text = file.read_text() if file.exists() else ""
        return [[int(pid) for pid in line.split()] for line in text.splitlines()]

    wait_for(lambda: len(lines()) >= count)
    return lines()


def test_a_killed_program_comes_back_and_what_it_had_started_ends(started, tmp_path):
    [[program, child]] = runs(tmp_path, "one", 1)
    [[other, _]] = runs(tmp_path, "another", 1)
    subprocess.run(["kill", "-KILL", str(program)], check=True)
    again = runs(tmp_path, "one", 2)[1][0]
    assert is_alive(again) and is_alive(other)
    assert not is_alive(child)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_cleanly(started, tmp_path, number):
    all_pids = runs(tmp_path, "one", 1)[0] + runs(tmp_path, "another", 1)[0]
    started.send_signal(number)
    output, _ = started.communicate(timeout=20)
    assert started.returncode == 0
    assert not any(is_alive(pid) for pid in all_pids)
    assert "one     | hello" in output.splitlines()


@pytest.mark.parametrize("started", ["stubborn"], indirect=True)
def test_a_program_that_does_not_listen_is_ended_after_the_grace_time(started, tmp_path):
    all_pids = runs(tmp_path, "one", 1)[0] + runs(tmp_path, "another", 1)[0]
    started.terminate()
    started.communicate(timeout=20)
    assert not any(is_alive(pid) for pid in all_pids)


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells a program that its parent died.")
def test_programs_end_when_the_supervisor_is_killed(started, tmp_path):
    programs = [runs(tmp_path, name, 1)[0][0] for name in ("one", "another")]
    for _, child in (*runs(tmp_path, "one", 1), *runs(tmp_path, "another", 1)):
        subprocess.run(["kill", str(child)], check=True)
    started.kill()
    wait_for(lambda: not any(is_alive(pid) for pid in programs))
