"""The pages of group bundles: see them, ask for one, change it, end it, and see what was asked."""

import io
import uuid
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import User
from groupbundles.models import BundleOffer, GroupBundle
from groupbundles.queries.bundles import Term, offers_of, rest_of_term
from groupbundles.services.bundles import ask_for_end
from sims.enums import AuditKind, OrderKind, OrderState
from sims.models import Order
from sims.orders import calendar
from sims.search import refresh_search_text
from tests import factories
from tests.audit.expect import expect_audit
from tests.groupbundles.orders.conftest import keys
from tests.sims.orders.driving import drive

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
LIST, NEW = "/bundles/", "/bundles/new/"


@pytest.fixture
def client(alice, client_for):
    alice.language = "en"
    alice.save()
    return client_for(alice)


@pytest.fixture
def people(lines):
    """The lines can be found by name and number."""
    for line in lines:
        refresh_search_text(line)
    return lines


def page(client, address, **query) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def wish(**more) -> dict:
    """What the form sends for 2 TB and all lines, from now on."""
    start = {"offer": "GB-DATA-2TB", "when": "now", "scope": "all", "subject": str(uuid.uuid4())}
    return start | more


def orders(customer, **which) -> list[Order]:
    return list(Order.objects.for_customer(customer).filter(subject__isnull=False, **which).order_by("created_at"))


def at(name: str, bundle) -> str:
    return reverse(name, args=[bundle.public_id])


def test_without_a_bundle_there_is_one_thing_to_do(client, contract):
    text = page(client, LIST)
    assert "You have no group bundle yet" in text
    assert text.count(f'href="{NEW}"') == 1 + text.count(f'data-task href="{NEW}"')


def test_a_contract_without_bundles_says_whom_to_ask(client, noordkaai):
    text = page(client, LIST)
    assert "Ask your operator" in text
    assert "Ask your operator" in page(client, NEW)


def test_a_viewer_sees_and_cannot_ask(client_for, bob, bundle):
    viewer = client_for(bob)
    text = page(viewer, at("bundle_detail", bundle))
    assert "Data 2 TB" in text
    assert at("bundle_change", bundle) not in text
    assert viewer.get(NEW).status_code == viewer.post(NEW, wish()).status_code == 403
    assert viewer.post(at("bundle_end", bundle), {"when": "now"}).status_code == 403


def test_the_list_tells_what_works_what_is_asked_and_what_has_ended(client, contract, lines, ask_new, bundle):
    ask_new(lines, offer="GB-VOICE-EU")
    factories.GroupBundleFactory(
        customer=contract, name="Old pool", state="ended", ends_on=date(2026, 2, 1), starts_on=date(2026, 1, 1)
    )
    text = page(client, LIST)
    for expected in ("Data 2 TB", "2,000\xa0GB", "€400.00", "Bellen EU", "New group bundle", "Old pool", "01/02/2026"):
        assert expected in text


def test_a_bundle_is_asked_for_and_its_page_shows_it_until_it_is_made(client, contract, lines):
    sent = wish(note="For the depot")
    answer = client.post(NEW, sent)
    assert answer.status_code == 303
    assert answer["Location"] == f"/bundles/{sent['subject']}/"

    [order] = orders(contract)
    assert order.payload["lines"] == sorted(keys(lines), key=int)
    text = page(client, answer["Location"])
    for expected in ("New group bundle: requested", "What was requested", "€400.00", "For the depot", "Undo"):
        assert expected in text

    drive(order)
    text = page(client, answer["Location"])
    for expected in ("Change bundle", "Code at the operator"):
        assert expected in text
    assert lines[0].subscriber.full_name in page(client, answer["Location"], tab="lines")


def test_the_form_sent_twice_asks_once_and_leads_to_the_same_page(client, contract, lines):
    sent = wish()
    first, second = client.post(NEW, sent), client.post(NEW, sent)
    assert first["Location"] == second["Location"]
    assert len(orders(contract)) == 1


