"""The pages on which several numbers are asked for, without scripts, and the page that follows them."""

import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from fleetportal.audit.actors import Actor
from sims.enums import OrderState
from sims.models import Line, PortBatch, PortInRequest
from sims.services.port_batches import MOST_NUMBERS, bring_along
from tests import factories
from tests.sims.orders.driving import drive
from tests.sims.ports.conftest import orders_of

pytestmark = pytest.mark.django_db
OPERATOR = {"donor": "Proximus", "contract": "postpaid", "donor_customer_number": "600123"}
HOLDER = {"holder_name": "Noordkaai Logistics NV", "holder_enterprise_number": "0403.019.261", "was_private": "no"}


class Walk:
    """One draft in a browser without scripts."""

    def __init__(self, client) -> None:
        self.client, self.key = client, uuid.uuid4()

    def url(self, slug: str) -> str:
        return reverse("port_question", args=[self.key, slug])

    def send(self, slug: str, data: dict):
        return self.client.post(self.url(slug), data)

    def to(self, response, slug: str) -> None:
        assert response.status_code == 303, response.content.decode()
        assert response["Location"] == self.url(slug)

    def until_lines(self, text: str = "0470 55 00 01\n0470 55 00 02", **operator) -> None:
        self.to(self.send("operator", {**OPERATOR, **operator}), "holder")
        self.to(self.send("holder", HOLDER), "numbers")
        self.to(self.send("numbers", {"text": text}), "lines")

    def rows(self) -> list[dict[str, str]]:
        return self.draft.answers["lines"]["rows"]

    @property
    def draft(self) -> PortBatch:
        return PortBatch.objects.across_customers(reason="the test looks at a draft").get(public_id=self.key)


def lines(shelf, *rows: dict, **shared) -> dict:
    """What the page with the rows sends."""
    data = {"plan": shelf.plan.pk, "billing_account": shelf.account.pk, "cost_centre": shelf.centre.pk, **shared}
    for n, row in enumerate(rows):
        data |= {f"row-{n}-{name}": value for name, value in row.items()}
    return data


def row(shelf, n: int, **changes) -> dict:
    return {
        "number": f"0470 55 00 0{n}", "employee": "Zoë Van den Broeck", "iccid": shelf.cards[n].iccid, **changes,
    }  # fmt: skip


@pytest.fixture
def walk(client_for, alice, shelf) -> Walk:
    alice.language = "en"
    alice.save()
    return Walk(client_for(alice))


def errors(response) -> list[str]:
    """The links of the summary: where each leads and what it says."""
    assert response.status_code == 422
    html = response.content.decode()
    summary = html[html.index('id="errors"') : html.index("</ul>", html.index('id="errors"'))]
    return [f"{target} {text}" for target, text in re.findall(r'<a href="#([^"]+)">([^<]+)</a>', summary)]


def test_question_by_question_to_a_request_that_shows_each_number(walk, shelf):
    walk.until_lines()
    walk.to(walk.send("lines", lines(shelf, row(shelf, 1), row(shelf, 2, plan=shelf.small.pk))), "day")
    walk.to(walk.send("day", {"when": "first"}), "check")
    html = walk.client.get(walk.url("check")).content.decode()
    for text in ("Proximus, Subscription", "0470 55 00 01", "Zoë Van den Broeck", "Mobile Start", "Ask for 2 numbers"):
        assert text in html
    assert "€31.00" in html  # one of each plan

    response = walk.send("check", {"mandate": "on"})
    assert response["Location"] == reverse("port_batch", args=[walk.key])
    html = walk.client.get(response["Location"]).content.decode()
    assert "Transfer of 2 numbers" in html and "0470 55 00 02" in html
    numbers = PortInRequest.objects.for_customer(shelf.customer)
    assert set(numbers.values_list("line__plan__name_en", flat=True)) == {"Mobile Pro", "Mobile Start"}
    assert set(numbers.values_list("line__cost_centre", flat=True)) == {shelf.centre.pk}


