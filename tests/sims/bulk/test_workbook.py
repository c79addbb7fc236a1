"""A workbook with a number and what its line is to get per row: what is read, and every mistake with its cell."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from sims.bulk.changes import change_of
from sims.bulk.selection import FILE, Selection
from sims.enums import BulkOutcome, BulkState
from sims.models import BulkChange, Order
from sims.services import bulk as bulk_changes
from sims.spreadsheets.bulk_change import COLUMNS
from tests import factories

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def uploaded(noordkaai, by_alice, work, settings, tmp_path):
    """``uploaded("plan", "Number;Plan", "0468…;MAX")``: the bulk change after its dry run."""
    settings.MEDIA_ROOT = tmp_path

    def _upload(change, *rows, name="lines.csv", content=None) -> BulkChange:
        body = content if content is not None else "\n".join(rows).encode()
        bulk = bulk_changes.prepare(
            customer=noordkaai,
            change=change_of(change),
            wish=None,
            selection=Selection(scope=FILE, file=name),
            upload=SimpleUploadedFile(name, body),
            by=by_alice,
        )
        work()
        bulk.refresh_from_db()
        return bulk

    return _upload


def found(bulk) -> list[tuple[str, str, str]]:
    return [(row.outcome, row.cell, row.reason) for row in bulk.rows.order_by("position")]


def test_each_row_has_its_own_wish(uploaded, fleet, noordkaai, by_alice):
    for code in ("MAX", "MIN"):
        factories.TariffPlanFactory(customer=noordkaai, code=code, name_nl=f"Mobile {code}", name_en="")
    bulk = uploaded("plan", "GSM-nummer;Tariefplan", "0468 10 00 00;MAX", "+32 468 10 00 01;mobile min")

    assert (bulk.state, bulk.changing) == (BulkState.CHECKED, 2)
    bulk_changes.apply(bulk=bulk, by=by_alice)
    orders = Order.objects.for_customer(noordkaai).order_by("line__number")
    assert [order.payload["plan_code"] for order in orders] == ["MAX", "MIN"]


def test_every_mistake_has_its_cell_and_spoils_only_its_row(uploaded, fleet, noordkaai, zuidpark):
    factories.TariffPlanFactory(customer=noordkaai, code="MAX")
    bulk = uploaded(
        "plan",
        "Who;Phone number;Plan",
        "a;0468 10 00 00;MAX",
        "b;12;MAX",
        "c;0468 10 00 01;NO SUCH PLAN",
        "d;0468 10 00 02;",
        "e;0499 99 99 99;MAX",
        "f;0468 10 00 00;MAX",
    )
    assert found(bulk) == [
        (BulkOutcome.CHANGE, "B2", ""),
        (BulkOutcome.CANNOT, "B3", "This is not a Belgian mobile number."),
        (BulkOutcome.CANNOT, "C4", "Your contract has no tariff plan of this name."),
        (BulkOutcome.CANNOT, "C5", "Fill in this cell."),
        (BulkOutcome.CANNOT, "B6", "Your company has no line with this number."),
        (BulkOutcome.CANNOT, "B7", "This number stands in the file twice. The first row counts."),
    ]
    assert (bulk.changing, bulk.impossible) == (1, 5)


@pytest.mark.parametrize(
    ("change", "rows", "wish"),
    [
        ("block", ["Nummer;Reden", "0468100000;Verloren"], {"reason": "lost", "until": ""}),
        ("unblock", ["Nummer", "0468100000"], {}),
        ("third_party_limit", ["Nummer;Bedrag", "0468100000;€ 25,50"], {"amount": "25.50"}),
        ("roaming_limit", ["Nummer;Bedrag", "0468100000;geen"], {"amount": "", "is_once": False}),
        ("cost_centre", ["Nummer;Kostenplaats", "0468100000;-"], {"code": ""}),
        ("barrings", ["Number;Bar", "0468100000;MMS; Roaming"], {"bar": ["MMS"], "allow": []}),
    ],
)
def test_cells_are_understood_in_the_three_languages(uploaded, fleet, change, rows, wish):
    bulk = uploaded(change, *rows)
    assert bulk.rows.get().wish == wish


def test_a_row_without_a_wish_says_so(uploaded, fleet):
    bulk = uploaded("options", "Number;Add options", "0468100000;")
    assert found(bulk) == [(BulkOutcome.CANNOT, "A2", "This row says nothing to change.")]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["a;b", "1;2"], "No headings"),
        (["Number;Colour", "0468100000;red"], "not found in the file: Tariff plan"),
        (["Number;Plan"], "no number in this file"),
    ],
)
def test_a_file_that_is_no_use_is_refused_as_a_whole(uploaded, fleet, rows, message):
    bulk = uploaded("plan", *rows)
    assert bulk.state == BulkState.FAILED
    assert message in bulk.message


def test_the_template_is_read_back_and_its_example_changes_nothing(uploaded, fleet, client_for, alice):
    client = client_for(alice)
    for change in COLUMNS:
        for language in ("nl", "fr", "en"):
            answer = client.get(reverse("bulk_template", args=[change, language]))
            sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
            assert sheet.max_column == 1 + len(COLUMNS[change])
            with translation.override(language):
                bulk = uploaded(change, name="template.xlsx", content=answer.content)
            assert [outcome for outcome, _cell, _why in found(bulk)] == [BulkOutcome.CANNOT], (change, language)


def test_the_page_takes_the_file_and_leads_to_its_dry_run(client_for, alice, fleet, noordkaai, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("lines.csv", b"Number\n0468100000\n")
    answer = client_for(alice).post(reverse("bulk_upload", args=["unblock"]), {"file": file, "when": "now"})
    bulk = BulkChange.objects.for_customer(noordkaai).get()
    assert answer.url == reverse("bulk_detail", args=[bulk.pk])


def test_without_a_file_the_page_says_what_is_missing(client_for, alice):
    answer = client_for(alice).post(reverse("bulk_upload", args=["unblock"]), {"when": "now"})
    assert answer.status_code == 422


def test_retrying_keeps_each_rows_own_wish(uploaded, fleet, noordkaai, by_alice):
    factories.TariffPlanFactory(customer=noordkaai, code="MAX")
    bulk = uploaded("plan", "Number;Plan", "0468100000;MAX")
    bulk_changes.apply(bulk=bulk, by=by_alice)
    Order.objects.for_customer(noordkaai).update(state="rejected", due_at=None)

    again = bulk_changes.retry(bulk=bulk, by=by_alice)

    assert again.rows.get().wish["plan"] == "MAX"
    assert again.state == BulkState.PLACED
