"""A message is only a wake-up call: a broker that is gone or mute costs little and breaks nothing."""

import socket
import time

import pytest
from celery import current_app
from django.conf import settings
from django.db import transaction

from fleetportal import wakeup
from fleetportal.wakeup import wake


@pytest.fixture
def broker_at():
    usual = current_app.conf.broker_url

    def _point(port: int) -> None:
        current_app.conf.broker_url = f"redis://127.0.0.1:{port}/0"

    yield _point
    current_app.conf.broker_url = usual
    wakeup._resting_until.clear()


def seconds_to_wake(django_capture_on_commit_callbacks) -> float:
    started = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        wake("jobs.run_job", "an-id", queue="test-wakeup")
    return time.monotonic() - started


@pytest.mark.django_db
def test_a_message_arrives(django_capture_on_commit_callbacks):
    client = current_app.connection_for_read(settings.CELERY_BROKER_URL).default_channel.client
    client.delete("test-wakeup")
    seconds_to_wake(django_capture_on_commit_callbacks)
    assert client.llen("test-wakeup") == 1
    client.delete("test-wakeup")


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_for_what_was_rolled_back():
    client = current_app.connection_for_read(settings.CELERY_BROKER_URL).default_channel.client
    client.delete("test-wakeup")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        wake("jobs.run_job", "an-id", queue="test-wakeup")
        raise ZeroDivisionError
    assert client.llen("test-wakeup") == 0


@pytest.mark.django_db
def test_a_broker_that_is_gone_costs_nothing(broker_at, django_capture_on_commit_callbacks):
    broker_at(1)
    assert seconds_to_wake(django_capture_on_commit_callbacks) < 1


@pytest.mark.django_db
def test_a_broker_that_does_not_answer_costs_about_a_second(broker_at, django_capture_on_commit_callbacks):
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(5)
        broker_at(mute.getsockname()[1])
        assert seconds_to_wake(django_capture_on_commit_callbacks) < 2.5


@pytest.mark.django_db
def test_many_messages_to_a_broker_that_does_not_answer_cost_one_second_together(
    broker_at, django_capture_on_commit_callbacks
):
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(5)
        broker_at(mute.getsockname()[1])
        started = time.monotonic()
        with django_capture_on_commit_callbacks(execute=True):
            for _n in range(20):
                wake("jobs.run_job", "an-id", queue="test-wakeup")
        assert time.monotonic() - started < 2.5


@pytest.mark.django_db
def test_a_broker_that_is_back_is_used_again_after_a_rest(broker_at, django_capture_on_commit_callbacks, monkeypatch):
    usual = current_app.conf.broker_url
    client = current_app.connection_for_read(usual).default_channel.client
    client.delete("test-wakeup")
    wakeup._resting_until[usual] = time.monotonic() + 5
    try:
        seconds_to_wake(django_capture_on_commit_callbacks)
        assert client.llen("test-wakeup") == 0

        wakeup._resting_until[usual] = time.monotonic()
        seconds_to_wake(django_capture_on_commit_callbacks)
        assert client.llen("test-wakeup") == 1
    finally:
        wakeup._resting_until.clear()
        client.delete("test-wakeup")
