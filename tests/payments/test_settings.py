"""Settings of payments: a value that does not fit stops the start, by its name and without the key."""

import os
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT

KEY = "live_abcdefghijklmnopqrstuvwxyz"


def start(**values: str) -> subprocess.CompletedProcess:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOLLIE", "PAYMENT"))}
    ask = "from django.conf import settings; print(settings.PAYMENT_GATEWAY)"
    env = kept | {"DJANGO_SETTINGS_MODULE": "fleetportal.settings", "DATABASE_URL": "postgres:///x"} | values
    env.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
    return subprocess.run([sys.executable, "-c", ask], env=env, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_payment_service_follows_from_the_key(tmp_path):
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert start(MOLLIE_API_KEY_FILE=str(file)).stdout.strip() == "mollie"
    assert start(MOLLIE_API_KEY=KEY, PAYMENT_GATEWAY="none").stdout.strip() == "none"


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"MOLLIE_API_KEY": KEY.replace("live", "life")}, "MOLLIE_API_KEY"),
        ({"PAYMENT_GATEWAY": "paypal"}, "PAYMENT_GATEWAY"),
        ({"MOLLIE_API_URL": "http://mollie.example"}, "MOLLIE_API_URL"),
    ],
)
def test_a_bad_value_stops_the_start(values, names):
    started = start(**values)
    assert started.returncode != 0
    last = started.stderr.strip().splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured")
    assert names in last
    assert "abcdefghij" not in started.stderr
