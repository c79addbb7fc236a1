"""Who may call back, and what is kept of a call: the signature, its age, the shape of an event, each event once."""

import json
import os
import subprocess
import sys
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fleetportal.operators import signing
from fleetportal.operators.contract import ContractError
from fleetportal.operators.models import ReceivedEvent
from fleetportal.operators.registry import get_operator
from fleetportal.operators.simulator.callbacks import signed_event
from fleetportal.operators.tasks import expire_events
from tests.workers import ROOT

pytestmark = pytest.mark.django_db

SECRET = "a-secret-of-the-tests-that-is-long-enough"
heard = []


def note(event) -> bool:
    """Stands in for what hears of events; orders whose id begins with 0 do not exist."""
    heard.append(event)
    return not str(event.external_id).startswith("0")


KNOWN = uuid.UUID(int=1 << 127)
UNKNOWN = uuid.UUID(int=1)


@pytest.fixture(autouse=True)
def secret(settings):
    heard.clear()
    settings.OPERATOR_CALLBACK_SECRET = SECRET
    settings.OPERATOR_EVENT_RECEIVER = f"{__name__}.note"


def send(body: bytes, headers: dict[str, str]) -> int:
    client = Client(enforce_csrf_checks=True)
    url = reverse("operator_events")
    return client.post(url, body, content_type="application/json", headers=headers).status_code


def signed(body: bytes, timestamp: str = "") -> dict[str, str]:
    timestamp = timestamp or str(int(timezone.now().timestamp()))
    return {
        signing.TIMESTAMP_HEADER: timestamp,
        signing.SIGNATURE_HEADER: signing.sign(SECRET, timestamp, body),
    }


def test_a_signed_event_is_taken_and_kept():
    moment = timezone.now() - timedelta(minutes=3)
    assert send(*signed_event(KNOWN, secret=SECRET, event_id="E-1", occurred_at=moment)) == 204
    (event,) = heard
    assert (event.event_id, event.external_id, event.occurred_at) == ("E-1", KNOWN, moment)
    row = ReceivedEvent.objects.get()
    assert (row.event_id, row.external_id, row.occurred_at) == ("E-1", KNOWN, moment)


def test_the_same_event_is_taken_once_also_when_it_is_signed_anew():
    body, headers = signed_event(KNOWN, secret=SECRET)
    assert [send(body, headers), send(body, headers), send(body, signed(body))] == [204, 204, 204]
    assert len(heard) == ReceivedEvent.objects.count() == 1


def test_an_event_about_an_unknown_order_counts_as_new_when_it_is_sent_again():
    call = signed_event(UNKNOWN, secret=SECRET)
    assert [send(*call), send(*call)] == [404, 404]
    assert len(heard) == 2
    assert ReceivedEvent.objects.count() == 0


def test_without_a_secret_there_is_no_such_address(settings):
    call = signed_event(KNOWN, secret="")
    settings.OPERATOR_CALLBACK_SECRET = ""
    assert send(*call) == 404
    assert not heard


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
def test_other_methods_are_refused(method):
    assert getattr(Client(), method)(reverse("operator_events")).status_code == 405


@pytest.mark.parametrize(
    "forge",
    [
        lambda body, headers: (body + b" ", headers),
        lambda body, headers: (b"", headers),
        lambda body, headers: (body, {}),
        lambda body, headers: (body, headers | {signing.SIGNATURE_HEADER: ""}),
        lambda body, headers: (body, headers | {signing.SIGNATURE_HEADER: "0" * 64}),
        lambda body, headers: (body, headers | {signing.SIGNATURE_HEADER: "\u00e9" * 64}),
        lambda body, headers: (body, headers | {signing.TIMESTAMP_HEADER: ""}),
        lambda body, headers: (body, headers | {signing.TIMESTAMP_HEADER: "9" * 5000}),
        lambda body, headers: (body, headers | {signing.TIMESTAMP_HEADER: "-1"}),
        lambda body, headers: (body, headers | {signing.TIMESTAMP_HEADER: "1e9"}),
        lambda body, headers: (
            body,
            headers | {signing.TIMESTAMP_HEADER: str(int(headers[signing.TIMESTAMP_HEADER]) + 1)},
        ),
        lambda body, headers: signed_event(KNOWN, secret="another secret"),
        lambda body, headers: signed_event(KNOWN, secret=""),
        # The end of the time moved to the beginning of the body.
        lambda body, headers: (
            headers[signing.TIMESTAMP_HEADER][-1:].encode() + body,
            headers | {signing.TIMESTAMP_HEADER: headers[signing.TIMESTAMP_HEADER][:-1]},
        ),
    ],
)
def test_a_forged_call_is_refused(forge):
    assert send(*forge(*signed_event(KNOWN, secret=SECRET))) == 403
    assert not heard
    assert not ReceivedEvent.objects.exists()


@pytest.mark.parametrize(("seconds", "status"), [(-310, 403), (-290, 204), (290, 204), (310, 403)])
def test_a_signature_holds_for_five_minutes(seconds, status):
    sent_at = timezone.now() + timedelta(seconds=seconds)
    assert send(*signed_event(KNOWN, secret=SECRET, sent_at=sent_at)) == status
    assert len(heard) == (status == 204)


def event(**fields) -> bytes:
    values = {"eventId": "E-1", "externalId": str(KNOWN), "occurredAt": "2026-11-23T10:00:00+00:00"}
    return json.dumps({**values, **fields}).encode()


NONSENSE = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"\xff\xfe",
    b"[" * 60_000,
    event(eventId=""),
    event(eventId="x" * 201),
    event(eventId="a\x00b"),
    event(eventId="\ud800"),
    event(eventId=7),
    event(externalId="not an id"),
    event(externalId=7),
    event(externalId=None),
    event(occurredAt="yesterday"),
    event(occurredAt="2026-11-23T10:00:00"),
    event(occurredAt="0001-01-01T00:00:00+14:00"),
    event(occurredAt=None),
]


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
def test_a_signed_call_that_is_no_event_is_refused_and_nothing_is_kept(body):
    assert send(body, signed(body)) == 400
    assert not heard
    assert not ReceivedEvent.objects.exists()


def test_a_body_that_is_too_long_is_not_read():
    body = event(padding="x" * 70_000)
    assert send(body, signed(body)) == 413
    assert not heard


@pytest.mark.parametrize("body", [b"{}", b"nonsense"])
def test_the_adapter_refuses_what_is_no_event(body):
    with pytest.raises(ContractError):
        get_operator().parse_event(body, {})


def test_events_are_forgotten_after_thirty_days():
    for event_id, days in (("old", 31), ("young", 29)):
        assert send(*signed_event(KNOWN, secret=SECRET, event_id=event_id)) == 204
        moment = timezone.now() - timedelta(days=days)
        ReceivedEvent.objects.filter(event_id=event_id).update(received_at=moment)
    expire_events()
    assert ReceivedEvent.objects.get().event_id == "young"


@pytest.mark.parametrize(("text", "is_fine"), [("x" * 40 + "\n", True), ("short", False)])
def test_the_secret_comes_from_a_file_and_is_long(text, is_fine, tmp_path):
    path = tmp_path / "secret"
    path.write_text(text)
    code = "from fleetportal import settings; print(repr(settings.OPERATOR_CALLBACK_SECRET))"
    environment = {**os.environ, "OPERATOR_CALLBACK_SECRET_FILE": str(path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode == 0) == is_fine
    assert (repr(text.strip()) in done.stdout) if is_fine else ("OPERATOR_CALLBACK_SECRET" in done.stderr)
