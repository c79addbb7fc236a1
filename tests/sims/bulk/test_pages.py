"""The dialog, the page and the list of bulk changes, and the walls around them."""

import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fleetportal.audit.actors import Actor
from sims.enums import AuditKind, BulkState, LineState, OrderState
from sims.models import BulkChange, BulkRow, Line, Order
from sims.services import bulk as bulk_changes
from tests import factories
from tests.audit.expect import expect_audit
from tests.sims.orders.driving import drive

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(client_for, alice):
    alice.language = "en"
    alice.save()
    client = client_for(alice)
    client.cookies["django_language"] = "en"
    return client


def only(customer) -> BulkChange:
    return BulkChange.objects.for_customer(customer).get()


def picked(fleet, **fields) -> dict:
    return {"scope": "selection", "sel": [str(line.public_id) for line in fleet], "when": "now", **fields}


def address(name, *arguments) -> str:
    return reverse(name, args=arguments)


def test_the_dialog_names_how_many_and_posts_what_was_selected(client, fleet):
    page = client.get(address("bulk_new", "block"), picked(fleet)).content.decode()
    assert "Block 4 SIM cards?" in page or "4 simkaarten" in page
    assert page.count('name="sel"') == 4


def test_a_few_lines_are_asked_for_at_once(client, fleet, noordkaai):
    answer = client.post(address("bulk_new", "block"), picked(fleet, reason="lost"))

    bulk = only(noordkaai)
    assert (answer.status_code, answer.url) == (302, address("bulk_detail", bulk.pk))
    assert bulk.state == BulkState.PLACED
    assert Order.objects.for_customer(noordkaai).count() == 4


def test_in_the_dialog_the_answer_is_how_far_it_is(client, fleet, noordkaai):
    answer = client.post(address("bulk_new", "block"), picked(fleet, reason="lost"), headers=HTMX)
    assert answer.status_code == 200
    assert address("bulk_watch", only(noordkaai).pk) in answer.content.decode()


def test_or_line_by_line_first(client, fleet, noordkaai):
    client.post(address("bulk_new", "block"), picked(fleet, reason="lost", step="check"))
    bulk = only(noordkaai)
    assert bulk.state == BulkState.CHECKED

    client.post(address("bulk_apply", bulk.pk))

    bulk.refresh_from_db()
    assert bulk.state == BulkState.PLACED


def test_the_whole_filter_is_meant_not_the_boxes_of_one_page(client, fleet, noordkaai):
    Line.objects.for_customer(noordkaai).filter(pk=fleet[3].pk).update(state=LineState.LIMITED)
    fields = picked(fleet[:1], reason="lost", query="view=active") | {"scope": "query"}
    client.post(address("bulk_new", "block"), fields)
    assert only(noordkaai).changing == 3


def test_with_nothing_to_change_nothing_is_stored(client, fleet, noordkaai):
    Line.objects.for_customer(noordkaai).update(state=LineState.SUSPENDED, suspension_reason="lost")
    answer = client.post(address("bulk_new", "block"), picked(fleet, reason="lost"))
    assert answer.status_code == 422
    assert not BulkChange.objects.for_customer(noordkaai).exists()


def test_without_a_choice_the_dialog_comes_back_with_its_errors(client, fleet, noordkaai):
    answer = client.post(address("bulk_new", "options"), picked(fleet))
    assert answer.status_code == 422
    assert not BulkChange.objects.for_customer(noordkaai).exists()


def test_the_live_dry_run_counts_and_writes_nothing(client, fleet, noordkaai):
    factories.TariffPlanFactory(customer=noordkaai, code="MAX", price_month="35.00")
    Line.objects.for_customer(noordkaai).filter(pk=fleet[0].pk).update(state=LineState.TERMINATED)

    page = client.post(address("bulk_preview", "plan"), picked(fleet, plan="MAX"), headers=HTMX).content.decode()

    assert "1 ×" in page
    assert "48,00" in page or "48.00" in page
    assert not BulkChange.objects.for_customer(noordkaai).exists()


def test_every_change_has_a_dialog(client, fleet):
    from sims.bulk.changes import CHANGES

    answers = {code: client.get(address("bulk_new", code), picked(fleet)).status_code for code in CHANGES}
    # Ending lines asks for the password first.
    assert answers.pop("end") == 302
    assert set(answers.values()) == {200}, answers


def test_the_page_asks_few_questions_whatever_its_size(client, prepared, fleet, noordkaai, by_alice):
    def questions(lines) -> int:
        bulk = prepared(lines=lines)
        with CaptureQueriesContext(connection) as queries:
            client.get(address("bulk_detail", bulk.pk))
        return len(queries)

    few = questions(fleet[:1])
    many = questions([*fleet, *factories.LineFactory.create_batch(30, customer=noordkaai)])
    assert many <= few <= 12
    with CaptureQueriesContext(connection) as queries:
        client.get(address("bulk_list"))
    assert len(queries) <= 12


def test_a_page_of_rows_is_cut_and_filtered(client, prepared, fleet, noordkaai, by_alice):
    bulk = prepared()
    bulk_changes.apply(bulk=bulk, by=by_alice)
    drive(Order.objects.for_customer(noordkaai).order_by("bulk_row__position")[0])
    url = address("bulk_detail", bulk.pk)
    assert client.get(url, {"show": "changed"}).content.decode().count("<tr role") == 2
    assert client.get(url, {"show": "busy"}).content.decode().count("<tr role") == 4
    assert client.get(url, {"page": "99", "show": "nonsense"}).status_code == 200


