"""A company's folder on disk: which files have arrived, which are being worked on, where they go afterwards.

Whoever may write here is not trusted: links are never followed, nothing but plain files is taken, and ``working``,
``done`` and ``failed`` have to be folders of our own. Every step is one rename, which exactly one worker can do.

A file that is worked on lies alone in ``working/<id>.<run>.<attempts>/``. Each step forward renames that folder, so a
worker that was taken for dead finds it gone; ``attempts`` counts how often it was begun since it last got further. When
the folder was last touched says whether somebody is at it.
"""

import json
import os
import re
import stat
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache

WORKING, DONE, FAILED = "working", "done", "failed"
UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload", "~")
# Longer than a worker may be at it in one go.
LEASE_SECONDS = 240
LOOK_KEPT_SECONDS = 24 * 3600
LONGEST_NAME = 120
REPORT = ".report.json"
_TOKEN = re.compile(r"(?P<id>[0-9a-f]{12})\.(?P<run>\d{1,9})\.(?P<attempts>\d{1,4})")

logger = structlog.get_logger(__name__)


class UnsafeFolder(OSError):
    """What should be a folder of ours is a link, something else, or somebody else's."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A file that is being worked on: the folder it lies in, how often that was begun in vain, the file itself."""

    folder: Path
    path: Path
    attempts: int

    @property
    def token(self) -> str:
        return self.folder.name

    @property
    def state(self) -> tuple[int, int] | None:
        """Changes when somebody writes to the file; None when it is here no more."""
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            return None
        return found.st_size, found.st_mtime_ns


@dataclass(frozen=True, slots=True)
class Inbox:
    """The folder of one company."""

    folder: Path

    def arrived(self) -> list[str]:
        """Names of files that are complete, the oldest first: twice seen the same, some time apart."""
        with os.scandir(self.folder) as entries:
            names = [entry.name for entry in entries if _is_file(entry)]
        names.sort(key=lambda name: (-_age(self.folder / name), name))
        return [name for name in names if self._has_settled(name)]

    def claim(self, name: str) -> Claim | None:
        """Take a file out of everybody else's sight; None when somebody was quicker, or it is no plain file."""
        folder = self._own(WORKING) / f"{uuid.uuid4().hex[:12]}.0.0"
        folder.mkdir(mode=0o700)
        path = folder / _plain(name)
        try:
            (self.folder / name).rename(path)
        except FileNotFoundError:
            folder.rmdir()
            return None
        if stat.S_ISREG(path.lstat().st_mode):
            return Claim(folder, path, 0)
        logger.warning("usage_file_is_none", folder=self.folder.name)
        path.unlink()
        folder.rmdir()
        return None

    def at_work(self) -> tuple[list[str], list[str]]:
        """Tokens of the files somebody is at, and of those nobody is."""
        busy, left = [], []
        for folder in sorted(self._own(WORKING).iterdir()):
            if not _TOKEN.fullmatch(folder.name) or not stat.S_ISDIR(folder.lstat().st_mode):
                continue
            if time.time() - folder.lstat().st_mtime < LEASE_SECONDS:
                busy.append(folder.name)
            elif any(folder.iterdir()):
                left.append(folder.name)
            else:
                # What a worker left that died after its last rename.
                _remove(folder)
        return busy, left

    def keep(self, token: str) -> None:
        """Somebody will be at it in a moment."""
        with suppress(FileNotFoundError):
            os.utime(self._own(WORKING) / token)

    def begin(self, token: str) -> Claim | None:
        """Start working on a claimed file, one attempt more; None when it was begun, or put away, elsewhere."""
        match = _TOKEN.fullmatch(token)
        return self._step(token, attempts=int(match["attempts"]) + 1) if match else None

    def got_further(self, claim: Claim) -> Claim | None:
        return self._step(claim.token, attempts=0)

    def release(self, claim: Claim) -> None:
        """It was not the file's fault: this attempt does not count."""
        self._step(claim.token, attempts=claim.attempts - 1)

    def put_away(self, claim: Claim, where: str, report: Mapping[str, Any]) -> None:
        """Move the file to ``done`` or ``failed``, with a report beside it; neither ever replaces another file."""
        folder = self._own(where)
        name = claim.path.name
        for nth in range(2, 10_000):
            beside = folder / f"{name}{REPORT}"
            if not os.path.lexists(folder / name) and _write_new(beside, report):
                break
            name = f"{nth}-{claim.path.name}"
        try:
            os.utime(claim.path)
            claim.path.rename(folder / name)
        except FileNotFoundError:
            beside.unlink()
            logger.warning("usage_file_was_taken_over", folder=self.folder.name)
            return
        _remove(claim.folder)

    def remove_old(self, *, seconds: float) -> int:
        """Delete what was put away longer ago: it holds what people used. Returns how many files."""
        old = [path for where in (DONE, FAILED) for path in self._own(where).iterdir() if _age(path) > seconds]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def count_old(self, *, seconds: float) -> int:
        return sum(_age(path) > seconds for where in (DONE, FAILED) for path in (self.folder / where).glob("*"))

    def _step(self, token: str, *, attempts: int) -> Claim | None:
        match = _TOKEN.fullmatch(token)
        assert match is not None
        before = self._own(WORKING) / token
        after = before.with_name(f"{match['id']}.{int(match['run']) + 1}.{attempts}")
        try:
            os.utime(before)
            before.rename(after)
            (path,) = after.iterdir()
        except (FileNotFoundError, ValueError):
            return None
        return Claim(after, path, attempts)

    def _has_settled(self, name: str) -> bool:
        """Whether an earlier look, long enough ago, saw the same size and moment of writing."""
        try:
            found = (self.folder / name).lstat()
        except FileNotFoundError:
            return False
        now, seen = time.time(), (found.st_size, found.st_mtime_ns, found.st_ino)
        key = f"usage-look:{self.folder.name}:{uuid.uuid5(uuid.NAMESPACE_OID, os.fsencode(name).hex())}"
        last = cache.get(key)
        if last is not None and last[0] == seen:
            return bool(now - last[1] >= settings.USAGE_FOLDER_QUIET_SECONDS)
        cache.set(key, (seen, now), LOOK_KEPT_SECONDS)
        return False

    def _own(self, name: str) -> Path:
        """A folder of ours in this one. Raises :class:`UnsafeFolder` where somebody put something else there."""
        path = self.folder / name
        path.mkdir(mode=0o750, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise UnsafeFolder(f"{path} is not a folder of ours")
        return path


def inboxes() -> Iterator[Inbox]:
    """The folders there are, by name; links are none."""
    if not settings.USAGE_FOLDER:
        return
    with os.scandir(settings.USAGE_FOLDER) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    for name in names:
        yield Inbox(Path(settings.USAGE_FOLDER, name))


def _is_file(entry: "os.DirEntry[str]") -> bool:
    name = entry.name
    return not name.startswith(".") and not name.lower().endswith(UNFINISHED) and entry.is_file(follow_symlinks=False)


def _plain(name: str) -> str:
    """A name that database and log can hold; its end, with what kind of file it is, stays."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "_" for c in text)[-LONGEST_NAME:]


def _age(path: Path) -> float:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return 0.0
    return time.time() - found.st_mtime if stat.S_ISREG(found.st_mode) else 0.0


def _write_new(path: Path, report: Mapping[str, Any]) -> bool:
    """Write a file that is not there yet, whole or not at all; False when there is one."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
    except FileExistsError:
        return False
    try:
        with open(handle, "w", encoding="utf-8") as file:
            json.dump(report, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(handle)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return True


def _remove(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
