"""What an attached file is, told by its content and its name together; what does not fit is refused.

Pictures are written anew, so that nothing hides in them and no one learns where they were taken.
"""

import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath

import puremagic
from django.utils.translation import gettext as _
from PIL import Image, ImageFile, ImageOps

from fleetportal.web.errors import Refusal

MOST_PIXELS = 40_000_000
LONGEST_NAME = 120
MOST_ENTRIES = 2000
_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "txt": "text/plain",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ACCEPT = ",".join(f".{extension}" for extension in _TYPES)
_PICTURES = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG"}
# How pages and drawings that a browser would run begin; as text they are of no use to a help desk either.
_MARKUP = re.compile(rb"\A\s*(<\?xml|<!doctype|<html|<svg|<script|<!--)", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be kept: a safe name, its type and its content as it is stored."""

    name: str
    content_type: str
    content: bytes


def checked(name: str, content: bytes) -> CheckedFile:
    """Raises ``Refusal`` with what to do instead."""
    safe = safe_name(name)
    extension = PurePath(safe).suffix.removeprefix(".").lower()
    if extension not in _TYPES:
        raise Refusal(_("%(name)s: choose a PDF, PNG, JPG, TXT, CSV or Excel (.xlsx) file.") % {"name": safe})
    if not content:
        raise Refusal(_("%(name)s is empty.") % {"name": safe})
    if extension in _PICTURES:
        content = _picture(safe, content, _PICTURES[extension])
    elif not _fits(extension, content):
        text = _("%(name)s is not what its name says. Save it again as %(type)s.")
        raise Refusal(text % {"name": safe, "type": extension.upper()})
    return CheckedFile(safe, _TYPES[extension], content)


def safe_name(name: str) -> str:
    """Without folders, signs that mean something to a system, and what reverses the direction of reading."""
    text = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Cs", "Co", "Cn"))
    text = _NOT_IN_NAMES.sub("_", text).strip(" .")
    path = PurePath(text or "file")
    return path.stem[: LONGEST_NAME - len(path.suffix[:10])] + path.suffix[:10]


def _fits(extension: str, content: bytes) -> bool:
    if extension == "pdf":
        return content.startswith(b"%PDF-") and "pdf" in _known_as(content)
    if extension == "xlsx":
        return _is_workbook(content)
    return _is_text(content)


def _known_as(content: bytes) -> set[str]:
    """The extensions that the beginning and the end of the content stand for."""
    try:
        return {match.extension.removeprefix(".") for match in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):
        return set()


def _is_workbook(content: bytes) -> bool:
    """A zip with a workbook in it and without macros; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    names = {entry.filename for entry in entries}
    has_macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    return len(entries) <= MOST_ENTRIES and {"[Content_Types].xml", "xl/workbook.xml"} <= names and not has_macros


def _is_text(content: bytes) -> bool:
    if b"\x00" in content or _MARKUP.match(content):
        return False
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(ord(char) < 32 and char not in "\t\r\n\f" for char in text)
    return False


def _picture(name: str, content: bytes, kind: str) -> bytes:
    """The same picture, turned the right way up, without anything beside its pixels."""
    try:
        with warnings.catch_warnings(), _only_whole_pictures():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[kind]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Refusal(_("%(name)s has more than 40 megapixels. Make it smaller.") % {"name": name})
                return _written_anew(picture, kind)
    except Refusal:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        text = _("%(name)s is not a picture that can be read. Save it again as PNG or JPG.")
        raise Refusal(text % {"name": name}) from error


@contextmanager
def _only_whole_pictures() -> Iterator[None]:
    """The library of our PDFs lets Pillow fill up what is missing, for the whole process."""
    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _written_anew(picture: Image.Image, kind: str) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    mode = "RGB" if kind == "JPEG" or upright.mode not in ("RGBA", "LA", "P", "L") else "RGBA"
    plain = Image.new(mode, upright.size)
    plain.paste(upright.convert(mode))
    written = io.BytesIO()
    plain.save(written, kind, **({"quality": 88} if kind == "JPEG" else {}))
    return written.getvalue()
