"""The official rules: the schema of UBL 2.1, then EN 16931 and Peppol BIS Billing 3.0, in their own words.

The schema is applied here, the two rule sets in a process of their own (``rules``) that each process of the portal has
once it needs it. It is given a while for a document, and ends when nothing came for two minutes.
"""

import atexit
import json
import os
import select
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from fleetportal.ubl.parsing import Parsed
from fleetportal.web.errors import Refusal

SCHEMA = "UBL 2.1"
PROGRAM = Path(__file__).with_name("rules.py")
# A document of 10,000 lines takes some six seconds of an idle machine.
SECONDS = 60.0
TOLD = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a document breaks, or, when it is not fatal, a warning about it."""

    rule_set: str
    rule: str
    text: str
    location: str
    is_fatal: bool

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}"


class RulesBroken(Refusal):
    """The document breaks rules that may not be broken."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        told = "; ".join(str(finding) for finding in findings[:TOLD])
        if len(findings) > TOLD:
            told += "; " + _("and %(n)s more") % {"n": len(findings) - TOLD}
        super().__init__(_("The document breaks the rules for electronic invoices. %(rules)s") % {"rules": told})


def require_valid(parsed: Parsed) -> list[Finding]:
    """The warnings about a document. Raises :class:`RulesBroken` when a rule is broken."""
    found = findings_of(parsed)
    broken = [finding for finding in found if finding.is_fatal]
    if broken:
        raise RulesBroken(broken)
    return found


def findings_of(parsed: Parsed) -> list[Finding]:
    """Everything the rules have to say; what is no UBL is not held against the rule sets too."""
    return _against_schema(parsed) or [_finding(said) for said in _process(os.getpid()).ask(parsed.text)]


def _against_schema(parsed: Parsed) -> list[Finding]:
    schema = _schema(parsed.is_credit_note)
    if schema.validate(parsed.root):
        return []
    return [
        Finding(SCHEMA, SCHEMA, _without_namespaces(error.message), f"line {error.line}", True)
        for error in schema.error_log
    ]


@cache
def _schema(is_credit_note: bool) -> Any:
    from peppol.xsd import SCHEMA_DIR

    name = "CreditNote" if is_credit_note else "Invoice"
    return etree.XMLSchema(etree.parse(Path(SCHEMA_DIR, "maindoc", f"UBL-{name}-2.1.xsd")))


class Gone(Exception):
    """The process ended before it answered."""


class RulesProcess:
    """The other end of ``rules``; one document at a time."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.running: subprocess.Popen[bytes] | None = None

    def ask(self, text: str) -> list[dict[str, str]]:
        """What the rules say. Raises :class:`Refusal` when that takes too much time or memory."""
        with self.lock:
            try:
                answer = self._ask(text.encode())
            except Gone:
                raise Refusal(
                    _("The official rules could not be applied to this document: it takes too much time or memory.")
                ) from None
        said: list[dict[str, str]] = json.loads(answer)
        return said

    def _ask(self, document: bytes) -> bytes:
        """Asked once more of a fresh process when this one had just ended for want of work."""
        for is_last in (False, True):
            running = self._started()
            try:
                return _exchange(running, document, time.monotonic() + SECONDS)
            except Gone:
                ended_by_itself = _code(running) == 0
                self.stop()
                if is_last or not ended_by_itself:
                    raise
        raise Gone

    def _started(self) -> "subprocess.Popen[bytes]":
        if self.running is None or self.running.poll() is not None:
            self.stop()
            self.running = subprocess.Popen(
                [sys.executable, "-I", str(PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
        return self.running

    def stop(self) -> None:
        if self.running is None:
            return
        self.running.kill()
        for pipe in (self.running.stdin, self.running.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self.running.wait()
        self.running = None


def _code(running: "subprocess.Popen[bytes]") -> int | None:
    """With what it ended; its pipes are closed a moment before."""
    with suppress(subprocess.TimeoutExpired):
        return running.wait(timeout=1)
    return None


def _exchange(running: "subprocess.Popen[bytes]", document: bytes, until: float) -> bytes:
    """Send a document and wait for the answer; :class:`Gone` when there is none in time."""
    assert running.stdin is not None and running.stdout is not None, "both are pipes"
    message = memoryview(len(document).to_bytes(8) + document)
    try:
        while message:
            message = message[running.stdin.write(message) or 0 :]
    except OSError:
        raise Gone from None
    size = int.from_bytes(_exactly(running.stdout.fileno(), 8, until))
    return _exactly(running.stdout.fileno(), size, until)


def _exactly(fd: int, size: int, until: float) -> bytes:
    parts = []
    while size:
        wait = max(until - time.monotonic(), 0)
        part = os.read(fd, min(size, 1 << 20)) if select.select([fd], [], [], wait)[0] else b""
        if not part:
            raise Gone
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


@cache
def _process(_of: int) -> RulesProcess:
    """That of the portal's process with this id: a fork has its own."""
    process = RulesProcess()
    atexit.register(process.stop)
    return process


def _finding(said: dict[str, str]) -> Finding:
    rule = said["rule"]
    return Finding(
        rule_set=said["rule_set"],
        rule=rule,
        text=" ".join(said["text"].split()).removeprefix(f"[{rule}]").lstrip("- "),
        location=_without_namespaces(said["location"]),
        is_fatal=said["flag"] != "warning",
    )


def _without_namespaces(text: str) -> str:
    """``Q{urn:…}Invoice[1]`` and ``{urn:…}Invoice`` as ``Invoice``: whoever reads it knows where it is from."""
    parts = text.replace("Q{", "{").split("{")
    return parts[0] + "".join(part.split("}", 1)[-1] for part in parts[1:])
