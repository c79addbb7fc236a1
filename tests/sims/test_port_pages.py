"""What the page of a line offers about the number that is brought to it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation

from fleetportal.audit.actors import Actor
from fleetportal.operators.simulator.faults import set_faults
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, OrderKind, OrderState
from sims.models import Order, PortInRequest, PortMandate
from sims.orders.kinds import activation_of
from sims.orders.lateness import amount_on, lateness_of, months_after
from sims.orders.placing import place
from sims.queries.adding import number_trouble
from sims.queries.port_progress import port_progress
from sims.services.mandates import fingerprint, give_mandate, is_unchanged
from sims.services.ports import mandate_of, mark_claimed
from tests import factories
from tests.audit.expect import expect_audit
from tests.clock import working_morning
from tests.sims.orders.driving import drive, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures(working_morning.__name__)]
WORK = 60
PDF = b"%PDF-1.7 signed"


@pytest.fixture(autouse=True)
def operator(settings):
    settings.SIMULATOR_WORK_SECONDS = WORK
    settings.OPERATOR_MAX_ANSWER_SECONDS = settings.ORDER_BACKOFF_SECONDS = 0
    settings.PORT_IN_LEAD_WORKING_DAYS = 0
    settings.PORT_IN_WINDOW = ("00:00", "23:59")


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def client(client_for, alice):
    alice.language = "en"
    alice.save()
    return client_for(alice)


@pytest.fixture
def asked(noordkaai, alice):
    """A line whose number is brought along, with its mandate."""
    asked = factories.PortInRequestFactory(customer=noordkaai, mandate_by_id=alice.pk)
    asked.mandate = give_mandate(customer=noordkaai, mandate=mandate_of(asked, "fr"))
    asked.save()
    return asked


@pytest.fixture
def send(alice):
    """Place the transfer of this request, due now, and take the first step."""

    def _send(asked) -> Order:
        kind, payload = activation_of(asked.line)
        order = place(line=asked.line, kind=kind, payload=payload, not_before=timezone.now(), by=Actor.user(alice))
        step(order)
        return order

    return _send


def ahead(seconds: float) -> None:
    set_faults(clock_offset_seconds=seconds)


def url(name, asked):
    return reverse(name, args=[asked.line.public_id])


def page(client, asked) -> str:
    return client.get(url("line_detail", asked)).content.decode()


def details(**changes):
    return {
        "number": "0470 99 88 77", "donor": "Orange", "contract": "postpaid", "donor_customer_number": "77001",
        "donor_iccid": "", "holder_name": "Noordkaai Logistics NV", "holder_enterprise_number": "0403.019.261",
        "when": "first", "mandate": "on", **changes,
    }  # fmt: skip


def test_the_page_of_the_line_shows_how_far_it_is_and_what_happens_next(client, asked, send):
    PortInRequest.objects.for_customer(asked.customer).update(donor="Orange", is_prepaid=True, donor_iccid="893210")
    asked.refresh_from_db()
    order = send(asked)

    html = page(client, asked)
    for word in ("Requested", "Eligible", "Validated", "Slot fixed", "Transferred", "8 hours", "put in the new one"):
        assert word in html
    assert "in Belgium at that moment" in html and "Do not end the contract with Orange" in html
    assert "Prepaid credit" in html

    ahead(WORK * 2 / 3)
    step(order)
    html = page(client, asked)
    assert "Planned for" in html and "8 hours" not in html

    ahead(WORK)
    assert drive(order) == OrderState.COMPLETED
    html = page(client, asked)
    assert "Transferred" in html and "put in the new one" not in html


def test_each_stage_has_its_moment_and_one_step_is_current(asked, send):
    order = send(asked)
    ahead(WORK / 3)
    step(order)

    steps = port_progress(asked.line, [order]).steps
    assert [step.title for step in steps if step.is_done] == ["Requested", "Eligible", "Validated"]
    assert [step.title for step in steps if step.is_current] == ["Slot fixed"]
    assert all(step.at for step in steps if step.is_done)


def test_a_transfer_that_the_operator_has_is_stopped_from_its_page(client, asked, send):
    order = send(asked)
    cancel_url = reverse("order_cancel", args=[order.pk])
    assert cancel_url in page(client, asked)
    assert "asked to stop it" in client.get(cancel_url).content.decode()

    assert client.post(cancel_url).status_code == 303
    assert "We wait for the answer" in page(client, asked)
    assert step(order) == OrderState.CANCELLED


def test_after_validation_the_page_offers_no_way_to_stop_and_says_why(client, asked, send):
    order = send(asked)
    ahead(WORK / 3)
    step(order)

    cancel_url = reverse("order_cancel", args=[order.pk])
    assert cancel_url not in page(client, asked)
    for name in ("order_cancel", "order_reschedule"):
        response = client.post(reverse(name, args=[order.pk]), {"date": "2027-01-04"})
        assert response.status_code == 409 and "already agreed" in response.content.decode()


def test_another_day_after_sending_is_asked_of_the_operator(client, asked, send):
    order = send(asked)

    response = client.post(reverse("order_reschedule", args=[order.pk]), {"date": "2027-01-04"})
    assert response.status_code == 303
    step(order)
    anew = Order.objects.for_customer(asked.customer).get(line=asked.line, state=OrderState.SCHEDULED)
    assert anew.not_before == datetime(2027, 1, 3, 23, tzinfo=UTC)


def test_what_the_donor_refused_is_corrected_and_asked_again(client, asked, send):
    PortInRequest.objects.for_customer(asked.customer).update(donor_customer_number="60099")
    asked.line.refresh_from_db()
    first = asked.mandate
    order = send(asked)
    ahead(WORK)
    assert drive(order) == OrderState.REJECTED
    html = page(client, asked)
    assert "Look for it on a recent invoice" in html and url("port_correct", asked) in html
    assert "Look for it on a recent invoice" in client.get(url("port_correct", asked)).content.decode()

    assert client.post(url("port_correct", asked), details()).status_code == 303

    asked.refresh_from_db()
    assert (asked.donor, asked.number, asked.donor_customer_number) == ("Orange", "+32470998877", "77001")
    assert asked.mandate != first and PortMandate.objects.for_customer(asked.customer).count() == 2
    expect_audit(AuditKind.PORT_CORRECTED, subject=asked.line)
    new, old = Order.objects.for_customer(asked.customer).filter(line=asked.line)
    assert (new.payload["donor"], old.payload["donor"]) == ("Orange", "Proximus")
    html = page(client, asked)
    assert "1 earlier try" in html
    asked.line.refresh_from_db()
    assert "0470998877" in asked.line.search_text


def test_a_correction_is_checked_and_needs_a_mandate(client, asked, zuidpark):
    response = client.post(
        url("port_correct", asked), details(mandate="", donor_customer_number="", number="0499 99 99 99")
    )

    errors = response.context["form"].errors
    assert response.status_code == 422
    assert set(errors) == {"mandate", "donor_customer_number", "number"}
    assert not Order.objects.for_customer(asked.customer).filter(kind=OrderKind.PORT_IN).exists()


def test_a_transfer_that_goes_on_cannot_be_corrected(client, asked, send):
    send(asked)
    assert client.get(url("port_correct", asked)).status_code == 409
    assert client.post(url("port_correct", asked), details()).status_code == 409


@pytest.mark.parametrize("person", ["rita", "bob"])
def test_who_may_not_change_lines_sees_no_proof_and_no_mandate(request, client_for, asked, person):
    other = client_for(request.getfixturevalue(person))

    html = other.get(url("line_detail", asked)).content.decode()
    assert url("port_mandate", asked) not in html and url("port_scan_add", asked) not in html
    for name in ("port_mandate", "port_scan", "port_scan_add", "port_correct", "port_claim"):
        assert other.get(url(name, asked)).status_code == 403


def test_another_company_finds_none_of_it(client_for, charlie, asked):
    for name in ("port_mandate", "port_scan", "port_scan_add", "port_correct", "port_claim"):
        assert client_for(charlie).get(url(name, asked)).status_code == 404


# The mandate


def test_the_mandate_tells_who_agreed_to_what_when_and_from_where_in_the_holders_language(asked):
    document = asked.mandate.document

    assert '<html lang="fr"' in document
    for fact in ("Alice Aerts", "192.0.2.7", "2026-11", "0470", "Proximus", "Noordkaai Logistics NV", "0403019261"):
        assert fact in document
    assert asked.mandate.document_hash == fingerprint(document) and len(asked.mandate.document_hash) == 64


def test_the_mandate_is_a_pdf_to_keep(client, asked):
    response = client.get(url("port_mandate", asked))

    assert response.content.startswith(b"%PDF-")
    assert response["Content-Type"] == "application/pdf" and response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment")


def test_a_mandate_that_was_changed_afterwards_is_not_handed_out(client, asked):
    asked.mandate.document = asked.mandate.document.replace("Proximus", "Telenet")
    asked.mandate.save()

    assert not is_unchanged(asked.mandate)
    with pytest.raises(RuntimeError):
        client.get(url("port_mandate", asked))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("signed.pdf", PDF, "application/pdf"),
        ("foto.jpg", b"\xff\xd8\xff\xe0 photo", "image/jpeg"),
        ("scan.bin", b"\x89PNG\r\n\x1a\n picture", "image/png"),
    ],
)
def test_a_signed_copy_is_kept_and_served_only_as_a_file(client, asked, name, content, kind):
    file = SimpleUploadedFile(name, content, content_type="text/html")
    assert client.post(url("port_scan_add", asked), {"scan": file}).status_code == 302
    expect_audit(AuditKind.PORT_SCAN_ADDED, subject=asked.line)

    response = client.get(url("port_scan", asked))
    assert b"".join(response.streaming_content) == content
    assert response["Content-Type"] == kind and response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.pdf", b"<html><script>", "not a PDF"),
        ("picture.svg", b"<svg onload=x>", "not a PDF"),
        ("large.pdf", PDF + b"0" * (10 * 1024 * 1024), "larger than 10 MB"),
        ("empty.pdf", b"", "empty"),
    ],
)
def test_a_file_that_is_something_else_is_refused(client, asked, name, content, words):
    response = client.post(url("port_scan_add", asked), {"scan": SimpleUploadedFile(name, content)})

    assert response.status_code == 422 and words in response.content.decode()
    asked.mandate.refresh_from_db()
    assert not asked.mandate.scan


# Late


def late_order(asked, days, *, moved=True, state=OrderState.COMPLETED):
    slot = timezone.now().replace(hour=10) - timedelta(days=days)
    stages = {"cut_over": timezone.now().replace(hour=11).isoformat()} if moved else {}
    return Order.objects.create(
        customer=asked.customer, line=asked.line, kind=OrderKind.PORT_IN, conflict_group="lifecycle", state=state,
        not_before=slot, slot_at=slot, promised_for=slot, stage="cut_over" if moved else "slot_fixed", stages=stages,
        payload={"iccid": "x", "plan_code": "x", "donor": "Proximus", "number": asked.number},
    )  # fmt: skip


def test_a_late_transfer_gives_three_euro_for_each_day_and_can_be_claimed_until_six_months_after_the_request(asked):
    order = late_order(asked, 4)
    order.created_at -= timedelta(days=10)
    late = lateness_of(order)

    assert (late.days, late.amount) == (4, Decimal("12.00"))
    assert late.claim_until == months_after(timezone.localdate(order.created_at), 6), "after the request, not the move"


def test_the_amount_grows_while_the_number_has_not_moved(asked):
    order = late_order(asked, 2, moved=False, state=OrderState.IN_PROGRESS)
    late = lateness_of(order)

    assert (late.days, late.amount, late.moved) == (2, Decimal("6.00"), None)
    assert lateness_of(order, timezone.localdate() + timedelta(days=1)).amount == Decimal("9.00")


@pytest.mark.parametrize("state", [OrderState.CANCELLED, OrderState.REJECTED, OrderState.FAILED])
def test_what_never_moved_gives_nothing(asked, state):
    assert lateness_of(late_order(asked, 3, moved=False, state=state)) is None


def test_later_on_the_promised_day_is_not_late(asked):
    assert lateness_of(late_order(asked, 0)) is None


def test_the_amount_is_that_of_each_day(asked, settings):
    today = timezone.localdate()
    settings.PORT_LATE_COMPENSATION = [["2013-10-01", "3.00"], [(today - timedelta(days=1)).isoformat(), "5.00"]]

    assert lateness_of(late_order(asked, 3)).amount == Decimal("13.00")
    assert amount_on(date(2013, 9, 30)) == 0


@pytest.mark.parametrize(
    ("day", "until"), [(date(2026, 8, 31), date(2027, 2, 28)), (date(2026, 11, 23), date(2027, 5, 23))]
)
def test_six_months_end_on_the_same_day_or_the_last_of_the_month(day, until):
    assert months_after(day, 6) == until


def test_a_late_number_is_on_the_dashboard_until_somebody_noted_the_claim(client, asked):
    late_order(asked, 4)
    asked.line.state, asked.line.number = LineState.ACTIVE, asked.number
    asked.line.activated_on = timezone.localdate()
    asked.line.save()
    assert "€12.00" in client.get(reverse("dashboard")).content.decode()
    assert "4 days late" in page(client, asked)
    assert "€12.00" in client.get(url("port_claim", asked)).content.decode()

    assert client.post(url("port_claim", asked)).status_code == 303

    expect_audit(AuditKind.PORT_LATE_CLAIMED, subject=asked.line)
    assert "€12.00" not in client.get(reverse("dashboard")).content.decode()
    assert "noted on" in page(client, asked)
    assert client.post(url("port_claim", asked)).status_code == 409


def test_nothing_is_claimed_before_the_number_has_moved(asked, alice):
    late_order(asked, 2, moved=False, state=OrderState.IN_PROGRESS)
    with pytest.raises(Refusal, match="nothing to claim yet"):
        mark_claimed(line=asked.line, by=Actor.user(alice))


# What our own rules say before anything is asked


def test_a_number_is_asked_once_in_the_whole_portal(noordkaai, zuidpark, asked, send):
    assert "asked already" in number_trouble(noordkaai, asked.number)
    assert number_trouble(noordkaai, asked.number, but=asked.line) == ""
    assert number_trouble(zuidpark, asked.number) == "", "stored by another company, but nothing is going on"

    send(asked)
    assert "Another transfer" in number_trouble(zuidpark, asked.number)


def test_a_number_that_is_on_a_line_is_not_brought_along(noordkaai, zuidpark):
    line = factories.LineFactory(customer=noordkaai)
    assert "in use already" in number_trouble(noordkaai, line.number)
    assert number_trouble(zuidpark, line.number) == number_trouble(noordkaai, line.number)
