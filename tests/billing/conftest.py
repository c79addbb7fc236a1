"""The company of the samples, and documents taken in without asking the rules again: those have tests of their own."""

import hashlib
from collections.abc import Callable, Iterator

import pytest
from django.utils import translation

from accounts.models import BillingAccount, Customer
from billing.enums import DocumentSource
from billing.models import Invoice
from billing.services.imports import Kept, take_in
from fleetportal.audit.actors import Actor
from fleetportal.ubl.documents import Document
from fleetportal.ubl.writing import write
from tests import factories
from tests.ubl import samples

BY = Actor.ops("a test")


@pytest.fixture
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def account(noordkaai: Customer) -> BillingAccount:
    return factories.BillingAccountFactory(customer=noordkaai, number=samples.ACCOUNT, name="Kade 12")


@pytest.fixture
def taken() -> Callable[[Document], Invoice]:
    def take(document: Document) -> Invoice:
        xml = write(document)
        kept = Kept(xml, hashlib.sha256(xml).hexdigest(), DocumentSource.FILE, f"{document.number}.xml")
        return take_in(document=document, kept=kept, by=BY).invoice

    return take
