"""The activation code of an eSIM: who sees it, how often, and that it is kept nowhere."""

import json
import re
from datetime import timedelta

import pytest
from django.core.serializers import serialize
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from fleetportal.audit.models import AuditEvent
from fleetportal.logs import mask_secrets
from fleetportal.operators.contract import Uncertain
from fleetportal.operators.simulator.adapter import SimulatedOperator
from fleetportal.operators.simulator.models import SimulatedSim
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState
from sims.models import EsimHandover, Line
from sims.services import esim
from sims.tasks import send_esim_link
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.test_swap_pages import AGAIN, with_password

pytestmark = pytest.mark.usefixtures("english", "settled")


@pytest.fixture
def esim_line(noordkaai):
    line = factories.at_the_operator(factories.LineFactory(customer=noordkaai, sim__is_esim=True))
    SimulatedSim.objects.filter(iccid=line.sim.iccid).update(is_esim=True)
    return line


@pytest.fixture
def code(esim_line) -> str:
    return SimulatedOperator().activation_code(esim_line.sim.iccid)


@pytest.fixture
def client(client_for, alice) -> Client:
    return with_password(client_for(alice))


def url(line, name="line_esim") -> str:
    return reverse(name, args=[line.public_id])


def link_in(mail) -> str:
    return re.search(r"https?://[^/]+(/sims/esim/[^\s]+)", mail.body)[1]


def send(line, by) -> None:
    send_esim_link(esim.send_link(line=line, by=by).pk)


def test_the_code_is_shown_on_request_only_and_never_cached(client, esim_line, code, alice):
    assert code not in client.get(url(esim_line)).content.decode()
    assert not AuditEvent.objects.filter(kind=AuditKind.ESIM_CODE_SHOWN).exists()

    shown = client.post(url(esim_line))

    assert code in shown.content.decode() and "<svg" in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert expect_audit(AuditKind.ESIM_CODE_SHOWN, subject=esim_line, by=alice).after == {
        "card_ends_in": esim_line.sim.iccid[-4:]
    }


def test_the_password_is_asked_first(client_for, alice, esim_line):
    client = client_for(alice)
    for method in ("get", "post"):
        assert getattr(client, method)(url(esim_line)).url.startswith(AGAIN)
    assert client.post(url(esim_line, "line_esim_send")).url.startswith(AGAIN)
    assert not AuditEvent.objects.exists()


def test_ten_looks_a_day_are_the_most(esim_line, by_alice):
    for _ in range(10):
        esim.show_code(line=esim_line, by=by_alice)
    with pytest.raises(Refusal, match="ten times"):
        esim.show_code(line=esim_line, by=by_alice)
    expect_audit(AuditKind.ESIM_CODE_SHOWN, count=10)


def test_looks_at_once_are_counted_one_after_the_other(esim_line, by_alice, at_once, transactional_db, monkeypatch):
    monkeypatch.setattr(esim, "MOST_LOOKS_PER_DAY", 2)

    def look():
        try:
            return bool(esim.show_code(line=esim_line, by=by_alice))
        except Refusal:
            return False

    assert sum(at_once([look] * 4)) == 2


def test_walls(client_for, rita, bob, charlie, esim_line, line, client):
    for name in ("line_esim", "line_esim_send"):
        for person in (rita, bob):
            assert client_for(person).post(url(esim_line, name)).status_code == 403
        assert with_password(client_for(charlie)).post(url(esim_line, name)).status_code == 404
        assert client.post(url(line, name)).status_code == 404  # a plastic card


def test_the_employee_gets_a_link_and_never_the_code(client, esim_line, code, mailoutbox):
    client.post(url(esim_line, "line_esim_send"))
    handover = EsimHandover.objects.for_customer(esim_line.customer_id).get()
    send_esim_link(handover.pk)
    send_esim_link(handover.pk)

    (mail,) = mailoutbox
    assert mail.to == [esim_line.subscriber.email]
    everything = mail.body + str(mail.alternatives)
    assert code not in everything and code.rpartition("$")[2] not in everything
    expect_audit(AuditKind.ESIM_LINK_SENT, subject=esim_line)


