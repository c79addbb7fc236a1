"""What every answer carries, what a production start demands, and error pages when nothing else works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.architecture.world import belongings

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "DEBUG": "off",
    "SECRET_KEY": "k3" * 30 + "-and-some-more",
    "ALLOWED_HOSTS": "portal.example.com",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def production(code: str, **changes: str) -> subprocess.CompletedProcess:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=kept | PRODUCTION | changes,
        capture_output=True,
        text=True,
        timeout=60,
    )


START = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'fleetportal.settings'; import django; django.setup()\n"


def test_the_production_check_finds_nothing():
    code = START + (
        "from django.core.management import call_command\n"
        "call_command('check', deploy=True, fail_level='WARNING', databases=[])"
    )
    result = production(code)
    assert result.returncode == 0, result.stderr[-1500:]


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL"])
def test_without_what_it_needs_nothing_starts(name, tmp_path):
    code = f"import os; os.environ.pop({name!r})\n{START}"
    result = production(code)
    assert result.returncode != 0
    assert name in result.stderr


SHIELDED = """
from django.conf import settings
from django.core.management import call_command
from django.test import Client
settings.STATIC_ROOT = {folder!r}
call_command("collectstatic", interactive=False, verbosity=0)
for path, expected in {visits!r}.items():
    response = Client(raise_request_exception=False).get(path, secure=True, HTTP_HOST="portal.example.com")
    text = response.content.decode()
    assert response.status_code == expected, (path, response.status_code)
    assert response["Strict-Transport-Security"].startswith("max-age=31536000"), path
    assert response["X-Content-Type-Options"] == "nosniff", path
    assert response["X-Frame-Options"] == "DENY", path
    assert response["Referrer-Policy"] == "same-origin", path
    assert "default-src 'none'" in response["Content-Security-Policy"], path
    assert "no-store" in response["Cache-Control"], path
    assert "psycopg" not in text and "Traceback" not in text and "127.0.0.1" not in text, path
"""
# Nothing answers at the database of this process: these pages do without, the last two say that it is missing.
VISITS = {
    "/styleguide/": 404,
    "/mailbox/": 404,
    "/nothing/": 404,
    "/accounts/login/": 200,
    "/sims/": 302,
    "/healthz": 503,
}


def test_production_shields_every_answer_also_without_a_database(tmp_path):
    result = production(START + SHIELDED.format(folder=str(tmp_path), visits=VISITS))
    assert result.returncode == 0, result.stderr[-1500:]


def test_production_sends_plain_http_to_https():
    code = START + (
        "from django.test import Client\n"
        "response = Client().get('/sims/', HTTP_HOST='portal.example.com')\n"
        "assert response.status_code == 301 and response['Location'] == 'https://portal.example.com/sims/'\n"
        "from django.conf import settings\n"
        "assert settings.SESSION_COOKIE_NAME.startswith('__Host-') and settings.SESSION_COOKIE_SECURE\n"
        "assert settings.CSRF_COOKIE_NAME.startswith('__Host-') and settings.CSRF_COOKIE_HTTPONLY\n"
        "assert settings.SESSION_COOKIE_HTTPONLY and settings.SESSION_COOKIE_SAMESITE == 'Lax'\n"
    )
    result = production(code)
    assert result.returncode == 0, result.stderr[-800:]


@pytest.mark.django_db
def test_every_answer_has_a_policy_and_no_cache_keeps_it(noordkaai, owner, client_for):
    ours = belongings(noordkaai, owner)
    staff = User.objects.create_superuser("staff@operator.example", "x" * 20)
    member, admin = client_for(owner), client_for(staff)
    visits = [
        (Client(), "/"), (Client(), "/accounts/login/"), (Client(), "/nothing/"), (Client(), "/invitations/x/"),
        (member, "/"), (member, "/sims/"), (member, "/theme/"), (member, reverse("job_result", args=[ours.job.pk])),
        (member, "/sims/import/template/nl/"), (admin, "/admin/"), (admin, "/admin/sims/order/"),
        (Client(), "/admin/"), (Client(), "/healthz"),
    ]  # fmt: skip
    for client, path in visits:
        response = client.get(path)
        if response.streaming:
            b"".join(response.streaming_content)
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert "no-store" in response["Cache-Control"], path
        assert response["X-Content-Type-Options"] == "nosniff", path
        assert "camera=()" in response["Permissions-Policy"], path


@pytest.mark.django_db
def test_a_download_is_never_shown_as_a_page(noordkaai, owner, client_for):
    ours = belongings(noordkaai, owner)
    client = client_for(owner)
    result = client.get(reverse("job_result", args=[ours.job.pk]))
    b"".join(result.streaming_content)
    export = client.post(reverse("sim_export"), {"columns": "all", "format": "csv", "scope": "all"})
    b"".join(export.streaming_content)
    for response in (result, export, client.get("/sims/import/template/nl/")):
        assert response["Content-Disposition"].startswith("attachment")
        assert "text/html" not in response["Content-Type"]
    assert result["Content-Security-Policy"].startswith("sandbox")


@pytest.mark.django_db
def test_a_broken_database_shows_the_error_page_and_no_detail(owner, client_for):
    client = client_for(owner)
    client.raise_request_exception = False

    def gone(execute, sql, params, many, context):
        raise OperationalError("server closed the connection at 10.1.2.3")

    with connection.execute_wrapper(gone):
        response = client.get("/sims/")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert b"10.1.2.3" not in response.content
    assert b"<h1" in response.content


@pytest.mark.django_db
def test_the_error_page_of_a_defect_tells_nothing_about_it(owner, client_for, monkeypatch):
    monkeypatch.setattr("sims.views.lines.line_page", lambda *arguments: 1 / 0)
    client = client_for(owner)
    client.raise_request_exception = False
    response = client.get("/sims/")
    assert response.status_code == 500
    assert b"ZeroDivision" not in response.content
    assert "default-src 'none'" in response["Content-Security-Policy"]
