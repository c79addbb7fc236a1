"""The pages of costs: what a person sees of what was billed, what is divided, and what leaves as a workbook."""

import io
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import AccountLimit
from accounts.permissions import Role
from billing.enums import AuditKind, ChargeKind
from billing.services import cost_exports
from billing.views import cost_lists
from fleetportal.jobs import services as jobs
from fleetportal.jobs.models import Job
from sims.assignments import assign
from sims.search import refresh_search_text
from tests import factories
from tests.audit.expect import expect_audit
from tests.billing.test_costs import OCTOBER, SEPTEMBER, Books
from tests.groupbundles.curves import GB, used
from tests.usage import delivered

pytestmark = pytest.mark.django_db
K = ChargeKind


@pytest.fixture
def books(noordkaai, zuidpark):
    with time_machine.travel("2026-11-15T12:00:00+01:00", tick=False):
        theirs = Books(zuidpark)
        theirs.charge(OCTOBER, 4321, number="+32499999999", what="Abonnement ZUID")
        yield Books(noordkaai)


@pytest.fixture
def line(books):
    """Divided in halves since October; somebody else's line is divided too."""
    line = factories.LineFactory(
        customer=books.customer,
        number="+32468111111",
        billing_account=books.account,
        subscriber__first_name="Wout",
        subscriber__last_name="Lemmens",
        subscriber__employee_number="E-77",
    )
    refresh_search_text(line)
    half = factories.SplitBillProfileFactory(
        customer=books.customer, name="Helft", kind="percentage", company_amount=None, company_percentage=50
    )
    assign(line, half, since=OCTOBER)
    for month in (SEPTEMBER, OCTOBER):
        books.charge(month, "19.01", number=line.number, line=line)
    books.charge(OCTOBER, "4.00", number=line.number, line=line, kind=K.THIRD_PARTY, vat_rate=0)
    return line


def text_of(client, name: str, **params) -> str:
    response = client.get(reverse(name), params)
    assert response.status_code == 200
    return response.content.decode().replace("\u00a0", " ")


def sheet(response) -> list[tuple]:
    return list(load_workbook(io.BytesIO(response.content)).active.values)


def test_the_newest_month_is_shown_and_another_can_be_chosen(books, line, bob, client_for):
    client = client_for(bob)
    page = text_of(client, "cost_overview")
    assert "€ 23,01" in page
    assert "€ 4,00 (21,0 %) meer dan in september 2026" in page
    page = text_of(client, "cost_overview", month="2026-09")
    assert "€ 19,01" in page
    assert "Voor augustus 2026 werd niets gefactureerd" in page


def test_nobody_sees_costs_before_the_first_invoice(noordkaai, zuidpark, bob, client_for):
    for name in ("cost_overview", "cost_changes", "cost_unused", "cost_split_bill"):
        assert "Nog geen kosten" in text_of(client_for(bob), name)
    assert client_for(bob).post(reverse("cost_export"), {"what": "costs"}).status_code == 302


@pytest.fixture
def limited(books, bob):
    """A billing manager who may see one of the two accounts of which there are invoices."""
    bea = factories.MembershipFactory(customer=books.customer, role=Role.BILLING)
    AccountLimit.objects.create(customer=books.customer, membership=bea, billing_account=books.account)
    books.charge(OCTOBER, "19.00")
    books.charge(
        OCTOBER,
        "777.00",
        number="+32470777777",
        what="Abonnement GEHEIM",
        account=factories.BillingAccountFactory(customer=books.customer, name="Directie", number="1000777"),
    )
    return bea


def test_a_billing_manager_sees_the_costs_of_his_accounts_only(books, limited, bob, client_for):
    for by in ("centre", "account", "plan", "kind", "line"):
        if by in ("account", "line"):
            assert "€ 777,00" in text_of(client_for(bob), "cost_overview", by=by)
        page = text_of(client_for(limited.user), "cost_overview", by=by)
        assert "€ 19,00" in page
        for secret in ("777,00", "GEHEIM", "Directie"):
            assert secret not in page
    assert "GEHEIM" not in text_of(client_for(limited.user), "cost_changes")
    rows = sheet(client_for(limited.user).post(reverse("cost_export"), {"what": "costs", "query": "by=line"}))
    assert [row[0] for row in rows] == ["Telefoonnummer", "+32470000001", "Totaal"]