def test_the_link_shows_the_code_once_and_only_when_asked(esim_line, by_alice, code, mailoutbox):
    send(esim_line, by_alice)
    address, employee = link_in(mailoutbox[0]), Client()
    for _ in range(3):
        page = employee.get(address)
        assert page.status_code == 200 and code not in page.content.decode()

    shown = employee.post(address)
    assert code in shown.content.decode() and "no-store" in shown.headers["Cache-Control"]
    assert employee.post(address).status_code == 410
    assert employee.get(address).status_code == 410
    event = expect_audit(AuditKind.ESIM_LINK_OPENED, subject=esim_line)
    assert (event.actor_kind, event.actor_name) == ("employee", esim_line.subscriber.full_name)


def test_of_two_clicks_at_once_one_sees_the_code(esim_line, by_alice, mailoutbox, at_once, transactional_db):
    send(esim_line, by_alice)
    token = link_in(mailoutbox[0]).split("/")[-2]

    def open_it():
        try:
            return bool(esim.open_link(token=token))
        except esim.LinkGone:
            return False

    assert sum(at_once([open_it] * 4)) == 1


def test_a_link_ends_after_a_day(esim_line, by_alice, mailoutbox):
    send(esim_line, by_alice)
    rows = EsimHandover.objects.for_customer(esim_line.customer_id)
    assert timedelta(hours=23) < rows.get().expires_at - timezone.now() <= timedelta(hours=24)
    rows.update(expires_at=timezone.now())
    assert Client().post(link_in(mailoutbox[0])).status_code == 410


def test_a_later_link_replaces_the_earlier(esim_line, by_alice, code, mailoutbox):
    send(esim_line, by_alice)
    send(esim_line, by_alice)
    first, second = (link_in(mail) for mail in mailoutbox)
    assert Client().post(first).status_code == 410
    assert code in Client().post(second).content.decode()


@pytest.mark.parametrize("change", ["ended", "other card"])
def test_a_link_ends_with_the_card_or_the_line(esim_line, by_alice, mailoutbox, noordkaai, change):
    send(esim_line, by_alice)
    if change == "ended":
        Line.objects.for_customer(noordkaai).filter(pk=esim_line.pk).update(state=LineState.TERMINATED)
    else:
        esim_line.sim = factories.SimFactory(customer=noordkaai)
        esim_line.save()
    assert Client().post(link_in(mailoutbox[0])).status_code == 410


def test_trouble_at_the_operator_does_not_use_the_link_up(esim_line, by_alice, code, mailoutbox, monkeypatch):
    send(esim_line, by_alice)
    address = link_in(mailoutbox[0])
    with monkeypatch.context() as broken:

        def no_answer(self, iccid):
            raise Uncertain("away")

        broken.setattr(SimulatedOperator, "activation_code", no_answer)
        assert Client().post(address).status_code == 409
    assert code in Client().post(address).content.decode()


def test_guessing_links_is_slowed_down(db):
    answers = [Client().post(f"/sims/esim/guess{n}/").status_code for n in range(12)]
    assert answers[0] == 410 and answers[-1] == 429


def test_the_code_and_the_token_are_kept_nowhere(esim_line, by_alice, code, mailoutbox, caplog):
    caplog.set_level("DEBUG")
    esim.show_code(line=esim_line, by=by_alice)
    send(esim_line, by_alice)
    address = link_in(mailoutbox[0])
    token = address.split("/")[-2]
    kept = serialize("json", EsimHandover.objects.for_customer(esim_line.customer_id)) + serialize(
        "json", AuditEvent.objects.all()
    )
    Client().post(address)
    kept += serialize("json", AuditEvent.objects.all()) + json.dumps(list(User.objects.values_list("email")))
    matching_id = code.rpartition("$")[2]
    for secret in (code, matching_id, token):
        assert secret not in kept
        assert secret not in caplog.text.replace(address, "")
    assert mask_secrets(None, "", {"path": address})["path"] == "/sims/esim/…/"


def test_no_mail_without_an_address(esim_line, by_alice):
    esim_line.subscriber.email = ""
    esim_line.subscriber.save()
    with pytest.raises(Refusal, match="no e-mail"):
        esim.send_link(line=esim_line, by=by_alice)
    assert not AuditEvent.objects.exists()
