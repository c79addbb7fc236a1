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
MANDATE_TEXT_SEVERAL = _(
    "I am allowed to decide about these numbers and give the mandate to take them away from their present operator and "
    "to end the contracts there."
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
        text = MANDATE_TEXT if len(mandate.numbers) == 1 else MANDATE_TEXT_SEVERAL
        document = render_to_string("pdf/port_mandate.html", {"mandate": mandate, "customer": customer, "text": text})
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


def add_scan(*, mandate: PortMandate, scan: "File[Any]", name: str, content_type: str, by: Actor) -> None:
    """Keep a signed copy with the mandate, in place of an earlier one; it was checked before.

    Every number the mandate is for tells of it.
    """
    with transaction.atomic():
        held = PortMandate.objects.for_customer(mandate.customer_id).select_for_update().get(pk=mandate.pk)
        held.scan.save(f"{held.public_id}{_SUFFIXES[content_type]}", scan, save=False)
        held.scan_name, held.scan_type = name[:150], content_type
        held.save(update_fields=["scan", "scan_name", "scan_type"])
        numbers = PortInRequest.objects.for_customer(held.customer_id).filter(mandate=held)
        for one in numbers.select_related("line").order_by("pk"):
            audit.record(
                AuditKind.PORT_SCAN_ADDED,
                by=by,
                customer_id=held.customer_id,
                subject=one.line,
                after={"mandate": str(held.public_id), "file": held.scan_name},
            )


_SUFFIXES = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