def test_a_requester_sends_it_for_approval_and_a_manager_approves(client_for, rita, client, contract, lines):
    client_for(rita).post(NEW, wish())
    [order] = orders(contract)
    assert order.state == OrderState.AWAITING_APPROVAL
    assert "Approve" in page(client, f"/bundles/{order.subject}/")

    client.post(reverse("order_approve", args=[order.pk]))
    assert drive(order) == OrderState.COMPLETED


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({"offer": ""}, "offer", "Choose a size."),
        ({"offer": "GB-NONE"}, "offer", "cannot be chosen any more"),
        ({"scope": ""}, "scope", "Choose which SIM cards."),
        ({"scope": "department"}, "department", "Choose a department."),
        ({"scope": "centre", "centre": ""}, "centre", "Choose a cost centre."),
        ({"scope": "chosen"}, "numbers", "Search for a SIM card and tick it"),
        ({"scope": "chosen", "numbers": "0499 00 00 01\nnonsense"}, "numbers", "0499 00 00 01, nonsense"),
        ({"when": "date"}, "date", "Choose a date."),
        ({"when": "date", "date": "2001-01-01"}, "date", "The earliest possible date is"),
        ({"subject": "nonsense"}, "subject", ""),
    ],
)
def test_a_mistake_is_named_beside_its_field_and_nothing_typed_is_lost(client, contract, lines, sent, field, words):
    answer = client.post(NEW, wish(note="Keep me", **sent))

    assert answer.status_code == 422
    text = answer.content.decode()
    assert words in text and "Keep me" in text
    assert field in answer.context["form"].errors
    if "numbers" in sent:
        assert "nonsense</textarea>" in text
    assert not orders(contract)


def test_a_department_or_a_cost_centre_joins_as_a_whole(client, contract, lines):
    lines[0].subscriber.department = "Sales"
    lines[0].subscriber.save()
    client.post(NEW, wish(scope="department", department="Sales"))
    client.post(NEW, wish(scope="centre", centre=str(lines[1].cost_centre_id), offer="GB-DATA-5TB"))

    assert [order.payload["lines"] for order in orders(contract)] == [[str(lines[0].pk)], [str(lines[1].pk)]]


def test_numbers_in_any_notation_and_ticked_lines_join_together(client, contract, lines):
    typed = f"{lines[0].number}\n{lines[1].number.replace('+32', '0')}\t{lines[1].number}"
    client.post(NEW, wish(scope="chosen", numbers=typed, line=str(lines[2].public_id)))

    [order] = orders(contract)
    assert order.payload["lines"] == sorted(keys(lines), key=int)


def test_looking_tells_who_cannot_join_before_anything_is_asked(client, contract, lines, bundle):
    before = len(orders(contract))
    typed = "\n".join(line.number for line in lines)
    answer = client.post(f"{NEW}?look=1", wish(scope="chosen", numbers=f"{typed}\n0499000001"), headers=HTMX)

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "These cannot join" in text and "is in “Data 2 TB”" in text
    assert "1 SIM card joins." in text
    assert "0499000001" in text
    assert "<html" not in text
    assert len(orders(contract)) == before


def test_looking_at_a_whole_group_counts_those_that_stay_elsewhere(client, lines, bundle):
    answer = client.post(f"{NEW}?look=1", wish(), headers=HTMX)
    text = answer.content.decode()
    assert "1 SIM card joins." in text
    assert "2 are in or asked for another bundle" in text
    assert "€400.00" in text and "€800.00" in text


def test_a_search_offers_lines_to_tick_and_keeps_those_that_are_ticked(client, people):
    ticked = str(people[0].public_id)
    sent = wish(scope="chosen", q=people[1].subscriber.last_name, line=ticked)
    text = client.post(f"{NEW}?look=1", sent, headers=HTMX).content.decode()
    assert f'value="{ticked}" id="line-{ticked}" checked' in text
    assert f'value="{people[1].public_id}"' in text


def test_the_search_works_without_scripts(client, people):
    answer = client.post(NEW, wish(scope="chosen", q=people[1].subscriber.last_name, look="1"))
    assert answer.status_code == 200
    assert f'value="{people[1].public_id}"' in answer.content.decode()