def test_each_list_asks_as_much_for_many_lines_as_for_one(books, line, bob, client_for, django_assert_max_num_queries):
    client = client_for(bob)
    for n in range(40):
        other = factories.LineFactory(customer=books.customer, plan=line.plan)
        assign(other, line.split_bill_assignments.get().profile, since=OCTOBER)
        books.charge(OCTOBER, n + 1, number=other.number, line=other, cost_centre=other.cost_centre)
    for name in ("cost_overview", "cost_changes", "cost_unused", "cost_split_bill"):
        with django_assert_max_num_queries(12):
            response = client.get(reverse(name), {"by": "line"})
        assert len(response.content) < 60_000
    with django_assert_max_num_queries(12):
        client.get(reverse("cost_overview"))


def test_a_cause_leads_to_the_charges_behind_it(books, line, bob, client_for):
    books.charge(SEPTEMBER, 30, number="+32470000009", what="Abonnement WEG")
    page = text_of(client_for(bob), "cost_changes", cause="third_party")
    assert "Wout Lemmens, third_party" in page
    assert "+ € 4,00" in page
    assert "Abonnement WEG" not in page
    assert "Abonnement WEG" in text_of(client_for(bob), "cost_changes")


def test_the_employee_pays_his_half_with_vat_from_the_month_his_profile_begins(books, line, bob, client_for):
    page = text_of(client_for(bob), "cost_split_bill")
    assert "Wout Lemmens, Helft" in page
    # 19,01 in halves is 9,51 and 9,50, with 2,00 VAT and 4,00 of a third party.
    for amount in ("€ 23,01", "€ 9,51", "€ 13,50", "€ 2,00", "€ 15,50"):
        assert amount in page
    assert "Wout Lemmens" not in text_of(client_for(bob), "cost_split_bill", month="2026-09")
    assert "Wout Lemmens" in text_of(client_for(bob), "cost_split_bill", q="lemmens")
    assert "Wout Lemmens" not in text_of(client_for(bob), "cost_split_bill", q="peeters")


def test_a_change_of_the_profile_counts_from_the_next_period(books, line, bob, client_for):
    assign(line, None, since=date(2026, 12, 1))
    assert "Wout Lemmens" in text_of(client_for(bob), "cost_split_bill")
    books.charge(date(2026, 12, 1), "19.01", number=line.number, line=line)
    assert "Wout Lemmens" not in text_of(client_for(bob), "cost_split_bill", month="2026-12")


def test_the_dialog_of_a_profile_divides_what_the_newest_invoices_charge(books, line, alice, rita, client_for):
    half = line.split_bill_assignments.get().profile
    path = reverse("line_split_bill", args=[line.public_id]) + f"?profile={half.pk}"
    shown = client_for(alice).get(path).context["preview"]
    assert shown.costs.period == OCTOBER
    assert (shown.shares.company, shown.shares.employee) == (Decimal("9.51"), Decimal("13.50"))
    estimate = client_for(rita).get(path).context["preview"].costs
    assert estimate.period is None, "who may not see invoices learns nothing of them"


def test_the_dialog_knows_only_the_invoices_its_reader_may_see(books, line, alice, client_for):
    other = factories.BillingAccountFactory(customer=books.customer, number="1000888")
    AccountLimit.objects.create(customer=books.customer, membership=alice.memberships.get(), billing_account=other)
    path = reverse("line_split_bill", args=[line.public_id])
    assert client_for(alice).get(path).context["preview"].costs.period is None


