"""Reads the text of a PDF that this portal made, for tests that ask what a document says."""

import re
import zlib


def text_of(pdf: bytes) -> str:
    """All words in the order they are drawn; a word broken over two pieces is put together."""
    streams = [_inflated(raw) for raw in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)]
    letters: dict[str, str] = {}
    for stream in streams:
        for block in re.findall(rb"beginbfchar(.*?)endbfchar", stream, re.DOTALL):
            letters |= {g.decode().lower(): _utf16(u) for g, u in re.findall(rb"<(\w+)>\s*<(\w+)>", block)}
    shown = [piece for stream in streams for piece in re.findall(rb"\[([^\]]*)\]\s*TJ", stream)]
    return " ".join("".join(_word(run.decode(), letters) for run in re.findall(rb"<(\w+)>", piece)) for piece in shown)


def is_tagged(pdf: bytes) -> bool:
    """Whether it has a structure for screen readers and says that it follows PDF/UA."""
    objects = b"".join(_inflated(raw) for raw in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL))
    return b"/StructTreeRoot" in pdf + objects and b"pdfuaid:part" in pdf + objects


def _inflated(raw: bytes) -> bytes:
    try:
        return zlib.decompress(raw)
    except zlib.error:
        return raw


def _utf16(code: bytes) -> str:
    return bytes.fromhex(code.decode()).decode("utf-16-be")


def _word(run: str, letters: dict[str, str]) -> str:
    return "".join(letters.get(run[at : at + 4].lower(), "") for at in range(0, len(run), 4))