def test_who_cannot_join_is_left_out_only_when_somebody_says_so(client, contract, lines, bundle):
    sent = wish(scope="chosen", numbers="\n".join(line.number for line in lines))
    answer = client.post(NEW, sent)
    assert "leave_out" in answer.context["form"].errors

    client.post(NEW, sent | {"leave_out": "on"})
    assert orders(contract)[-1].payload["lines"] == [str(lines[2].pk)]


def test_what_happened_meanwhile_is_named_in_the_form(client, contract, lines, monkeypatch):
    BundleOffer.objects.for_customer(contract).filter(code="GB-DATA-2TB").update(is_available=True)
    waiting = client.post(NEW, wish())
    answer = client.post(NEW, wish(scope="chosen", numbers=lines[0].number))
    assert waiting.status_code == 303
    assert "is asked for “Data 2 TB”" in answer.content.decode()


def test_a_change_of_size_and_lines_is_asked_on_one_page(client, contract, lines, bundle):
    text = page(client, at("bundle_change", bundle), out=str(lines[0].public_id))
    assert lines[0].subscriber.full_name in text
    answer = client.post(
        at("bundle_change", bundle),
        {
            "offer": "GB-DATA-5TB",
            "when": "period",
            "scope": "chosen",
            "numbers": lines[2].number,
            "out": str(lines[0].public_id),
        },
    )
    assert answer["Location"] == at("bundle_detail", bundle)
    order = orders(contract)[-1]
    assert calendar.local_day(order.not_before) == calendar.next_period(calendar.local_day(timezone.now()))
    assert (order.payload["offer"], order.payload["add"], order.payload["remove"]) == (
        "GB-DATA-5TB",
        [str(lines[2].pk)],
        [str(lines[0].pk)],
    )
    text = page(client, at("bundle_detail", bundle))
    assert "5,000\xa0GB, + 1 SIM card, − 1 SIM card" in text
    assert at("bundle_change", bundle) not in text
    assert client.get(at("bundle_change", bundle)).status_code == 409


def test_a_change_that_changes_nothing_says_so(client, bundle):
    answer = client.post(at("bundle_change", bundle), {"offer": "GB-DATA-2TB", "when": "now", "scope": "none"})
    assert answer.status_code == 422
    assert "The bundle is so already." in answer.content.decode()


def test_who_is_not_in_the_bundle_cannot_leave_it(client, lines, bundle):
    sent = {"offer": "GB-DATA-2TB", "when": "now", "scope": "none", "out_numbers": f"{lines[2].number}\nx"}
    answer = client.post(at("bundle_change", bundle), sent)
    assert answer.status_code == 422
    assert "These are not in this bundle: x, " in answer.content.decode()


def test_a_size_that_left_the_contract_can_be_kept(client, contract, lines, bundle):
    BundleOffer.objects.for_customer(contract).filter(code="GB-DATA-2TB").update(is_available=False)
    sent = {"offer": "GB-DATA-2TB", "when": "now", "scope": "chosen", "numbers": lines[2].number}
    assert client.post(at("bundle_change", bundle), sent).status_code == 303
    assert orders(contract)[-1].payload["offer"] == ""


def test_what_is_left_of_the_term_is_named_and_nothing_when_it_is_over(contract, bundle):
    BundleOffer.objects.for_customer(contract).update(term_months=12)
    bundle.starts_on = date(2026, 1, 15)
    offers = offers_of(contract)
    assert rest_of_term(bundle, offers, date(2026, 11, 23)) == Term(date(2027, 1, 15), 2, 2 * bundle.price_month)
    assert rest_of_term(bundle, offers, date(2026, 12, 15)) == Term(date(2027, 1, 15), 1, bundle.price_month)
    assert rest_of_term(bundle, offers, date(2027, 1, 15)) is None
    BundleOffer.objects.for_customer(contract).update(term_months=0)
    assert rest_of_term(bundle, offers_of(contract), date(2026, 1, 15)) is None
    bundle.offer = "GONE"
    assert rest_of_term(bundle, offers, date(2026, 1, 15)) is None


