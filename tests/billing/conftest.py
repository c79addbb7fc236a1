"""The company of the samples, and documents taken in without asking the rules again: those have tests of their own."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from accounts.models import BillingAccount, Customer, User
from billing.enums import DocumentSource
from billing.models import Invoice
from billing.services.imports import Kept, take_in
from fleetportal.audit.actors import Actor
from fleetportal.ubl.documents import Document
from fleetportal.ubl.writing import write
from tests import factories
from tests.ubl import samples

BY = Actor.ops("a test")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_dutch() -> Iterator[None]:
    """Whatever language a page before was shown in."""
    with translation.override("nl"):
        yield


@pytest.fixture
def in_english(in_dutch: None) -> Iterator[None]:
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


@pytest.fixture
def november() -> Iterator[None]:
    """The 23rd of November 2026, 11 o'clock in Belgium."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def reader(client_for: Callable[[User], Client]) -> Callable[[User], Client]:
    """A browser in which this person is signed in and reads English."""

    def sign_in(user: User) -> Client:
        client = client_for(user)
        client.cookies["language"] = "en"
        return client

    return sign_in
