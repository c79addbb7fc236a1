"""Mandates to bring numbers along: the document as it was agreed to, its fingerprint, and a signed copy of it."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from sims.enums import AuditKind
from sims.models import PortInRequest, PortMandate

# Raised whenever the words of the mandate change, so that each stored mandate says what was agreed to.
MANDATE_TEXT_VERSION = "2026-11"
MANDATE_TEXT = _(
    "I am allowed to decide about this number and give the mandate to take it away from its present operator and to "
    "end the contract there."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """Who agreed, when, from which address and to which version of the text; for which numbers (E.164) of whom.

    ``language`` is the holder's.
    """

    by_name: str
    at: datetime
    ip: str | None
    text_version: str
    language: str
    numbers: Sequence[str]
    donor: str
    holder_name: str
    holder_enterprise_number: str


def give_mandate(*, customer: Customer, mandate: Mandate, key: uuid.UUID | None = None) -> PortMandate:
    """Store the document of a mandate; the caller records what it is given for. ``key`` becomes its public id."""
    with translation.override(mandate.language):
        document = render_to_string(
            "pdf/port_mandate.html", {"mandate": mandate, "customer": customer, "text": MANDATE_TEXT}
        )
    stored: PortMandate = PortMandate.objects.create(
        customer=customer,
        public_id=key or uuid.uuid4(),
        language=mandate.language,
        document=document,
        document_hash=fingerprint(document),
    )
    return stored


def fingerprint(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()


def is_unchanged(mandate: PortMandate) -> bool:
    """Whether the document still is the one that was agreed to."""
    return fingerprint(mandate.document) == mandate.document_hash


def add_scan(*, asked: PortInRequest, scan: "File[Any]", name: str, content_type: str, by: Actor) -> None:
    """Keep a signed copy with the mandate of this request, in place of an earlier one; it was checked before."""
    with transaction.atomic():
        mandates = PortMandate.objects.for_customer(asked.customer_id).select_for_update()
        mandate = mandates.get(pk=asked.mandate_id)
        mandate.scan.save(f"{mandate.public_id}{_SUFFIXES[content_type]}", scan, save=False)
        mandate.scan_name, mandate.scan_type = name[:150], content_type
        mandate.save(update_fields=["scan", "scan_name", "scan_type"])
        audit.record(
            AuditKind.PORT_SCAN_ADDED,
            by=by,
            customer_id=asked.customer_id,
            subject=asked.line,
            after={"mandate": str(mandate.public_id), "file": mandate.scan_name},
        )


_SUFFIXES = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