def test_without_the_mandate_nothing_is_asked(walk, shelf):
    walk.until_lines()
    walk.send("lines", lines(shelf, row(shelf, 1)))
    walk.send("day", {"when": "first"})
    assert errors(walk.send("check", {})) == ["id_mandate Without your mandate the numbers cannot be brought along."]
    assert not Line.objects.for_customer(shelf.customer).exists()


def test_sending_twice_leads_to_the_same_request(walk, shelf):
    walk.until_lines()
    walk.send("lines", lines(shelf, row(shelf, 1)))
    walk.send("day", {"when": "first"})
    address = reverse("port_batch", args=[walk.key])
    assert walk.send("check", {"mandate": "on"})["Location"] == address
    assert walk.send("check", {"mandate": "on"})["Location"] == address
    assert walk.client.get(walk.url("lines"))["Location"] == address
    assert Line.objects.for_customer(shelf.customer).count() == 1


def test_a_pasted_line_that_is_not_right_is_named_with_its_line(walk, zuidpark):
    walk.send("operator", OPERATOR)
    walk.send("holder", HOLDER)
    text = "Nummer\tTariefplan\n0470 55 00 01\tMobile Pro\nhello\n0470 55 00 01\n0499 99 99 99\n0470 55 00 04\tNope"
    found = errors(walk.send("numbers", {"text": text}))
    assert [re.match(r"id_text Line (\d)", one)[1] for one in found] == ["3", "4", "5", "6"]
    assert "twice" in found[1] and "in use already" in found[2] and "no tariff plan" in found[3]
    assert "lines" not in walk.draft.answers


def test_more_than_fifty_numbers_are_another_request(walk):
    walk.send("operator", OPERATOR)
    walk.send("holder", HOLDER)
    many = "\n".join(f"0470 55 01 {n:02}" for n in range(MOST_NUMBERS + 1))
    assert "at most 50 numbers; these are 51" in errors(walk.send("numbers", {"text": many}))[0]


def test_the_next_cards_in_stock_are_proposed_and_never_the_same_twice(walk, shelf):
    taken, first = shelf.cards[1].iccid, shelf.cards[0].iccid
    factories.SimFactory(customer=shelf.customer, is_esim=True)
    walk.until_lines(f"0470 55 00 01\tZoë\t{taken}\n0470 55 00 02\n0470 55 00 03\n0470 55 00 04\n0470 55 00 05")
    cards = [one.get("iccid", "") for one in walk.rows()]
    assert cards == [taken, first, shelf.cards[2].iccid, shelf.cards[3].iccid, ""]


def test_what_is_wrong_in_a_row_is_told_at_its_cell_and_nothing_is_written(walk, shelf, zuidpark):
    factories.SubscriberFactory(customer=shelf.customer, first_name="An", last_name="Maes")
    factories.SubscriberFactory(customer=shelf.customer, first_name="An", last_name="Maes")
    walk.until_lines()
    response = walk.send(
        "lines",
        lines(
            shelf,
            row(shelf, 0),
            row(shelf, 1, employee="an maes"),
            row(shelf, 2, employee="Jan Nieuw", iccid="893203"),
            row(shelf, 3, number="0499 99 99 99", iccid=shelf.cards[0].iccid),
            {"number": "0470 55 00 00", "plan": "9999"},
        ),
    )
    assert errors(response) == [
        "id_row-0-number 0470 55 00 00: This number stands here twice. Remove one of the rows.",
        "id_row-0-iccid 0470 55 00 00: This SIM card stands here twice. Choose another one for one of the rows.",
        "id_row-1-employee 0470 55 00 01: Several employees have this name. Enter the employee number.",
        "id_row-2-employee 0470 55 00 02: Nobody in your list is called this. Correct it, or tick that new names are "
        "to be added.",
        "id_row-2-iccid 0470 55 00 02: A SIM card number has 19 digits. You entered 6.",
        "id_row-3-number 0499 99 99 99: This number is in use already. Check the number you typed.",
        "id_row-3-iccid 0499 99 99 99: This SIM card stands here twice. Choose another one for one of the rows.",
        "id_row-4-number 0470 55 00 00: This number stands here twice. Remove one of the rows.",
        "id_row-4-employee 0470 55 00 00: Enter who gets this number.",
        "id_row-4-iccid 0470 55 00 00: Enter the number of the new SIM card.",
        "id_row-4-plan 0470 55 00 00: Choose one from the list.",
    ]
    html = response.content.decode()
    assert 'aria-describedby="id_row-2-iccid_error"' in html
    assert not Line.objects.for_customer(shelf.customer).exists()


