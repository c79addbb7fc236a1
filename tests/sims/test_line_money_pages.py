"""Limits, billing account, cost centre and split bill on the page of a line and in its dialogs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from fleetportal.audit.actors import Actor
from sims.enums import AuditKind, CostCategory, LineState, OrderKind, OrderState, SplitBillKind
from sims.models import Line, Order
from sims.orders import calendar
from sims.queries import costs
from sims.queries.costs import Costs, estimated_costs, preview
from sims.services.cost_centres import set_cost_centre
from tests import factories
from tests.audit.expect import expect_audit

pytestmark = pytest.mark.django_db
C = CostCategory


@pytest.fixture
def line(noordkaai) -> Line:
    return factories.LineFactory(customer=noordkaai)


@pytest.fixture
def client(alice, client_for):
    alice.language = "en"
    alice.save()
    return client_for(alice)


def url(name, line) -> str:
    return reverse(name, args=[line.public_id])


def tab(client, line, name) -> str:
    return client.get(reverse("line_detail", args=[line.public_id]) + f"?tab={name}").content.decode()


def order_of(line) -> Order:
    return Order.objects.for_customer(line.customer_id).get(line=line)


def next_period():
    return calendar.next_period(calendar.local_day(timezone.now()))


@pytest.fixture
def billed(monkeypatch):
    """Says what the line was billed in the last period, as an app with invoices does."""

    def say(amounts: dict[CostCategory, str]) -> None:
        period = (calendar.local_day(timezone.now()).replace(day=1) - timedelta(days=1)).replace(day=1)
        known = Costs(period, {category: Decimal(amount) for category, amount in amounts.items()})
        monkeypatch.setattr(costs, "_billed", [lambda _line, _membership: known])

    return say


@pytest.mark.parametrize(
    ("answers", "amount"),
    [
        ({"step": "50"}, "50.00"),
        ({"step": "0"}, "0.00"),
        ({"step": "other", "amount": "12.50"}, "12.50"),
        ({"step": "25", "amount": "900"}, "25.00"),
    ],
)
def test_a_pay_by_mobile_limit_is_asked_for(client, line, answers, amount):
    client.post(url("line_limits", line), {**answers, "when": "now"})
    assert order_of(line).payload["amount"] == amount


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"step": "other", "amount": "300.01"}, "amount"),
        ({"step": "other", "amount": "-1"}, "amount"),
        ({"step": "other", "amount": "x"}, "amount"),
        ({"step": "other"}, "amount"),
        ({"step": "999"}, "step"),
        ({}, "step"),
        ({"step": "300"}, "amount"),
    ],
)
def test_a_limit_outside_the_law_is_told_beside_its_field(client, line, answers, field):
    response = client.post(url("line_limits", line), {**answers, "when": "now"})
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Order.objects.for_customer(line.customer_id).exists()


def test_a_limit_for_the_next_period_is_planned(client, line):
    client.post(url("line_limits", line), {"step": "50", "when": "period"})
    order = order_of(line)
    assert (order.state, order.not_before) == (OrderState.SCHEDULED, calendar.start_of_day(next_period()))
    assert "Requested for" in tab(client, line, "barrings")


@pytest.mark.parametrize(
    ("answers", "amount", "once"),
    [
        ({"how": "once", "step": "100"}, "100.00", True),
        ({"how": "always", "step": "0"}, "0.00", False),
        ({"how": "always", "step": "other", "amount": "750"}, "750.00", False),
        ({"how": "none", "step": "other", "amount": "nonsense"}, "", False),
    ],
)
def test_a_roaming_limit_is_asked_for(client, line, answers, amount, once):
    client.post(url("line_roaming", line), answers)
    payload = order_of(line).payload
    assert (payload["amount"], payload["is_once"]) == (amount, once)


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"how": "always", "step": "other", "amount": "1000.01"}, "amount"),
        ({"how": "once", "step": "0"}, "amount"),
        ({"how": "always"}, "step"),
        ({"step": "100"}, "how"),
    ],
)
def test_an_impossible_roaming_limit_is_told_beside_its_field(client, line, answers, field):
    response = client.post(url("line_roaming", line), answers)
    assert response.status_code == 422
    assert field in response.context["form"].errors


def test_without_a_limit_nothing_is_raised_once(client, line):
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(roaming_limit=None)
    page = client.get(url("line_roaming", line)).content.decode()
    assert 'value="once"' not in page
    assert client.post(url("line_roaming", line), {"how": "once", "step": "100"}).status_code == 422


def test_the_cards_tell_what_was_spent_and_when_that_was_so(client, line):
    lines = Line.objects.for_customer(line.customer_id).filter(pk=line.pk)
    assert "no figure for this month yet" in tab(client, line, "barrings")
    lines.update(third_party_spent="12.40", third_party_spent_at=timezone.now(), third_party_limit=50)
    page = tab(client, line, "barrings")
    assert 'aria-valuenow="12.40"' in page and "as of" in page
    lines.update(third_party_spent_at=timezone.now() - timedelta(days=62))
    assert "no figure for this month yet" in tab(client, line, "barrings")


def test_a_roaming_limit_is_shown_without_and_with_vat(client, line):
    page = tab(client, line, "barrings")
    assert "€50.00" in page and "€60.50 with VAT" in page


def test_another_billing_account_counts_from_the_next_period_unless_said_otherwise(client, line):
    account = factories.BillingAccountFactory(customer=line.customer)
    page = client.get(url("line_billing", line))
    assert page.context["form"]["when"].value() == "period"
    client.post(url("line_billing", line), {"number": account.number, "when": "period"})
    assert order_of(line).not_before == calendar.start_of_day(next_period())
    assert account.number in tab(client, line, "billing")


def test_the_account_of_another_company_is_not_offered(client, line, zuidpark):
    theirs = factories.BillingAccountFactory(customer=zuidpark, number="9988776")
    assert theirs.number not in client.get(url("line_billing", line)).content.decode()
    response = client.post(url("line_billing", line), {"number": theirs.number, "when": "now"})
    assert "number" in response.context["form"].errors


def test_a_cost_centre_counts_at_once_and_is_in_the_timeline(client, line):
    centre = factories.CostCentreFactory(customer=line.customer, code="9000", name="Finance")
    old = line.cost_centre
    client.post(url("line_cost_centre", line), {"cost_centre": centre.pk})
    line.refresh_from_db()
    assert line.cost_centre == centre
    assert not Order.objects.for_customer(line.customer_id).exists()
    event = expect_audit(AuditKind.LINE_COST_CENTRE, subject=line)
    assert (event.before["cost_centre"], event.after["cost_centre"]) == (str(old), "9000 Finance")
    assert f"{old} → 9000 Finance" in tab(client, line, "timeline")


def test_no_cost_centre_is_possible_and_the_same_again_changes_nothing(client, line):
    client.post(url("line_cost_centre", line), {"cost_centre": line.cost_centre_id})
    client.post(url("line_cost_centre", line), {"cost_centre": ""})
    line.refresh_from_db()
    assert line.cost_centre is None
    expect_audit(AuditKind.LINE_COST_CENTRE, subject=line)


def test_many_lines_change_together_and_only_those_of_the_company(noordkaai, zuidpark, alice):
    lines = factories.LineFactory.create_batch(3, customer=noordkaai)
    theirs = Line.objects.for_customer(zuidpark).get()
    centre = lines[0].cost_centre
    keys = [line.pk for line in [*lines, theirs]]
    changed = set_cost_centre(customer=noordkaai, lines=keys, cost_centre=centre, by=Actor.user(alice))
    assert changed == lines[1:]
    assert theirs.cost_centre_id == Line.objects.for_customer(zuidpark).get().cost_centre_id
    with pytest.raises(ValueError, match="another company"):
        set_cost_centre(customer=zuidpark, lines=[theirs.pk], cost_centre=centre, by=Actor.user(alice))


def test_a_split_bill_is_asked_for_from_a_period_on(client, line):
    profile = factories.SplitBillProfileFactory(customer=line.customer)
    later = calendar.next_period(next_period())
    client.post(url("line_split_bill", line), {"profile": profile.pk, "day": later.isoformat()})
    order = order_of(line)
    assert (order.payload["profile"], order.not_before) == (profile.pk, calendar.start_of_day(later))
    assert profile.name in tab(client, line, "billing")


@pytest.mark.parametrize("day", ["2020-01-01", "today", "middle", "", "x"])
def test_a_split_bill_begins_with_a_period_that_is_to_come(client, line, day):
    profile = factories.SplitBillProfileFactory(customer=line.customer)
    days = {"today": calendar.local_day(timezone.now()), "middle": next_period() + timedelta(days=14)}
    response = client.post(url("line_split_bill", line), {"profile": profile.pk, "day": days.get(day, day)})
    assert "day" in response.context["form"].errors


def test_retired_and_foreign_profiles_are_not_offered(client, line, zuidpark):
    old = factories.SplitBillProfileFactory(customer=line.customer, name="Retired", retired_at=timezone.now())
    theirs = factories.SplitBillProfileFactory(customer=zuidpark, name="Theirs")
    page = client.get(url("line_split_bill", line)).content.decode()
    assert "Retired" not in page and "Theirs" not in page
    for key in (old.pk, theirs.pk):
        response = client.post(url("line_split_bill", line), {"profile": key, "day": next_period().isoformat()})
        assert "profile" in response.context["form"].errors


def test_the_preview_divides_the_last_period_to_the_cent(client, line, billed):
    profile = factories.SplitBillProfileFactory(
        customer=line.customer, kind=SplitBillKind.PERCENTAGE, company_amount=None, company_percentage=50
    )
    billed({C.SUBSCRIPTION: "19.01", C.THIRD_PARTY: "4.99"})
    page = client.get(url("line_split_bill", line) + f"?profile={profile.pk}")
    shares = page.context["preview"].shares
    assert (shares.company, shares.employee) == (Decimal("9.51"), Decimal("14.49"))
    text = page.content.decode()
    assert "€14.49" in text and "Third-party services" in text


def test_an_address_that_names_no_profile_previews_none(client, line):
    for value in ("0", "999999", "x", ""):
        page = client.get(url("line_split_bill", line) + f"?profile={value}&day=x")
        assert page.status_code == 200
        assert page.context["preview"].shares.employee == 0


def test_without_figures_the_preview_is_the_price_of_plan_and_options_and_says_so(client, line):
    line.options.add(factories.PlanOptionFactory(customer=line.customer))
    found = estimated_costs(Line.objects.for_customer(line.customer_id).get())
    assert (found.period, found.total) == (None, Decimal("25.00"))
    assert "no figures of a period yet" in client.get(url("line_split_bill", line)).content.decode()


def test_a_line_without_plan_and_figures_costs_nothing(client, noordkaai):
    line = factories.LineFactory(customer=noordkaai, plan=None)
    assert preview(estimated_costs(line), None).shares.total == 0
    assert client.get(url("line_split_bill", line)).status_code == 200
    assert "Costs per month" not in tab(client, line, "billing")


def test_sending_twice_asks_once(client, line):
    answers = {"step": "50", "when": "now"}
    first = client.post(url("line_limits", line), answers, headers={"HX-Request": "true"})
    second = client.post(url("line_limits", line), answers, headers={"HX-Request": "true"})
    assert (first.status_code, second.status_code) == (204, 409) or second.status_code == 409
    assert Order.objects.for_customer(line.customer_id).count() == 1


@pytest.mark.parametrize(
    ("name", "answers", "kind"),
    [
        ("line_limits", {"step": "50", "when": "now"}, OrderKind.THIRD_PARTY_LIMIT),
        ("line_roaming", {"how": "always", "step": "100"}, OrderKind.ROAMING_LIMIT),
    ],
)
def test_what_a_requester_asks_waits_and_a_viewer_asks_nothing(line, rita, bob, client_for, name, answers, kind):
    assert client_for(bob).post(url(name, line), answers).status_code == 403
    client_for(rita).post(url(name, line), answers)
    assert (order_of(line).kind, order_of(line).state) == (kind, OrderState.AWAITING_APPROVAL)


def test_a_requester_books_no_cost_centre_and_a_viewer_is_offered_nothing(line, rita, bob, client_for):
    assert client_for(rita).post(url("line_cost_centre", line), {"cost_centre": ""}).status_code == 403
    page = tab(client_for(rita), line, "billing")
    assert url("line_billing", line) in page and url("line_cost_centre", line) not in page
    for name in ("billing", "barrings"):
        page = tab(client_for(bob), line, name)
        links = [url(n, line) for n in ("line_billing", "line_cost_centre", "line_split_bill", "line_limits")]
        assert not [link for link in links if link in page]


def test_a_line_that_has_ended_offers_no_change(client, noordkaai):
    line = factories.LineFactory(customer=noordkaai, state=LineState.TERMINATED)
    assert url("line_billing", line) not in tab(client, line, "billing")
    assert url("line_limits", line) not in tab(client, line, "barrings")
