"""The pages of usage alerts: who sees and changes what, and what stands on them."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from groupbundles.models import Alert, AlertRule
from groupbundles.queries.alerts import alerts_of_bundle, alerts_of_line, company_alerts
from sims.enums import AuditKind
from tests import factories
from tests.audit.expect import expect_audit
from tests.groupbundles.alerts import NOVEMBER, NOW, OCTOBER, bundle_uses, bundle_with, company_wants, uses, wanted
from tests.groupbundles.test_alert_rules import off

pytestmark = pytest.mark.django_db

RULES, SWITCH, FIRED, EXPORT = (f"/bundles/alerts/{part}" for part in ("", "switch/", "fired/", "fired/export/"))
CHOICES = {
    "out_of_bundle-on": "on",
    "out_of_bundle-amount": "25.50",
    "allowance-levels": ["80", "100"],
    "allowance-employee": "on",
    "third_party-amount": "",
}


@pytest.fixture(autouse=True)
def in_november(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def line(noordkaai):
    return factories.LineFactory(customer=noordkaai, subscriber__first_name="Sofie", subscriber__last_name="Maes")


@pytest.fixture
def client(alice, client_for):
    type(alice).objects.filter(pk=alice.pk).update(language="en")
    return client_for(alice)


def url_of(line) -> str:
    return reverse("line_alerts", args=[line.public_id])


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_the_company_is_told_of_what_was_chosen(client, noordkaai):
    assert "Usage alerts saved." in text(client.post(RULES, CHOICES, follow=True))
    assert company_alerts(noordkaai) == {
        "out_of_bundle": wanted(25.5),
        "allowance": wanted(80, 100, employee=True),
    }
    page = text(client.get(RULES))
    assert "You are only told. Usage is not blocked." in page
    assert 'value="25.50"' in page


@pytest.mark.parametrize("amount", ["", "-1", "abc", "10001", "1,234"])
def test_what_is_on_needs_an_amount_that_makes_sense(client, noordkaai, amount):
    response = client.post(RULES, CHOICES | {"out_of_bundle-amount": amount})
    assert response.status_code == 422
    assert b'id="errors"' in response.content
    assert not company_alerts(noordkaai)


def test_an_amount_of_what_is_off_does_not_matter(client, noordkaai):
    data = CHOICES | {"third_party-amount": "abc"}
    assert client.post(RULES, data).status_code == 302
    assert "third_party" not in company_alerts(noordkaai)


def test_more_than_five_is_explained(client, noordkaai):
    data = CHOICES | {"allowance-levels": ["50", "75", "80", "90", "100"]}
    response = client.post(RULES, data)
    assert response.status_code == 422
    assert b"At most five alerts" in response.content


def test_one_switch_beside_the_bundles(client, noordkaai):
    company_wants(noordkaai, out_of_bundle=wanted(10, employee=True), third_party=wanted(5))
    assert client.post(SWITCH, {"is_on": "on", "amount": "30"}).url == reverse("bundle_list")
    assert company_alerts(noordkaai)["out_of_bundle"] == wanted(30, employee=True)
    client.post(SWITCH, {"amount": "30"})
    assert not company_alerts(noordkaai)["out_of_bundle"].is_on
    assert company_alerts(noordkaai)["third_party"] == wanted(5)
    response = client.post(SWITCH, {"is_on": "on", "amount": "many"})
    assert response.status_code == 422
    assert b"Usage is not blocked." in response.content


def test_a_line_gets_its_own_none_or_the_companys(client, line, noordkaai):
    company_wants(noordkaai, out_of_bundle=wanted(25), roaming=wanted(80))
    data = {f"{kind}-mode": "company" for kind in ("allowance", "third_party", "first_premium")}
    data |= {"out_of_bundle-mode": "own", "out_of_bundle-amount": "60", "roaming-mode": "off", "roaming-levels": ["80"]}
    assert client.post(url_of(line), data).url == reverse("line_detail", args=[line.public_id])
    assert alerts_of_line(line).own == {"out_of_bundle": wanted(60), "roaming": off(80)}
    data |= {"out_of_bundle-mode": "company", "roaming-mode": "company"}
    client.post(url_of(line), data)
    assert alerts_of_line(line).follows_company


def test_its_own_without_a_threshold_is_corrected(client, line):
    data = {f"{kind}-mode": "company" for kind in ("third_party", "first_premium", "roaming", "out_of_bundle")}
    response = client.post(url_of(line), data | {"allowance-mode": "own"})
    assert response.status_code == 422
    assert b"Choose at least one percentage." in response.content
    assert not AlertRule.objects.for_customer(line.customer).exists()


def test_a_bundle_gets_its_own_none_or_the_companys(client, noordkaai, zuidpark):
    bundle, foreign = bundle_with(noordkaai), bundle_with(zuidpark)
    company_wants(noordkaai, bundle_percent=wanted(80), bundle_amount=wanted(500))
    url = reverse("bundle_alerts", args=[bundle.public_id])
    data = {
        "bundle_percent-mode": "own",
        "bundle_percent-levels": ["50", "90"],
        "bundle_amount-mode": "off",
        "bundle_amount-amount": "500",
    }
    page = reverse("bundle_detail", args=[bundle.public_id])
    assert client.post(url, data).url == page
    assert alerts_of_bundle(bundle).own == {"bundle_percent": wanted(50, 90), "bundle_amount": off(500)}
    shown = text(client.get(page))
    assert "This bundle has alerts of its own." in shown
    assert url in shown
    assert client.post(url, {"bundle_percent-mode": "own", "bundle_amount-mode": "company"}).status_code == 422
    assert client.post(reverse("bundle_alerts", args=[foreign.public_id]), data).status_code == 404
    assert not AlertRule.objects.for_customer(zuidpark).exists()


# --- who may -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["bob", "rita"])
def test_who_may_not_change_lines_sees_and_changes_nothing(who, request, client_for, line, noordkaai):
    company_wants(noordkaai, out_of_bundle=wanted(25))
    browser = client_for(request.getfixturevalue(who))
    page = text(browser.get(RULES))
    assert "Save alerts" not in page
    assert "25,00" in page
    for url, data in ((RULES, CHOICES), (SWITCH, {"amount": "1"}), (url_of(line), {})):
        assert browser.post(url, data).status_code == 403
    assert company_alerts(noordkaai) == {"out_of_bundle": wanted(25)}


def test_another_companys_line_and_alerts_do_not_exist(client_for, charlie, line, noordkaai):
    company_wants(noordkaai, out_of_bundle=wanted(25))
    uses(line, out_of_bundle=30)
    browser = client_for(charlie)
    for method in (browser.get, browser.post):
        assert method(url_of(line)).status_code == 404
    assert "Maes" not in text(browser.get(FIRED))
    browser.post(RULES, CHOICES | {"out_of_bundle-amount": "1"})
    assert company_alerts(noordkaai) == {"out_of_bundle": wanted(25)}


# --- what fired -------------------------------------------------------------------------------------------------


@pytest.fixture
def some(noordkaai, line):
    company_wants(noordkaai, out_of_bundle=wanted(25), bundle_percent=wanted(80))
    uses(line, out_of_bundle="27.40")
    uses(line, OCTOBER, out_of_bundle=90)
    bundle_uses(bundle_with(noordkaai), NOVEMBER + timedelta(days=3), 85)
    return Alert.objects.for_customer(noordkaai)


def test_the_list_tells_who_what_when_and_how_much(client, some, line):
    page = text(client.get(FIRED))
    assert "Sofie Maes" in page and "€27.40 outside the bundle" in page and "tells from €25.00" in page
    assert "Data 100 GB" in page and "85% of" in page
    assert "€90.00" not in page
    assert f"/sims/{line.public_id}/" in page


def test_a_month_and_a_kind_can_be_chosen(client, some):
    october = text(client.get(f"{FIRED}?month=2026-10"))
    assert "€90.00" in october and "counted late" in october and "€27.40" not in october
    assert "Data 100 GB" not in text(client.get(f"{FIRED}?kind=out_of_bundle"))
    for strange in ("month=2026-13", "month=x", "kind=nothing", "page=999"):
        assert "€27.40" in text(client.get(f"{FIRED}?{strange}"))


def test_an_empty_month_says_so(client):
    assert "No alert fired" in text(client.get(FIRED))


def test_the_list_leaves_as_a_workbook_and_on_record(client, some, noordkaai, alice):
    response = client.post(EXPORT, {"month": "2026-11"})
    sheet = load_workbook(BytesIO(response.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 3
    assert {row[1] for row in rows[1:]} == {"Sofie Maes", None}
    assert rows[1][2] == "Data 100 GB" or rows[2][2] == "Data 100 GB"
    expect_audit(AuditKind.FLEET_EXPORTED, customer=noordkaai, by=alice)


# --- elsewhere -------------------------------------------------------------------------------------------------


def test_the_page_of_a_line_tells_its_alerts(client, client_for, bob, line, noordkaai):
    url = reverse("line_detail", args=[line.public_id])
    assert "No alert is on." in text(client.get(url))
    company_wants(noordkaai, out_of_bundle=wanted(25))
    page = text(client.get(url))
    assert "Amount outside the bundle: €25.00" in page and "As the company." in page
    assert url_of(line) in page
    assert url_of(line) not in text(client_for(bob).get(url))


def test_the_overview_says_how_many_numbers_are_outside(client, some, line, noordkaai):
    assert "1 number outside the bundle" in text(client.get("/"))
    company_wants(noordkaai, out_of_bundle=wanted(26))
    uses(factories.LineFactory(customer=noordkaai), out_of_bundle=50)
    page = text(client.get("/"))
    assert "2 numbers outside the bundle" in page
    assert f"{FIRED}?kind=out_of_bundle" in page
