"""The 23rd of November 2026 in Belgium, with people who read English."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from accounts.models import User

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def november() -> Iterator[None]:
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