def test_an_end_is_asked_with_its_day_and_warns_of_the_term(client, contract, bundle):
    BundleOffer.objects.for_customer(contract).update(term_months=12)
    text = page(client, at("bundle_end", bundle))
    assert "€400.00 less per month" in text and "The minimum term runs until" in text
    assert "up to €4,800.00 for 12 months" in text

    assert client.post(at("bundle_end", bundle), {"when": "now"}).status_code == 303
    order = orders(contract)[-1]
    assert order.kind == OrderKind.BUNDLE_END
    drive(order)
    assert "until" in page(client, LIST)
    assert client.get(at("bundle_change", bundle)).status_code == 409


def test_a_refused_bundle_can_be_asked_again_as_it_was(client, contract, lines):
    BundleOffer.objects.for_customer(contract).filter(code="GB-DATA-2TB").update(code="GB-OWN")
    client.post(NEW, wish(offer="GB-OWN", note="Please"))
    [order] = orders(contract)
    assert drive(order) == OrderState.REJECTED
    text = page(client, f"/bundles/{order.subject}/")
    assert "does not offer this bundle any more" in text and f"{NEW}?again={order.subject}" in text

    form = client.get(NEW, {"again": str(order.subject)}).context["form"]
    assert (form.bundle, form["note"].value(), form["scope"].value()) == (order.subject, "Please", "chosen")
    assert len(form.chosen.keys) == len(lines)


def test_an_address_with_nonsense_opens_the_empty_form(client, contract, zuidpark):
    for query in ({"again": "x"}, {"again": str(uuid.uuid4())}, {"offer": "?"}, {"line": "x"}):
        assert client.get(NEW, query).status_code == 200


def test_planned_it_stands_with_the_other_requests_and_can_be_moved_or_cancelled(client, contract, lines, ask_new):
    order = ask_new(lines, on=calendar.local_day(timezone.now()) + timedelta(days=3))
    here = f"/bundles/{order.subject}/"
    for address in (reverse("request_list"), reverse("planning"), reverse("planning") + "?view=month"):
        text = page(client, address)
        assert "New group bundle" in text and "Data 2 TB" in text and here in text
    assert "Group bundle Data 2 TB" in page(client, reverse("request_list"), q="data 2")
    assert "Group bundle Data 2 TB" in page(client, reverse("dashboard"))

    day = calendar.local_day(timezone.now()) + timedelta(days=8)
    answer = client.post(reverse("order_reschedule", args=[order.pk]), {"date": day.isoformat()})
    assert answer["Location"] == here
    client.post(reverse("order_cancel", args=[order.pk]))
    order.refresh_from_db()
    assert (order.state, calendar.local_day(order.not_before)) == (OrderState.CANCELLED, day)


def test_what_was_just_asked_can_be_undone_from_its_page(client, contract, lines):
    client.post(NEW, wish())
    [order] = orders(contract)
    client.post(reverse("order_undo", args=[order.pk]))
    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    assert "Ask again" in page(client, f"/bundles/{order.subject}/")


def test_a_refusal_stands_on_the_dashboard_until_it_is_asked_again(client, contract, lines, ask_new):
    order = ask_new(lines)
    Order.objects.for_customer(contract).update(
        state=OrderState.REJECTED, error_code="bundle_too_small", finished_at=timezone.now(), due_at=None
    )
    assert "New group bundle: refused by the operator" in page(client, reverse("dashboard"))

    ask_new(lines, subject=order.subject)
    assert "New group bundle: refused by the operator" not in page(client, reverse("dashboard"))


def test_the_calendar_feed_names_the_bundle(client, contract, lines, ask_new, alice):
    ask_new(lines, on=calendar.local_day(timezone.now()) + timedelta(days=3))
    answer = client.post(reverse("calendar_feed_open")).content.decode()
    feed = next(part for part in answer.split('"') if "/planning/" in part and part.endswith(".ics"))
    text = client.get(feed[feed.index("/", 8) :]).content.decode().replace("\r\n ", "")
    assert "New group bundle\\, Group bundle Data 2 TB" in text


