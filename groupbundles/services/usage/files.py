"""Reading a file of usage records: checked as a whole first, then row by row in batches, never whole in memory.

A row is one line of the file and is known by its number. Rows of the right form go on to the database as they are; the
others are set apart with the reason.
"""

import gzip
import hashlib
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.utils.translation import gettext as _

from fleetportal.web.errors import Refusal
from groupbundles.enums import UsageRefusal
from groupbundles.services.usage.rows import HEADER, LONGEST_ROW, right_until, unpacked

BLOCK = 1 << 20
# A gzip file of honest records shrinks to a third; what unpacks to a hundred times its size is made to fill a disk.
HIGHEST_RATIO = 100
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


class BadFile(Refusal):
    """The file as a whole cannot be taken; no row of it was."""


@dataclass(frozen=True, slots=True)
class UsageFile:
    """A file that was read through once: its content unpacked, by ``sha256``, ``size`` in bytes and ``lines``."""

    path: Path
    name: str
    sha256: str
    size: int
    lines: int


@dataclass(slots=True)
class Batch:
    """Rows for COPY, each led by its line of the file; ``position`` is the last line they reach to.

    ``rows`` counts those that are ``refused`` as well, of which line and reason are known. ``repeated`` are ids that
    stand in it more than once.
    """

    position: int
    rows: int = 0
    blocks: list[bytes] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    repeated: set[bytes] = field(default_factory=set)
    _ids: set[bytes] = field(default_factory=set)

    def add(self, lines: list[bytes], first: int) -> None:
        """``lines`` of the file, the first of which is number ``first``. Empty ones are no rows."""
        right: list[tuple[int, bytes]] = []
        text, at, done = b"\n".join(lines) + b"\n", 0, 0
        while done < len(lines):
            end = right_until(text, at)
            rows = text.count(b"\n", at, end)
            right.extend(enumerate(lines[done : done + rows], first + done))
            at, done = end, done + rows
            if done < len(lines):
                self._add_one(lines[done], first + done, right)
                at, done = at + len(lines[done]) + 1, done + 1
        self.take(right)
        self.position = first + len(lines) - 1

    def _add_one(self, raw: bytes, number: int, right: list[tuple[int, bytes]]) -> None:
        """A line that is not right as it stands."""
        if not raw.strip():
            return
        row = unpacked(raw)
        if isinstance(row, bytes):
            right.append((number, row))
        else:
            self.refuse(number, row)

    def take(self, right: list[tuple[int, bytes]]) -> None:
        """Rows of the right form with their places."""
        ids = [row.partition(b";")[0] for _place, row in right]
        fresh = set(ids)
        self.repeated |= self._ids & fresh
        if len(fresh) < len(ids):
            self.repeated.update(record_id for record_id, times in Counter(ids).items() if times > 1)
        self._ids |= fresh
        self.blocks.append(b"".join([b"%d;%s\n" % placed for placed in right]))
        self.rows += len(right)

    def refuse(self, place: int, reason: UsageRefusal) -> None:
        self.refused.append((place, reason.value))
        self.rows += 1


def examine(path: Path) -> UsageFile:
    """Read all of it once. Raises :class:`BadFile` for what is no usage file, is damaged, or would grow too large."""
    digest, size, lines, end = hashlib.sha256(), 0, 0, b"\n"
    on_disk = path.stat().st_size
    for block in _blocks(path):
        if not size:
            _check_header(block)
        size += len(block)
        if size > settings.USAGE_FILE_MAX_BYTES:
            raise BadFile(_("The file is too large. Split it into smaller ones."))
        if size > 10 * BLOCK and size > on_disk * HIGHEST_RATIO:
            raise BadFile(_("The file unpacks to far more than its size, so it was not read."))
        digest.update(block)
        lines += block.count(b"\n")
        end = block[-1:]
    if not size:
        raise BadFile(_("The file is empty."))
    return UsageFile(path, path.name[:200], digest.hexdigest(), size, lines + (end != b"\n"))


def batches(file: UsageFile, *, after: int, rows: int) -> Iterator[Batch]:
    """What stands after line ``after``, about ``rows`` rows at a time; the first line is the header."""
    after = max(after, 1)
    batch, first = Batch(position=after), 1
    for lines in _lines(file.path):
        left_out = max(after - first + 1, 0)
        if left_out < len(lines):
            batch.add(lines[left_out:], first + left_out)
        first += len(lines)
        if batch.rows >= rows:
            yield batch
            batch = Batch(position=batch.position)
    if batch.rows:
        yield batch


def _lines(path: Path) -> Iterator[list[bytes]]:
    """The lines of the file, a block of them at a time. One that never ends is cut to just too long."""
    rest = b""
    for block in _blocks(path):
        lines = (rest + block).replace(b"\r\n", b"\n").split(b"\n")
        rest = lines.pop()[: LONGEST_ROW + 1]
        yield lines
    if rest:
        yield [rest]


def _blocks(path: Path) -> Iterator[bytes]:
    """The unpacked content. Raises :class:`BadFile` for a damaged or cut-off gzip file."""
    with path.open("rb") as raw:
        is_packed = raw.read(2) == _GZIP
        raw.seek(0)
        content = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if is_packed else raw
        try:
            while block := content.read(BLOCK):
                yield block
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BadFile(_("The file is damaged or not complete.")) from error


def _check_header(block: bytes) -> None:
    first = block.split(b"\n", 1)[0].removeprefix(_BOM).removesuffix(b"\r")
    if first != HEADER.encode("ascii"):
        raise BadFile(_("The first line has to be: %(header)s") % {"header": HEADER})
