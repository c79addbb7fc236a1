"""Where the embedded services keep their files and sockets, and as whom PostgreSQL runs. Starts nothing."""

import hashlib
import os
import pwd
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent
# Linux allows 107 bytes, macOS 103, and PostgreSQL adds "/.s.PGSQL.5432".
LONGEST_SOCKET_FOLDER = 85
# Short on every system; what we make in it is ours alone, see private_folder.
SHORT_FOLDER = Path("/tmp")  # noqa: S108
PLAIN_PATH = re.compile(r"[\w./ -]+", re.ASCII)


class LocalServiceError(Exception):
    """An embedded service cannot run here; the message tells the reader what to do."""


@dataclass(frozen=True)
class Runner:
    """The unprivileged account that PostgreSQL runs under, because it refuses to run as root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """One set of services: ``name`` is "local" or "test", so tests never meet the data of the running portal."""

    var: Path
    name: str = "local"
    durable: bool = True

    @property
    def control(self) -> Path:
        """Locks, and the files of Redis; for the current account only."""
        return self.var / self.name

    def prepare(self) -> None:
        self.var.mkdir(parents=True, exist_ok=True)
        self.control.mkdir(mode=0o700, exist_ok=True)
        if not os.access(self.control, os.R_OK | os.W_OK | os.X_OK):
            raise LocalServiceError(
                f"{self.control} belongs to another account. Run as that account, or remove the folder."
            )


def default_place(name: str = "local", *, durable: bool = True) -> Place:
    return Place(Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").absolute(), name, durable)


def runner() -> Runner | None:
    """Nobody special when we are root, else None: the current account will do."""
    if os.geteuid() != 0:
        return None
    accounts = sorted(pwd.getpwall(), key=lambda account: account.pw_name != "nobody")
    found = next((account for account in accounts if account.pw_uid != 0), None)
    if found is None:
        raise LocalServiceError("PostgreSQL refuses to run as root and this machine has no other account: create one.")
    return Runner(found.pw_uid, found.pw_gid)


def postgres_home(place: Place) -> Path:
    """The folder of PostgreSQL: in ``var``, or outside when its account may not pass through the checkout's parents."""
    account = runner()
    inside = place.var / f"{place.name}-postgres"
    if account is None or is_reachable(inside.parent):
        return private_folder(inside, account)
    key = hashlib.sha256(os.fsencode(inside)).hexdigest()[:12]
    base = Path("/var/lib") if os.access("/var/lib", os.W_OK) else SHORT_FOLDER
    return private_folder(base / f"fleetportal-{place.name}-{key}", account)


def belongs_to(home: Path, place: Place) -> bool:
    """False when ``home`` was filled by an earlier checkout at the same path, whose ``var`` is gone."""
    ours, theirs = place.control / "token", home / "token"
    if not ours.exists():
        ours.write_text(secrets.token_hex(16), encoding="ascii")
    return not theirs.exists() or theirs.read_text(encoding="ascii") == ours.read_text(encoding="ascii")


def claim(home: Path, place: Place) -> None:
    """Note in ``home`` which ``var`` it goes with; never through a link that its account may have put there."""
    token = (place.control / "token").read_text(encoding="ascii")
    target = os.open(home / "token", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
    with open(target, "w", encoding="ascii") as file:
        file.write(token)


def socket_folder(home: Path) -> Path:
    """``home``, or a short folder under /tmp when the path is too long or has unusual characters for a socket."""
    text = str(home)
    if len(os.fsencode(text)) <= LONGEST_SOCKET_FOLDER and PLAIN_PATH.fullmatch(text):
        return home
    key = hashlib.sha256(os.fsencode(text)).hexdigest()[:12]
    return private_folder(SHORT_FOLDER / f"fleetportal-{os.geteuid()}-{key}", runner())


def is_reachable(folder: Path) -> bool:
    """May any account pass through every folder down to this one?"""
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents))


def private_folder(path: Path, account: Runner | None) -> Path:
    """Make ``path`` for one account only, or make sure that an existing one is exactly that and no planted link."""
    owner = account.uid if account else os.geteuid()
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    found = path.lstat()
    if stat.S_ISDIR(found.st_mode) and account and found.st_uid == os.geteuid():
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
        found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) & 0o077:
        raise LocalServiceError(f"{path} belongs to another account or is open to others. Remove it and try again.")
    return path


def process_works_in(pid: int, folder: Path) -> bool:
    """Is ``pid`` alive with ``folder`` as its working folder? A number alone may have gone to another process."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        pass
    if Path("/proc/self").exists():
        return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