@pytest.mark.parametrize("text", ["E-7", "zoë van den broeck", "Van den Broeck, Zoë", "Zoë (E-7)"])
def test_an_employee_is_found_by_name_or_number(walk, shelf, text):
    walk.until_lines()
    walk.to(walk.send("lines", lines(shelf, row(shelf, 1, employee=text))), "day")


def test_new_names_are_added_only_when_that_is_ticked(walk, shelf):
    walk.until_lines()
    assert errors(walk.send("lines", lines(shelf, row(shelf, 1, employee="Jan Nieuw"))))
    walk.to(walk.send("lines", lines(shelf, row(shelf, 1, employee="Jan Nieuw"), adds_people="on")), "day")
    walk.send("day", {"when": "first"})
    assert "New employee" in walk.client.get(walk.url("check")).content.decode()
    walk.send("check", {"mandate": "on"})
    assert Line.objects.for_customer(shelf.customer).get().subscriber.full_name == "Jan Nieuw"


def test_without_a_customer_number_the_old_card_is_asked_per_number(walk, shelf):
    walk.until_lines(donor_customer_number="")
    assert errors(walk.send("lines", lines(shelf, row(shelf, 1)))) == [
        "id_row-0-donor_iccid 0470 55 00 01: Enter the old SIM card number; there is no customer number."
    ]
    old = factories.iccid(880_001)
    walk.to(walk.send("lines", lines(shelf, row(shelf, 1, donor_iccid=old))), "day")
    walk.send("day", {"when": "first"})
    walk.send("check", {"mandate": "on"})
    assert PortInRequest.objects.for_customer(shelf.customer).get().donor_iccid == old


def test_an_odd_card_is_confirmed_by_sending_it_again(walk, shelf):
    typed = shelf.cards[1].iccid[:-1] + str((int(shelf.cards[1].iccid[-1]) + 1) % 10)
    walk.until_lines()
    response = walk.send("lines", lines(shelf, row(shelf, 1, iccid=typed)))
    assert any("Compare the number with the card" in one for one in errors(response))
    seen = re.search(r'name="row-0-iccid_seen" value="(\d+)"', response.content.decode())[1]
    walk.to(walk.send("lines", lines(shelf, row(shelf, 1, iccid=typed, iccid_seen=seen))), "day")


def test_rows_come_and_go_and_keep_what_was_typed(walk, shelf):
    walk.until_lines()
    typed = lines(shelf, row(shelf, 1, employee="half"), {}, row(shelf, 2), plan=shelf.small.pk)
    assert walk.send("lines", {**typed, "add": "1"})["Location"] == f"{walk.url('lines')}?more=1#row-2"
    html = walk.client.get(walk.url("lines") + "?more=1").content.decode()
    assert 'name="row-2-number"' in html and 'value="half"' in html

    walk.send("lines", {**typed, "remove": "0"})
    assert [one["number"] for one in walk.rows()] == ["0470 55 00 02"]
    walk.send("lines", {**lines(shelf, {"number": "0470 55 00 09"}), "fill": "1"})
    assert walk.rows() == [{"number": "0470 55 00 09", "iccid": shelf.cards[0].iccid}]


def test_a_card_that_was_taken_in_the_meantime_is_told_at_its_row(walk, shelf):
    walk.until_lines()
    walk.send("lines", lines(shelf, row(shelf, 1), row(shelf, 2)))
    walk.send("day", {"when": "first"})
    factories.LineFactory(customer=shelf.customer, sim=shelf.cards[2])
    found = errors(walk.send("check", {"mandate": "on"}))
    assert [one.split(":")[0] for one in found] == ["id_row-1-iccid 0470 55 00 02"]
    assert Line.objects.for_customer(shelf.customer).count() == 1


