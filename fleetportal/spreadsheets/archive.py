"""What a workbook may look like before and while its XML is parsed; every limit is far above what Excel writes."""

import io
import zipfile
from typing import IO, Any

MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_RATIO = 100
MAX_ENTRIES = 200
# Small parts may compress very well; only a large one can hurt.
RATIO_COUNTS_FROM = 1024 * 1024
# Parts that a parser takes as a whole: styles, relations, the list of sheets.
MAX_WHOLE_PART = 2 * 1024 * 1024
# One cell's text or one run of empty elements, between two closing tags.
MAX_STRETCH = 8 * 1024 * 1024


class UnsafeArchive(Exception):
    """The file is built to do harm, or damaged beyond what we want to find out."""


class BoundedStream(io.BufferedIOBase):
    """A part of the archive as a stream that stops before one element can fill the memory."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        self._source = source
        self._size = size
        self._stretch = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            if self._size > MAX_WHOLE_PART:
                raise UnsafeArchive("a part that is read at once is too large")
            return self._source.read()
        chunk = self._source.read(size)
        last = chunk.rfind(b"</")
        self._stretch = len(chunk) - last if last >= 0 else self._stretch + len(chunk)
        if self._stretch > MAX_STRETCH:
            raise UnsafeArchive("one element is too large")
        return chunk

    def close(self) -> None:
        self._source.close()
        super().close()


class BoundedArchive(zipfile.ZipFile):
    """A ZIP whose table of contents was checked; parts come as :class:`BoundedStream`."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        try:
            self._check_contents()
        except UnsafeArchive:
            self.close()
            raise

    def _check_contents(self) -> None:
        entries = self.infolist()
        if len(entries) > MAX_ENTRIES:
            raise UnsafeArchive("too many parts")
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
            raise UnsafeArchive("too large when unpacked")
        for entry in entries:
            _check_entry(entry)

    def open(self, name: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        # The size in the table of contents is binding: zipfile reads no byte more.
        return BoundedStream(
            super().open(name, "r"),
            self.getinfo(getattr(name, "filename", name)).file_size,
        )


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or ":" in name or ".." in name.split("/"):
        raise UnsafeArchive("a part points outside the file")
    if entry.flag_bits & 0x1:
        raise UnsafeArchive("a part is encrypted")
    if entry.file_size > RATIO_COUNTS_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise UnsafeArchive("a part is compressed too well to be true")
