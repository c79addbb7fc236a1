"""From bytes to a tree, whatever the bytes are: within bounds of time and memory, without entities, files or network.

The text is gone through once without building anything (expat, constant memory): a document type declaration, too much
of anything and another encoding than UTF-8 end it there. Only what came through becomes a tree.
"""

import re
from dataclasses import dataclass
from typing import Any, NoReturn
from xml.parsers import expat

from django.conf import settings
from django.utils.translation import gettext as _
from lxml import etree

from fleetportal.ubl.documents import CREDIT_NOTE, INVOICE
from fleetportal.web.errors import Refusal

# An invoice of 10,000 lines has some 250,000 elements, twelve deep.
MOST_ELEMENTS, DEEPEST, MOST_ATTRIBUTES = 400_000, 40, 100
# A tag is told of once all its attributes are in memory; each of them has such a sign, and little else has.
MOST_EQUAL_SIGNS = 400_000
MEGABYTE = 1024 * 1024
ROOTS = {f"{{{INVOICE}}}Invoice": False, f"{{{CREDIT_NOTE}}}CreditNote": True}

_BOM = b"\xef\xbb\xbf"
_DECLARED = re.compile(rb"""^<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_NAMES_OF_UTF8 = {b"utf-8", b"utf8", b"us-ascii", b"ascii"}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A UBL document as a tree and as text."""

    root: Any
    text: str
    is_credit_note: bool


def parse(xml: bytes) -> Parsed:
    """The tree of a UBL invoice or credit note. Raises :class:`Refusal` with a sentence for anything else."""
    check_size(len(xml))
    text = _decoded(xml)
    _go_through(text.encode())
    root = _tree(text.encode())
    if root.tag not in ROOTS:
        raise Refusal(_("This is XML, but neither an invoice nor a credit note in UBL 2.1."))
    return Parsed(root, text, ROOTS[root.tag])


def check_size(size: int) -> None:
    """Raises :class:`Refusal` for more bytes than are read; call it before reading them where that is possible."""
    limit = settings.INVOICE_MAX_BYTES
    if size > limit:
        raise Refusal(
            _("This file is too large: %(size)s MB. An invoice has at most %(limit)s MB.")
            % {"size": -(-size // MEGABYTE), "limit": limit // MEGABYTE}
        )
    if not size:
        raise Refusal(_("This file is empty."))


def _decoded(xml: bytes) -> str:
    """The text without a byte order mark; only UTF-8, which is what the declaration has to say as well."""
    body = xml.removeprefix(_BOM)
    declared = _DECLARED.match(body[:200])
    if b"\0" in body or (declared and declared[1].lower() not in _NAMES_OF_UTF8):
        raise Refusal(_("This file is not written in UTF-8, as invoices are. Ask the sender for it in UTF-8."))
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Refusal(
            _("This file is not written in UTF-8, as invoices are. Ask the sender for it in UTF-8.")
        ) from None
    if not text.lstrip().startswith("<"):
        raise Refusal(_("This file is not XML. An invoice is an XML file in UBL 2.1."))
    return text


def _too_much() -> Refusal:
    return Refusal(_("This file holds more elements, or more inside each other, than any invoice has."))


class _Walk:
    """Counts what the parser meets, and ends it."""

    def __init__(self) -> None:
        self.elements = self.depth = 0

    def start(self, _name: str, attributes: list[str]) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > MOST_ELEMENTS or self.depth > DEEPEST or len(attributes) > 2 * MOST_ATTRIBUTES:
            raise _too_much()

    def end(self, _name: str) -> None:
        self.depth -= 1

    def declaration(self, *_anything: Any) -> NoReturn:
        raise Refusal(_("This file has a document type declaration (DOCTYPE). Invoices have none; it was not read."))


def _go_through(xml: bytes) -> None:
    if xml.count(b"=") > MOST_EQUAL_SIGNS:
        raise _too_much()
    walk, parser = _Walk(), expat.ParserCreate("utf-8")
    parser.ordered_attributes = True
    parser.StartElementHandler, parser.EndElementHandler = walk.start, walk.end
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = walk.declaration
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as problem:
        raise Refusal(
            _("This file is not XML that can be read: it goes wrong in line %(line)s. Ask the sender for it again.")
            % {"line": problem.lineno}
        ) from None


def _tree(xml: bytes) -> Any:
    """Its size is known to be bounded, so that a large attachment inside it need not be refused."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as problem:
        raise Refusal(
            _("This file is not XML that can be read: it goes wrong in line %(line)s. Ask the sender for it again.")
            % {"line": problem.lineno}
        ) from None