def test_a_draft_is_kept_half_filled_and_is_one_persons(walk, shelf, client_for, alice, rita, charlie):
    walk.until_lines()
    walk.send("lines", {**lines(shelf, row(shelf, 1, employee="half")), "draft": "1"})
    html = walk.client.get(reverse("port_start")).content.decode()
    assert "1 number, Proximus" in html
    assert walk.client.get(reverse("port_batch", args=[walk.key]))["Location"] == walk.url("lines")
    assert 'value="half"' in walk.client.get(walk.url("lines")).content.decode()
    # The other numbers keep what was chosen for them.
    walk.send("numbers", {"text": "0470 55 00 01\n0470 55 00 08"})
    assert [one.get("employee") for one in walk.rows()] == ["half", None]

    for other in (rita, charlie):
        for address in (walk.url("lines"), reverse("port_batch", args=[walk.key])):
            assert client_for(other).get(address).status_code == 404
    assert walk.client.post(reverse("port_delete", args=[walk.key])).status_code == 302
    assert not PortBatch.objects.for_customer(shelf.customer).exists()


def test_a_later_question_leads_back_to_the_one_that_is_open(walk):
    assert walk.client.get(walk.url("lines")).status_code == 404
    walk.send("operator", OPERATOR)
    assert walk.client.get(walk.url("check"))["Location"] == walk.url("holder")


def test_changing_one_answer_of_a_full_request_returns_to_the_check(walk, shelf):
    walk.until_lines()
    walk.send("lines", lines(shelf, row(shelf, 1)))
    walk.send("day", {"when": "first"})
    walk.to(walk.send("holder", {**HOLDER, "was_private": "yes"}), "check")
    # Without the customer number the rows have to be looked at again.
    walk.to(walk.send("operator", {**OPERATOR, "donor_customer_number": ""}), "check")
    assert errors(walk.send("check", {"mandate": "on"}))[0].startswith("id_row-0-donor_iccid")


@pytest.fixture
def asked_by(shelf, draft_of):
    """A request for two numbers of which the donor refuses the second one."""

    def ask(user) -> PortBatch:
        wishes = [shelf.wish(0), shelf.wish(1, number="+32470559999")]
        return bring_along(batch=draft_of(user), wishes=wishes, by=Actor.user(user))

    return ask


def page_of(client, batch) -> str:
    return client.get(reverse("port_batch", args=[batch.public_id])).content.decode()


def test_a_refused_number_tells_why_and_is_corrected_from_the_request(walk, asked_by, alice, settings):
    settings.PORT_IN_LEAD_WORKING_DAYS, settings.SIMULATOR_WORK_SECONDS = 0, 0
    settings.PORT_IN_WINDOW = ("00:00", "23:59")
    batch = asked_by(alice)
    assert [drive(order) for order in orders_of(batch)][1] == OrderState.REJECTED
    html = page_of(walk.client, batch)
    assert "not active at its present operator" in html and "To correct: 1" in html
    refused = PortInRequest.objects.for_customer(batch.customer_id).get(number="+32470559999")
    address = reverse("port_correct", args=[refused.line.public_id]) + "?from=request"
    assert address in html

    details = {
        **OPERATOR, **HOLDER, "number": "0470 55 88 77", "donor_iccid": "", "when": "first", "mandate": "on",
    }  # fmt: skip
    response = walk.client.post(address, details)
    assert response["Location"] == reverse("port_batch", args=[batch.public_id])
    html = page_of(walk.client, batch)
    assert "0470 55 88 77" in html and "To correct" not in html