def test_the_outcome_comes_as_a_workbook(client, prepared, fleet, noordkaai, by_alice):
    Line.objects.for_customer(noordkaai).filter(pk=fleet[0].pk).update(state=LineState.TERMINATED)
    bulk = prepared()
    bulk_changes.apply(bulk=bulk, by=by_alice)

    answer = client.post(address("bulk_export", bulk.pk))

    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)
    assert len(rows) == 5
    assert rows[1][0] == "0468 10 00 00"
    assert rows[1][3]
    expect_audit(AuditKind.FLEET_EXPORTED, subject=noordkaai)


def test_a_large_outcome_is_a_task(client, prepared, work, monkeypatch):
    monkeypatch.setattr("sims.views.bulk.EXPORT_AT_ONCE", 2)
    bulk = prepared()
    client.post(address("bulk_export", bulk.pk))
    [job] = work()
    assert (job.state, job.result_name[-5:]) == ("done", ".xlsx")


def test_a_requester_asks_and_a_colleague_approves_all(client, client_for, rita, fleet, noordkaai):
    hers = client_for(rita)
    hers.post(address("bulk_new", "block"), picked(fleet, reason="lost"))
    bulk = only(noordkaai)
    assert set(Order.objects.for_customer(noordkaai).values_list("state", flat=True)) == {OrderState.AWAITING_APPROVAL}
    assert hers.post(address("bulk_approve", bulk.pk)).status_code == 403

    client.post(address("bulk_approve", bulk.pk))

    assert OrderState.AWAITING_APPROVAL not in Order.objects.for_customer(noordkaai).values_list("state", flat=True)


def test_declining_tells_why(client, prepared, rita, noordkaai):
    bulk = prepared(by=Actor.user(rita))
    bulk_changes.apply(bulk=bulk, by=Actor.user(rita))
    assert client.get(address("bulk_decline", bulk.pk)).status_code == 200

    client.post(address("bulk_decline", bulk.pk), {"reason": "Not now."})

    assert set(Order.objects.for_customer(noordkaai).values_list("error_message", flat=True)) == {"Not now."}


def test_walls(client_for, rita, bob, fleet, prepared):
    bulk = prepared()
    viewer, requester = client_for(bob), client_for(rita)
    assert viewer.get(address("bulk_detail", bulk.pk)).status_code == 200
    assert viewer.get(address("bulk_new", "block"), picked(fleet)).status_code == 403
    assert viewer.post(address("bulk_apply", bulk.pk)).status_code == 403
    # What somebody else prepared, and what needs the right to change lines.
    assert requester.post(address("bulk_apply", bulk.pk)).status_code == 403
    assert requester.post(address("bulk_cancel", bulk.pk)).status_code == 403
    assert requester.get(address("bulk_new", "cost_centre"), picked(fleet)).status_code == 403


def test_another_company_sees_nothing_of_it(client_for, charlie, prepared):
    bulk = prepared()
    stranger = client_for(charlie)
    for name in ("bulk_detail", "bulk_watch"):
        assert stranger.get(address(name, bulk.pk)).status_code == 404
    for name in ("bulk_apply", "bulk_cancel", "bulk_retry", "bulk_approve", "bulk_export"):
        assert stranger.post(address(name, bulk.pk)).status_code == 404


def test_what_failed_is_offered_again(client, prepared, by_alice, noordkaai):
    bulk = prepared()
    bulk_changes.apply(bulk=bulk, by=by_alice)
    for order in Order.objects.for_customer(noordkaai):
        drive(order)
    row = BulkRow.objects.for_customer(noordkaai).filter(bulk=bulk).first()
    Line.objects.for_customer(noordkaai).filter(pk=row.line_id).update(state=LineState.ACTIVE)
    BulkRow.objects.for_customer(noordkaai).filter(pk=row.pk).update(outcome="refused", order=None)
    assert address("bulk_retry", bulk.pk) in client.get(address("bulk_detail", bulk.pk)).content.decode()

    answer = client.post(address("bulk_retry", bulk.pk))

    again = BulkChange.objects.for_customer(noordkaai).get(retry_of=bulk)
    assert answer.url == address("bulk_detail", again.pk)
    assert again.changing == 1


def test_an_interrupted_one_says_so_and_goes_on(client, prepared, by_alice, work, monkeypatch):
    monkeypatch.setattr(bulk_changes, "AT_ONCE", 1)
    bulk = prepared()
    work()
    bulk_changes.apply(bulk=bulk, by=by_alice)
    type(bulk.job).objects.for_customer(bulk.customer_id).filter(pk=bulk.job_id).update(state="failed")

    assert 'name="go_on"' in client.get(address("bulk_detail", bulk.pk)).content.decode()
    client.post(address("bulk_apply", bulk.pk), {"go_on": "yes"})
    work()

    bulk.refresh_from_db()
    assert bulk.state == BulkState.PLACED


def test_ending_many_lines_asks_for_the_password_first(client_for, alice, noordkaai):
    """It cannot be taken back; from a dialog the whole page leaves for it and comes back to the same selection."""
    line = factories.LineFactory(customer=noordkaai)
    url = f"/sims/bulk/new/end/?scope=selection&sel={line.public_id}"
    answer = client_for(alice).get(url, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith("/accounts/reauthenticate/?next=")
    assert str(line.public_id) in answer["HX-Redirect"]
    assert client_for(alice).get(url.replace("/end/", "/block/")).status_code == 200