def test_members_are_searched_and_taken_along_to_excel(client, people, bundle):
    person = people[0].subscriber
    text = page(client, at("bundle_detail", bundle), tab="lines", q=person.last_name)
    assert person.full_name in text and people[1].subscriber.full_name not in text
    assert "No SIM cards found" in page(client, at("bundle_detail", bundle), tab="lines", q="nobody at all")

    answer = client.post(at("bundle_members", bundle))
    sheet = load_workbook(io.BytesIO(b"".join(answer))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:3] == ("Number", "Employee", "Employee number")
    assert sorted(row[0] for row in rows[1:]) == sorted(line.number for line in people[:2])
    expect_audit(AuditKind.FLEET_EXPORTED, customer=bundle.customer)


def test_long_lists_of_members_have_pages(client, contract, bundle):
    for _n in range(30):
        factories.BundleMemberFactory(bundle=bundle)
    assert "1 to 25 of 32" in page(client, at("bundle_detail", bundle), tab="lines")
    assert "26 to 32 of 32" in page(client, at("bundle_detail", bundle), tab="lines", page="2")


def test_the_page_looks_again_only_while_something_is_under_way(client, contract, lines, ask_new):
    order = ask_new(lines)
    here = reverse("bundle_status", args=[order.subject])
    assert "data-poll" in client.get(here, headers=HTMX).content.decode()
    drive(order)
    assert "data-poll" not in client.get(here, headers=HTMX).content.decode()
    assert client.get(here).status_code == 302


def test_the_page_of_a_line_tells_in_which_bundle_it_is_and_since_when(client, lines, bundle):
    inside = page(client, reverse("line_detail", args=[lines[0].public_id]))
    assert at("bundle_detail", bundle) in inside
    outside = page(client, reverse("line_detail", args=[lines[2].public_id]))
    assert "This line is in no group bundle." in outside


def test_the_timeline_of_a_line_tells_when_it_came(client, lines, bundle):
    text = page(client, reverse("line_detail", args=[lines[0].public_id]), tab="timeline")
    assert "Line came into a group bundle" in text and "Data 2 TB" in text


def test_bundles_are_found_from_everywhere(client, bundle):
    text = page(client, "/search/", q="data 2")
    assert at("bundle_detail", bundle) in text


def test_the_dashboard_counts_bundles_and_who_is_in_them(client, bundle):
    text = page(client, reverse("dashboard"))
    assert "2 SIM cards in them" in text


def test_staff_see_bundles_their_lines_and_requests(bundle, lines, by_alice, client_for):
    order = ask_for_end(bundle=bundle, by=by_alice)
    staff = client_for(User.objects.create_superuser("staff@portal.example", "x", first_name="S", last_name="T"))
    for model in ("groupbundle", "bundlemember", "bundleoffer"):
        assert "Data 2 TB" in page(staff, f"/admin/groupbundles/{model}/")
    assert "Data 2 TB" in page(staff, "/admin/sims/order/", show="all")
    assert "Data 2 TB" in page(staff, "/admin/sims/order/", q="data 2")
    assert staff.get(f"/admin/sims/order/{order.pk}/change/").status_code == 200


def test_a_stuck_order_about_a_bundle_is_listed_with_its_name(lines, ask_new, contract, capsys):
    ask_new(lines)
    Order.objects.for_customer(contract).update(state=OrderState.NEEDS_ATTENTION, due_at=None)
    with pytest.raises(SystemExit):
        call_command("orders", stuck=True)
    assert "bundle_new Data 2 TB" in capsys.readouterr().out


def test_another_company_sees_nothing_of_it(client_for, charlie, bundle, ask_new, lines):
    order = ask_new(lines[2:])
    stranger = client_for(charlie)
    for address in (at("bundle_detail", bundle), f"/bundles/{order.subject}/", at("bundle_status", bundle)):
        assert stranger.get(address).status_code == 404
    assert "Data 2 TB" not in page(stranger, LIST)
    assert stranger.get(NEW, {"again": str(order.subject)}).context["form"]["numbers"].value() in (None, "")


def test_lines_of_another_company_are_not_taken_in(client, contract, zuidpark):
    theirs = factories.LineFactory(customer=zuidpark)
    answer = client.post(NEW, wish(scope="chosen", numbers=theirs.number, line=str(theirs.public_id)))
    assert answer.status_code == 422
    assert not GroupBundle.objects.for_customer(contract).exists() and not orders(contract)