def test_the_mandate_and_its_signed_copy_are_those_of_the_whole_request(walk, asked_by, alice, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    batch = asked_by(alice)
    pdf = walk.client.get(reverse("port_batch_mandate", args=[batch.public_id]))
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF")
    assert walk.client.get(reverse("port_batch_scan", args=[batch.public_id])).status_code == 404
    upload = SimpleUploadedFile("signed.pdf", b"%PDF-1.7 signed")
    address = reverse("port_batch_scan_add", args=[batch.public_id])
    assert "For 2 numbers from Proximus" in walk.client.get(address).content.decode()
    assert walk.client.post(address, {"scan": upload}).status_code == 302
    signed = walk.client.get(reverse("port_batch_scan", args=[batch.public_id]))
    assert b"".join(signed.streaming_content) == b"%PDF-1.7 signed"


def test_a_requester_may_ask_and_a_colleague_approves_all(client_for, walk, asked_by, rita, alice, shelf):
    rita.language = "en"
    rita.save()
    hers = Walk(client_for(rita))
    hers.until_lines()
    hers.send("lines", lines(shelf, row(shelf, 1)))
    hers.send("day", {"when": "first"})
    assert "has to approve it" in hers.client.get(hers.url("check")).content.decode()
    hers.send("check", {"mandate": "on"})
    batch = hers.draft

    approve = reverse("port_approve", args=[batch.public_id])
    assert approve not in page_of(hers.client, batch)
    assert hers.client.post(approve).status_code == 403
    assert approve in page_of(walk.client, batch)
    assert walk.client.post(approve).status_code == 303
    assert {order.approved_by_name for order in orders_of(batch)} == {str(alice)}


def test_declining_all_needs_a_reason(walk, asked_by, rita):
    batch = asked_by(rita)
    address = reverse("port_decline", args=[batch.public_id])
    assert walk.client.post(address, {"reason": ""}).status_code == 422
    assert walk.client.post(address, {"reason": "Not this year."}).status_code == 303
    html = page_of(walk.client, batch)
    assert "Not this year." in html and "Stopped: 2" in html


def test_stopping_is_for_who_may_change_lines_and_for_who_asked(walk, asked_by, alice, rita, client_for):
    batch = asked_by(alice)
    address = reverse("port_stop", args=[batch.public_id])
    assert client_for(rita).post(address).status_code == 403
    assert "Stop all" in walk.client.get(address).content.decode()
    assert walk.client.post(address).status_code == 303
    assert {order.state for order in orders_of(batch)} == {OrderState.CANCELLED}
    assert walk.client.post(address).status_code == 409


def test_a_viewer_looks_and_asks_nothing(client_for, bob, asked_by, alice):
    client, batch = client_for(bob), asked_by(alice)
    assert client.get(reverse("port_start")).status_code == 403
    html = page_of(client, batch)
    assert "0470 55 00 00" in html and "/stop/" not in html and "/mandate/" not in html


def test_the_way_to_it_stands_where_people_look(client_for, alice, rita, shelf, asked_by):
    start = reverse("port_start")
    batch = asked_by(alice)
    client = client_for(alice)
    pages = (reverse("planning"), reverse("sim_add"), f"{reverse('search')}?q=bring+several")
    alice.language = "en"
    alice.save()
    assert all(start in client.get(page, follow=True).content.decode() for page in pages)
    assert start in client_for(rita).get(reverse("sim_list")).content.decode()
    line = Line.objects.for_customer(shelf.customer).first()
    html = client.get(reverse("line_detail", args=[line.public_id])).content.decode()
    assert reverse("port_batch", args=[batch.public_id]) in html


def test_who_matches_is_offered_while_typing(walk, shelf):
    address = reverse("port_people")
    html = walk.client.get(address, {"row-3-employee": "broeck"}, headers={"HX-Request": "true"}).content.decode()
    assert '<option value="Zoë Van den Broeck (E-7)">' in html


def test_a_full_request_is_looked_at_and_sent_with_few_questions(walk, shelf, django_assert_max_num_queries):
    factories.SimFactory.create_batch(MOST_NUMBERS, customer=shelf.customer)
    walk.until_lines("\n".join(f"0470 55 01 {n:02}\tE-7" for n in range(MOST_NUMBERS)))
    for slug in ("lines", "numbers"):
        with django_assert_max_num_queries(12):
            html = walk.client.get(walk.url(slug)).content.decode()
    assert html.count("0470") == MOST_NUMBERS
    with django_assert_max_num_queries(30):
        walk.to(walk.send("lines", lines(shelf, *[dict(one) for one in walk.rows()])), "day")
    walk.send("day", {"when": "first"})
    with django_assert_max_num_queries(12):
        assert "Ask for 50 numbers" in walk.client.get(walk.url("check")).content.decode()
