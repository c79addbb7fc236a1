"""The embedded services: started once, shared, stopped after the last, found again after any accident."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from redis import Redis as Client

from fleetportal.local import places
from fleetportal.local.joining import join, join_what_is_missing
from fleetportal.local.places import LocalServiceError, private_folder
from fleetportal.local.postgres import Postgres
from fleetportal.local.redis_server import Redis
from tests.local.conftest import is_alive, wait_for

USER = """
import sys
from pathlib import Path
from fleetportal.local.joining import join
from fleetportal.local.places import Place
joined = join(Place(Path(sys.argv[1]), durable=False))
print("joined", flush=True)
sys.stdin.read()
joined.leave()
"""


def start_user(place) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(place.var)],
        cwd=places.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def pids(place) -> tuple[int, int]:
    postgres = int((Postgres(place).data / "postmaster.pid").read_text().split()[0])
    return postgres, int((place.control / "redis.pid").read_text())


def nothing_runs(place) -> bool:
    return not Postgres(place).is_up() and not Redis(place).is_up()


def ask(place, query: str) -> object:
    with psycopg.connect(Postgres(place).url, autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchone()[0] if cursor.description else None


def test_the_second_user_gets_the_servers_of_the_first_and_the_last_one_stops_them(place):
    first = join(place)
    started = pids(place)
    second = join(place)
    assert pids(place) == started

    first.leave()
    assert Redis(place).is_up()
    assert ask(place, "SELECT 1") == 1

    second.leave()
    assert nothing_runs(place)
    assert not any(is_alive(pid) for pid in started)


def test_joining_running_services_is_quick(place):
    first = join(place)
    times = []
    for _ in range(5):
        began = time.monotonic()
        join(place).leave()
        times.append(time.monotonic() - began)
    first.leave()
    assert min(times) < 0.3


def test_many_starting_at_once_get_the_same_servers(place):
    users = [start_user(place) for _ in range(4)]
    assert [user.stdout.readline() for user in users] == ["joined\n"] * 4
    started = pids(place)
    for user in users:
        assert ask(place, "SELECT 1") == 1
        assert pids(place) == started
        user.communicate()
    assert nothing_runs(place)


def test_services_outlive_a_killed_starter_and_it_is_no_longer_counted(place):
    starter = start_user(place)
    starter.stdout.readline()
    other = join(place)
    started = pids(place)
    starter.kill()
    starter.communicate()
    assert Redis(place).is_up() and Postgres(place).is_up()
    assert pids(place) == started

    other.leave()
    assert nothing_runs(place)


def test_a_crash_leaves_files_that_are_recognised_as_stale(make_place):
    place = make_place(durable=True)
    joined = join(place)
    ask(place, "CREATE TABLE kept AS SELECT 42 AS answer")
    for pid in pids(place):
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda pid=pid: not is_alive(pid))
    # As after a reboot: the numbers belong to other processes now.
    pid_file = Postgres(place).data / "postmaster.pid"
    with subprocess.Popen(["sleep", "60"]) as stranger:
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        (place.control / "redis.pid").write_text(str(stranger.pid))

        again = join(place)
        assert stranger.poll() is None
        stranger.kill()
    assert ask(place, "SELECT answer FROM kept") == 42
    again.leave()
    joined.leave()
    assert nothing_runs(place)


def test_a_redis_that_does_not_answer_is_replaced(place):
    first = join(place, database=False)
    frozen = int((place.control / "redis.pid").read_text())
    os.kill(frozen, signal.SIGSTOP)
    second = join(place, database=False)
    assert not is_alive(frozen)
    assert Redis(place).is_up()
    for user in (first, second):
        user.leave()


def test_a_foreign_server_on_the_remembered_port_is_left_alone(place):
    join(place, database=False).leave()
    port = Redis(place).url.rpartition(":")[2].removesuffix("/0")
    with socket.create_server(("127.0.0.1", int(port))):
        joined = join(place, database=False)
        assert Redis(place).is_up()
        assert f":{port}/" not in Redis(place).url
    joined.leave()


@pytest.mark.parametrize("folders", [("my fleet portal",), ("d" * 60, "e" * 60), ("über, 'fleet'",)], ids=len)
def test_any_path_will_do(make_place, folders):
    place = make_place(*folders)
    joined = join(place)
    assert ask(place, "SELECT 1") == 1
    assert Redis(place).is_up()
    joined.leave()


def test_a_checkout_nobody_else_may_enter_works_and_stays_closed(make_place):
    place = make_place("closed", mode=0o700)
    joined = join(place)
    assert ask(place, "SELECT 1") == 1
    assert place.var.parent.parent.stat().st_mode & 0o777 == 0o700
    assert Postgres(place).home.stat().st_mode & 0o777 == 0o700
    joined.leave()


def test_a_new_checkout_at_an_old_path_starts_empty(make_place):
    place = make_place("closed", mode=0o700)
    joined = join(place)
    ask(place, "CREATE TABLE old (id int)")
    joined.leave()
    shutil.rmtree(place.var)

    joined = join(place)
    assert ask(place, "SELECT to_regclass('old')") is None
    joined.leave()


def test_only_what_is_unset_is_started(place, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres:///somewhere")
    monkeypatch.delenv("REDIS_URL")
    joined = join_what_is_missing(place)
    assert os.environ["DATABASE_URL"] == "postgres:///somewhere"
    assert os.environ["REDIS_URL"] == Redis(place).url
    assert not Postgres(place).is_up()
    joined.leave()
    assert nothing_runs(place)


def test_redis_keeps_nothing_and_drops_nothing(place):
    joined = join(place, database=False)
    with Client.from_url(Redis(place).url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}
    joined.leave()


def test_a_planted_link_is_refused(tmp_path: Path):
    target = tmp_path / "elsewhere"
    target.mkdir(mode=0o700)
    (tmp_path / "planted").symlink_to(target)
    with pytest.raises(LocalServiceError):
        private_folder(tmp_path / "planted", None)


def test_a_folder_open_to_others_is_refused(tmp_path: Path):
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(LocalServiceError):
        private_folder(tmp_path / "open", None)