def test_payroll_gets_numbers_dates_and_totals(books, line, owner, client_for):
    response = client_for(owner).post(reverse("cost_export"), {"what": "split", "query": "month=2026-10"})
    _headings, row, total = sheet(response)
    assert row[0] == "+32468111111"
    assert (row[1], row[3], row[5]) == ("Wout Lemmens", "E-77", "Helft")
    assert row[6].date() == OCTOBER
    assert row[7:] == (23.01, 9.51, 13.5, 2, 15.5)
    assert (total[0], *total[7:]) == ("Totaal", *row[7:])
    event = expect_audit(AuditKind.COSTS_EXPORTED, customer=books.customer, by=owner)
    assert event.after == {"list": "split", "rows": 1, "filter": "month=2026-10"}


def test_a_workbook_of_the_tree_counts_nothing_twice(books, owner, client_for):
    top = factories.CostCentreFactory(customer=books.customer, code="4100")
    below = factories.CostCentreFactory(customer=books.customer, code="4110", parent=top)
    books.charge(OCTOBER, 5, cost_centre=top)
    books.charge(OCTOBER, 7, cost_centre=below, kind=K.USAGE)
    rows = sheet(client_for(owner).post(reverse("cost_export"), {"what": "costs"}))
    assert [(row[0].strip(), row[2]) for row in rows[1:]] == [
        ("4100 Verkoop", 12),
        ("Geboekt op 4100 Verkoop zelf", 5),
        ("4110 Verkoop", 7),
        ("Totaal", 12),
    ]
    usage = rows[0].index("Verbruik buiten de bundel (euro)")
    assert [row[usage] for row in rows[1:]] == [7, 0, 7, 7]


def test_a_long_list_is_made_by_a_task_of_what_its_asker_may_see(books, limited, monkeypatch, client_for):
    monkeypatch.setattr(cost_lists, "AT_ONCE", 0)
    client = client_for(limited.user)
    response = client.post(reverse("cost_export"), {"what": "changes", "query": ""})
    job = Job.objects.for_customer(books.customer).get(kind=cost_exports.EXPORT)
    assert response.url == reverse("job", args=[job.pk])
    jobs.run(job.pk)
    job.refresh_from_db()
    rows = list(load_workbook(job.result.path).active.values)
    assert [row[0] for row in rows] == ["Telefoonnummer", "+32470000001", "Totaal"]


def test_a_list_of_somebody_who_left_or_of_a_colleague_is_not_given(books, limited, owner, monkeypatch, client_for):
    monkeypatch.setattr(cost_lists, "AT_ONCE", 0)
    url = client_for(limited.user).post(reverse("cost_export"), {"what": "costs", "query": ""}).url
    assert client_for(owner).get(url).status_code == 404
    limited.delete()
    job = Job.objects.for_customer(books.customer).get(kind=cost_exports.EXPORT)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert not job.result
    assert "geen toegang" in job.message


def test_lines_without_use_are_listed_with_what_was_billed_for_them(books, line, limited, client_for, bob):
    idle = factories.LineFactory(customer=books.customer, number="+32468222222", activated_on=date(2026, 1, 1))
    books.charge(OCTOBER, "12.34", number=idle.number, line=idle, account=idle.billing_account)
    used(factories.GroupBundleFactory(customer=books.customer), line, date(2026, 9, 1), GB)
    used(factories.GroupBundleFactory(customer=books.customer), line, date(2026, 11, 14), GB)
    delivered(books.customer)
    page = text_of(client_for(bob), "cost_unused")
    assert "0468 22 22 22" in page
    assert "€ 12,34" in page
    assert "0468 11 11 11" not in page
    assert "0468 22 22 22" not in text_of(client_for(limited.user), "cost_unused")


def test_the_page_of_a_line_says_month_by_month_who_pays(books, line, bob, rita, client_for):
    url = reverse("line_detail", args=[line.public_id])
    page = client_for(bob).get(url, {"tab": "billing"}).content.decode().replace("\u00a0", " ")
    for text in ("Oktober 2026", "September 2026", "€ 15,50", "€ 42,02", "Diensten van derden"):
        assert text in page
    refused = client_for(rita).get(url, {"tab": "billing"}).content.decode()
    assert "42,02" not in refused
