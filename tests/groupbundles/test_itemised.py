"""Single usage records: closed unless the company decided otherwise, and every look at them is written down."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.audit.models import AuditEvent
from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import NBSP
from groupbundles.enums import AuditKind, UsageKind, UsageZone
from groupbundles.models import ItemisedUse, UsageRecord
from groupbundles.queries.itemised import itemised_use
from groupbundles.services import itemised
from groupbundles.services.usage import partitions
from sims.models import Line
from tests import factories
from tests.audit.expect import expect_audit
from tests.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("november", "months")]

REASON = "Bills that are too high are checked, works council of 3 March 2026."
SETTINGS = "/usage/settings/"


@pytest.fixture
def months(db: None) -> None:
    """Room for the records."""
    partitions.require([date(2026, 10, 1), date(2026, 11, 1)])


@pytest.fixture
def line(noordkaai: Customer) -> Line:
    return factories.LineFactory(customer=noordkaai)


def record(line: Line, day: date, n: int = 1, **fields: object) -> UsageRecord:
    values = {"kind": UsageKind.DATA, "zone": UsageZone.BE, "quantity": 5 * 10**6, "bundle": "own", "charge": 0}
    return UsageRecord.objects.create(
        customer=line.customer,
        period=day.replace(day=1),
        record_id=f"r{line.pk}-{day}-{n}",
        msisdn=line.number,
        line=line,
        started_at=datetime(day.year, day.month, day.day, 13, 37, tzinfo=UTC),
        day=day,
        **values | fields,
    )


def switched_on(customer: Customer, at: datetime = datetime(2026, 11, 10, 9, tzinfo=UTC)) -> ItemisedUse:
    return ItemisedUse.objects.create(customer=customer, reason=REASON, switched_on_at=at, switched_on_by="Olga Owner")


def records_url(line: Line) -> str:
    return f"/sims/{line.public_id}/usage/records/"


def test_records_are_closed_and_the_page_says_why(reader, owner, alice, line):
    record(line, date(2026, 11, 20))
    for person, link in ((alice, False), (owner, True)):
        client = reader(person)
        text = client.get(records_url(line)).content.decode()
        assert "Single records are closed" in text
        assert (SETTINGS in text) == link
        response = client.post(records_url(line), {"month": "2026-11"})
        assert response.status_code == 409
        assert "20 November" not in response.content.decode()
    assert not looks()


def looks() -> int:
    return AuditEvent.objects.filter(kind=AuditKind.RECORDS_SEEN).count()


def test_only_an_owner_decides(reader, owner, alice, bob, rita):
    for person in (alice, bob, rita):
        assert reader(person).get(SETTINGS).status_code == 403
        assert reader(person).post(SETTINGS, {"reason": REASON, "is_told": "on"}).status_code == 403


def test_deciding_needs_the_password_once_more(reader, owner):
    assert "reauthenticate" in reader(owner).get(SETTINGS).url


@pytest.fixture
def deciding(client_for, owner):
    """The owner, who just gave his password."""
    client = client_for(owner)
    client.cookies["language"] = "en"
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_switching_on_needs_a_reason_and_that_the_employees_know(deciding, noordkaai):
    for sent, text in (
        ({"is_told": "on"}, "Write down the reason."),
        ({"reason": "because", "is_told": "on"}, "Say it in at least 20 characters."),
        ({"reason": REASON}, "Tell the employees first"),
    ):
        response = deciding.post(SETTINGS, sent)
        assert response.status_code == 422
        assert text in response.content.decode()
    assert itemised_use(noordkaai) is None


def test_the_decision_is_kept_with_who_and_when_and_can_be_taken_back(deciding, owner, noordkaai):
    assert deciding.post(SETTINGS, {"reason": REASON, "is_told": "on"}).status_code == 302
    event = expect_audit(AuditKind.ITEMISED_USE_ON, customer=noordkaai, by=owner)
    assert event.after == {"reason": REASON}
    text = deciding.get(SETTINGS).content.decode()
    assert REASON in text
    assert "Olga Owner" in text
    assert "23/11/2026, 11:00" in text
    assert deciding.post(SETTINGS, {"off": "1"}).status_code == 302
    expect_audit(AuditKind.ITEMISED_USE_OFF, customer=noordkaai, by=owner)
    assert itemised_use(noordkaai) is None
    assert "Switched off 23/11/2026, 11:00 by Olga Owner" in deciding.get(SETTINGS).content.decode()
    kept = ItemisedUse.objects.for_customer(noordkaai).get()
    assert (kept.reason, kept.switched_on_by) == (REASON, "Olga Owner")


def test_it_is_on_once_also_in_the_database(noordkaai):
    by = Actor.ops("test")
    itemised.switch_on(customer=noordkaai, reason=REASON, by=by)
    with pytest.raises(Refusal):
        itemised.switch_on(customer=noordkaai, reason=REASON, by=by)
    with pytest.raises(IntegrityError), transaction.atomic():
        switched_on(noordkaai)
    assert itemised.switch_off(customer=noordkaai, by=by)
    assert not itemised.switch_off(customer=noordkaai, by=by)


def test_one_company_s_decision_opens_nothing_at_another(reader, alice, charlie, noordkaai, zuidpark, line):
    switched_on(zuidpark)
    record(line, date(2026, 11, 20))
    assert reader(alice).post(records_url(line)).status_code == 409
    assert reader(charlie).post(records_url(line)).status_code == 404


def test_who_may_only_read_or_ask_sees_totals_and_no_records(reader, bob, rita, noordkaai, line):
    switched_on(noordkaai)
    for person in (bob, rita):
        assert reader(person).get(records_url(line)).status_code == 403
        assert reader(person).post(records_url(line)).status_code == 403
        assert "Single records" not in reader(person).get(f"/sims/{line.public_id}/?tab=usage").content.decode()


def test_each_look_is_written_down_with_the_line_and_told_in_its_timeline(reader, alice, noordkaai, line):
    switched_on(noordkaai)
    client = reader(alice)
    assert client.get(records_url(line)).status_code == 200
    assert not looks()
    client.post(records_url(line), {"month": "2026-11"})
    event = expect_audit(AuditKind.RECORDS_SEEN, customer=noordkaai, subject=line, by=alice)
    assert event.after == {"month": "2026-11", "page": 1}
    client.post(records_url(line), {"month": "2026-11"})
    expect_audit(AuditKind.RECORDS_SEEN, count=2)
    timeline = client.get(f"/sims/{line.public_id}/?tab=timeline").content.decode()
    assert "Single usage records looked at" in timeline
    assert "Alice Aerts" in timeline


def test_a_record_shows_no_number_no_time_and_no_id(reader, alice, noordkaai, line):
    switched_on(noordkaai)
    record(line, date(2026, 11, 20), kind=UsageKind.VOICE, zone=UsageZone.PREMIUM, quantity=95, bundle="", charge="1.5")
    factories.GroupBundleFactory(customer=noordkaai, code="GB-1", name="Data 2 TB")
    record(line, date(2026, 11, 21), bundle="GB-1")
    response = reader(alice).post(records_url(line), {"month": "2026-11"})
    table = response.content.decode().split("<tbody")[1].split("</tbody>")[0].replace(NBSP, " ")
    for part in ("20 November", "Calls", "Premium-rate numbers, out of bundle", "2 min", "€1.50", "Data 2 TB", "5 MB"):
        assert part in table, part
    assert "13:37" not in table
    assert "14:37" not in table
    assert f"r{line.pk}" not in table
    assert [row.day.day for row in response.context["page"]] == [21, 20]


def test_use_from_before_the_decision_stays_closed(reader, alice, noordkaai, line):
    switched_on(noordkaai, datetime(2026, 11, 9, 23, 30, tzinfo=UTC))  # the 10th in Belgium
    for day in (9, 10, 11):
        record(line, date(2026, 11, day))
    record(line, date(2026, 10, 20))
    client = reader(alice)
    assert [row.day.day for row in client.post(records_url(line), {"month": "2026-11"}).context["page"]] == [11, 10]
    assert len(client.post(records_url(line), {"month": "2026-10"}).context["page"]) == 0


def test_records_of_one_line_come_in_pages(reader, alice, noordkaai, line, django_assert_max_num_queries):
    switched_on(noordkaai)
    other = factories.LineFactory(customer=noordkaai)
    record(other, date(2026, 11, 20))
    for n in range(103):
        record(line, date(2026, 11, 20), n)
    client = reader(alice)
    with django_assert_max_num_queries(14):
        first = client.post(records_url(line), {"month": "2026-11"})
    second = client.post(records_url(line), {"month": "2026-11", "page": "2"})
    assert (len(first.context["page"]), len(second.context["page"]), first.context["page"].total) == (100, 3, 103)
