import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.test import Client
from django.urls import path

from accounts.models import Customer
from fleetportal import urls as site
from fleetportal.tenancy.access import customer_required
from fleetportal.web.htmx import toast, toast_response
from fleetportal.web.middleware import ReadOnlyGetMiddleware, WriteByGet, writes_on_get

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "http://testserver/sims/?q=an"}


def rename(request):
    Customer.objects.filter(slug="noordkaai").update(name="Changed")
    return HttpResponse("done")


def refuse(request, status):
    return HttpResponse("inner", status=status)


def deny(request):
    raise PermissionDenied


def miss(request):
    raise Http404


def tell(request):
    toast(request, "SIM card <blocked>", undo_url="/undo/")
    return HttpResponse("<p>row</p>")


def tell_and_go(request):
    toast(request, "Saved")
    return redirect("told")


urlpatterns = [
    *site.urlpatterns,
    path("t/rename/", rename),
    path("t/rename-allowed/", writes_on_get("a test of the exception")(rename)),
    path("t/status/<int:status>/", refuse),
    path("t/deny/", deny),
    path("t/miss/", miss),
    path("t/tell/", tell),
    path("t/tell-and-go/", tell_and_go),
    path("t/told/", lambda request: HttpResponse("<p>told</p>"), name="told"),
    path("t/own/", lambda request: toast_response(request, "Taken by somebody else")),
    path("t/member/", customer_required(None)(lambda request: HttpResponse("in"))),
    path("t/again/", lambda request: redirect("account_reauthenticate")),
]
handler403, handler404 = site.handler403, site.handler404
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_page_that_is_read_cannot_write(noordkaai, method):
    with pytest.raises(WriteByGet), transaction.atomic():
        getattr(Client(), method)("/t/rename/")
    noordkaai.refresh_from_db()
    assert noordkaai.name == "Noordkaai Logistics NV"


def test_in_production_a_write_by_get_is_done_and_logged(noordkaai, settings, caplog):
    settings.RAISE_ON_WRITE_BY_GET = False
    assert Client().get("/t/rename/").status_code == 200
    noordkaai.refresh_from_db()
    assert noordkaai.name == "Changed"
    assert "write_by_get" in caplog.text


def test_a_view_that_says_why_may_write_and_a_post_may_anyway(noordkaai):
    assert Client().get("/t/rename-allowed/").status_code == 200
    assert Client().post("/t/rename/").status_code == 200
    with pytest.raises(ValueError, match="reason"):
        writes_on_get(" ")


@pytest.mark.parametrize(
    ("sql", "is_write"),
    [
        ('INSERT INTO "sims_line" VALUES (1)', True),
        (' \n update "sims_line" SET x = 1', True),
        ('/* a */ DELETE FROM "sims_line"', True),
        ('WITH a AS (SELECT 1) INSERT INTO "sims_line" SELECT 1', True),
        ('WITH a AS (UPDATE "sims_line" SET x = 1 RETURNING id) SELECT * FROM a', True),
        ("TRUNCATE sims_line", True),
        ('SELECT "update" FROM "sims_line"', False),
        ('SELECT 1 FROM "sims_line" FOR UPDATE', False),
        ('WITH a AS (SELECT id FROM "sims_line" FOR UPDATE) SELECT * FROM a', False),
        ('UPDATE "django_session" SET session_data = 1', False),
        ("SAVEPOINT x", False),
    ],
)
def test_which_statements_count_as_writing(sql, is_write):
    assert ReadOnlyGetMiddleware.is_write(sql) is is_write


def test_the_guard_is_gone_after_the_request(noordkaai):
    Client().get("/t/told/")
    assert connection.execute_wrappers == []


def test_a_lost_session_leaves_the_whole_page():
    response = Client().get("/t/member/", headers=HTMX)
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/accounts/login/?next=/sims/%3Fq%3Dan"


def test_confirming_the_password_leaves_the_whole_page_and_comes_back():
    response = Client().get("/t/again/", headers=HTMX)
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/accounts/reauthenticate/?next=%2Fsims%2F%3Fq%3Dan"


def test_the_way_back_never_leads_to_another_site():
    response = Client().get("/t/again/", headers={**HTMX, "HX-Current-URL": "https://evil.example/x"})
    assert response.headers["HX-Redirect"] == "/accounts/reauthenticate/?next=%2F"


@pytest.mark.parametrize("address", ["/t/deny/", "/t/miss/", "/t/status/409/", "/t/status/429/"])
def test_a_refused_fragment_is_a_toast_and_keeps_the_page(address):
    response = Client().get(address, headers=HTMX)
    assert response.status_code in (403, 404, 409, 429)
    assert response.headers["HX-Retarget"] == "#toasts"
    assert response.headers["HX-Reswap"] == "beforeend"
    assert response.headers["HX-Reselect"] == ".toast"
    assert response.headers["HX-Push-Url"] == "false"
    assert 'role="alert"' in response.content.decode()
    assert "<html" not in response.content.decode()


def test_a_view_may_say_itself_what_was_refused():
    response = Client().get("/t/own/", headers=HTMX)
    assert response.status_code == 409
    assert "Taken by somebody else" in response.content.decode()


@pytest.mark.parametrize(("address", "status"), [("/t/deny/", 403), ("/t/miss/", 404)])
def test_a_page_that_is_navigated_to_keeps_its_error_page(address, status):
    response = Client().get(address)
    assert response.status_code == status
    assert "<html" in response.content.decode()
    assert "HX-Retarget" not in response.headers


def test_messages_come_with_the_fragment_once():
    client = Client()
    first = client.get("/t/tell/", headers=HTMX).content.decode()
    assert '<template hx type="partial" hx-target="#toasts" hx-swap="beforeend">' in first
    assert "SIM card &lt;blocked&gt;" in first
    assert 'action="/undo/"' in first
    assert "template" not in client.get("/t/told/", headers=HTMX).content.decode()


def test_messages_survive_a_redirect():
    client = Client()
    assert client.get("/t/tell-and-go/", headers=HTMX).status_code == 302
    assert "Saved" in client.get("/t/told/", headers=HTMX).content.decode()


def test_no_cache_keeps_a_page_and_the_answer_depends_on_htmx(client_for, alice):
    response = client_for(alice).get("/")
    assert response.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in response.headers["Vary"]
    assert "camera=()" in response.headers["Permissions-Policy"]


def test_the_language_comes_from_the_link_then_the_person_then_the_browser(client_for, alice):
    alice.language = "fr"
    alice.save()
    client = client_for(alice)
    assert '<html lang="fr-BE"' in client.get("/", headers={"Accept-Language": "en"}).content.decode()
    client.get("/language/en/?next=/")
    assert '<html lang="en"' in client.get("/").content.decode()
    assert '<html lang="nl-BE"' in Client().get("/accounts/login/").content.decode()
    assert (
        '<html lang="fr-BE"' in Client().get("/accounts/login/", headers={"Accept-Language": "fr-FR"}).content.decode()
    )
    assert '<html lang="nl-BE"' in Client().get("/accounts/login/", headers={"Accept-Language": "de"}).content.decode()
