"""What each step of "add SIM card" takes and refuses, and what its fragments answer."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.urls import reverse

from fleetportal.operators.simulator.inventory import stock_sims
from fleetportal.operators.simulator.models import SimulatedSim
from sims.enums import LineState, OrderState, SimState
from sims.models import Line, Order, Sim, Subscriber
from sims.search import refresh_search_text
from tests import factories
from tests.sims.wizard import Shop, answer, step_url, walk

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


@pytest.fixture
def shop(noordkaai):
    return Shop(noordkaai)


@pytest.fixture
def client(client_for, alice):
    client = client_for(alice)
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def key():
    return uuid.uuid4()


def errors_of(response):
    assert response.status_code == 422, response.status_code
    return {name: " ".join(texts) for name, texts in response.context["form"].errors.items()}


def grouped(iccid):
    return " ".join(iccid[i : i + 4] for i in range(0, 19, 4))


@pytest.mark.parametrize(
    "write",
    [lambda i: i, grouped, lambda i: i + "F", lambda i: i[-12:], lambda i: f"{i[-12:-6]} {i[-6:]}", lambda i: f" {i} "],
    ids=["plain", "groups", "padding", "last 12", "last 12 with space", "spaces around"],
)
def test_a_card_in_stock_is_found_in_any_notation(client, shop, key, write):
    response = answer(client, key, 1, shop.card_answers(iccid=write(shop.card.iccid)))
    assert response.status_code == 303


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("", "Enter the SIM card number."),
        ("8932040012", "You entered 10."),
        ("1234567890", "You entered 10."),
        ("8" * 23, "You entered 23."),
        ("1234567890123456789", "starts with 89"),
        ("893203ABCDEF0123456", "only digits"),
        ("999999999999", "Enter all 19 digits."),
    ],
)
def test_what_is_no_card_number_is_refused_with_what_to_do(client, shop, key, typed, text):
    assert text in errors_of(answer(client, key, 1, shop.card_answers(iccid=typed)))["iccid"]


def test_an_ending_that_fits_two_cards_is_not_guessed(client, noordkaai, shop, key):
    ending = shop.card.iccid[-12:]
    factories.SimFactory(customer=noordkaai, iccid="8932999" + ending, iccid_core="8932999" + ending[:-1])
    assert "Several SIM cards" in errors_of(answer(client, key, 1, shop.card_answers(iccid=ending)))["iccid"]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (SimState.RESERVED, "kept for another line"),
        (SimState.IN_USE, "kept for another line"),
        (SimState.LOST, "cannot be used again"),
        (SimState.REPLACED, "cannot be used again"),
        (SimState.DEFECTIVE, "cannot be used again"),
        (SimState.RETIRED, "cannot be used again"),
    ],
)
def test_a_card_that_is_not_free_is_refused(client, noordkaai, shop, key, state, text):
    card = factories.SimFactory(customer=noordkaai, state=state)
    assert text in errors_of(answer(client, key, 1, shop.card_answers(iccid=card.iccid)))["iccid"]


def test_a_card_of_another_company_looks_like_one_nobody_knows(client, shop, zuidpark, key):
    foreign = Sim.objects.for_customer(zuidpark).filter(state=SimState.IN_STOCK).get()
    unknown = factories.iccid(123_459_999)  # the simulated operator knows no card with this ending
    first = errors_of(answer(client, key, 1, shop.card_answers(iccid=foreign.iccid)))["iccid"]
    second = errors_of(answer(client, key, 1, shop.card_answers(iccid=unknown)))["iccid"]
    assert first == second and zuidpark.name not in first
    assert "Enter all 19" in errors_of(answer(client, key, 1, shop.card_answers(iccid=foreign.iccid[-12:])))["iccid"]


def test_a_card_that_the_operator_has_free_joins_the_stock(client, noordkaai, shop, key):
    number = factories.iccid(555_001)
    walk(client, key, [shop.card_answers(iccid=grouped(number)), *shop.steps()[1:]])
    sim = Sim.objects.for_customer(noordkaai).get(iccid=number)
    assert sim.state == SimState.RESERVED and sim.line.customer == noordkaai


def test_a_card_in_use_at_the_operator_is_refused(client, noordkaai, shop, key):
    number = factories.iccid(555_002)
    stock_sims(noordkaai.enterprise_number, [number])
    SimulatedSim.objects.filter(iccid=number).update(status="in_use")
    assert "cannot be added" in errors_of(answer(client, key, 1, shop.card_answers(iccid=number)))["iccid"]


def test_a_check_digit_that_does_not_fit_must_be_confirmed_for_that_very_number(client, shop, key):
    good = factories.iccid(555_003)
    odd = good[:-1] + str((int(good[-1]) + 1) % 10)
    response = answer(client, key, 1, shop.card_answers(iccid=odd))
    assert "confirm" in errors_of(response)["iccid"]
    assert f'value="{odd}"' in response.content.decode()
    assert errors_of(answer(client, key, 1, shop.card_answers(iccid=odd, iccid_seen=good)))
    assert answer(client, key, 1, shop.card_answers(iccid=odd, iccid_seen=odd)).status_code == 303


def test_a_last_digit_other_than_in_stock_must_be_confirmed(client, shop, key):
    stored = shop.card.iccid
    typed = stored[:-1] + str((int(stored[-1]) + 1) % 10)
    assert errors_of(answer(client, key, 1, shop.card_answers(iccid=typed)))["iccid"]
    assert answer(client, key, 1, shop.card_answers(iccid=typed, iccid_seen=stored)).status_code == 303


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"number": ""}, "number", "Enter the number"),
        ({"number": "0478 11 22"}, "number", "10 digits"),
        ({"number": "+33 6 12 34 56 78"}, "number", "Only Belgian numbers"),
        ({"number": "09 224 11 22"}, "number", "Only mobile numbers"),
        ({"donor": ""}, "donor", "Choose the present operator"),
        ({"donor": "Nobody"}, "donor", "Nobody"),
        ({"donor": "other", "donor_other": ""}, "donor_other", "Enter the name"),
        ({"contract": ""}, "contract", "Choose"),
        ({"donor_customer_number": ""}, "donor_customer_number", "or the old SIM card number"),
        ({"donor_iccid": "123"}, "donor_iccid", "18 to 22 digits"),
        ({"holder_name": ""}, "holder_name", "in whose name"),
        ({"holder_enterprise_number": "0403.019.262"}, "holder_enterprise_number", "the last two are a check"),
        ({"holder_enterprise_number": ""}, "holder_enterprise_number", "Enter the enterprise number"),
        ({"was_private": ""}, "was_private", "whose number"),
        ({"mandate": ""}, "mandate", "mandate"),
    ],
)
def test_a_transfer_needs_what_the_present_operator_checks(client, shop, key, changes, field, text):
    found = errors_of(answer(client, key, 1, {**shop.transfer_answers(), **changes}))
    assert set(found) == {field} and text in found[field]


def test_a_new_number_asks_nothing_about_a_transfer(client, shop, key):
    wrong = {"number": "abc", "donor": "", "mandate": "", "donor_iccid": "1", "holder_enterprise_number": "1"}
    assert answer(client, key, 1, shop.card_answers(**wrong)).status_code == 303


def test_a_number_that_is_in_use_is_not_brought_along_again(client, noordkaai, zuidpark, shop, key):
    own = factories.LineFactory(customer=noordkaai)
    theirs = Line.objects.for_customer(zuidpark).get()
    for line in (own, theirs):
        found = errors_of(answer(client, key, 1, {**shop.transfer_answers(), "number": line.number}))
        assert "in use already" in found["number"] and zuidpark.name not in found["number"]
    Line.objects.for_customer(noordkaai).filter(pk=own.pk).update(state=LineState.TERMINATED)
    assert answer(client, key, 1, {**shop.transfer_answers(), "number": own.number}).status_code == 303


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first_name": ""}, "first_name"),
        ({"last_name": " "}, "last_name"),
        ({"email": "wout@"}, "email"),
        ({"language": "de"}, "language"),
        ({"first_name": "x" * 61}, "first_name"),
    ],
)
def test_a_new_employee_needs_a_name_and_a_real_address(client, shop, key, changes, field):
    walk(client, key, shop.steps()[:1])
    assert set(errors_of(answer(client, key, 2, shop.new_employee_answers(**changes)))) == {field}


def test_an_employee_number_belongs_to_one_person(client, shop, key):
    walk(client, key, shop.steps()[:1])
    answers = shop.new_employee_answers(employee_number=shop.person.employee_number)
    assert shop.person.full_name in errors_of(answer(client, key, 2, answers))["employee_number"]


@pytest.mark.parametrize("forged", ["", "nonsense", "6b1f6a52-9d0e-4a39-8a3e-0d7b0f1c2a11"])
def test_an_employee_must_be_one_of_the_list(client, shop, key, forged):
    walk(client, key, shop.steps()[:1])
    assert "subscriber" in errors_of(answer(client, key, 2, {"who": "existing", "subscriber": forged}))


@pytest.mark.parametrize("typed", ["lukasz", "Łukasz Zoë", "zoë", "0468 12 34 56"])
def test_an_employee_is_found_by_name_with_or_without_accents_and_by_number(client, noordkaai, zuidpark, shop, typed):
    line = factories.LineFactory(customer=noordkaai, subscriber=shop.person, number="+32468123456")
    refresh_search_text(line)
    factories.SubscriberFactory(customer=noordkaai, first_name="Iemand", last_name="Anders")
    body = client.get(reverse("sim_add_employees"), {"q": typed}, **HTMX).content.decode()
    assert str(shop.person.public_id) in body and "Anders" not in body
    stranger = Subscriber.objects.for_customer(zuidpark).get()
    body = client.get(reverse("sim_add_employees"), {"q": "Zuiderling", "subscriber": stranger.public_id}, **HTMX)
    assert str(stranger.public_id) not in body.content.decode()


def test_a_search_without_a_choice_shows_who_matches(client, shop, key):
    """Without scripts the button of the step is the search button too."""
    walk(client, key, shop.steps()[:1])
    response = answer(client, key, 2, {"who": "existing", "q": shop.person.employee_number})
    assert "subscriber" in errors_of(response) and str(shop.person.public_id) in response.content.decode()


@pytest.mark.parametrize(
    ("answers", "field", "texts"),
    [
        (lambda s: {"plan": ""}, "plan", ["Choose a tariff plan"]),
        (lambda s: s.plan_answers(plan="x1"), "plan", ["from the list"]),
        (lambda s: {"plan": s.small.pk, "option": [s.tablet.pk], "offered_for": s.plan.pk}, "option",
         ["“Tablet” does not go with “Mobile Start”"]),
        (lambda s: s.plan_answers(option=[s.travel.pk, s.daypass.pk]), "option",
         ["Travel", "Day pass", "cannot be combined"]),
        (lambda s: s.plan_answers(option=["999999"]), "option", ["from the list"]),
        (lambda s: s.plan_answers(offered_for=""), "option", ["Look at its options"]),
    ],
)  # fmt: skip
def test_plan_and_options_must_go_together(client, shop, key, answers, field, texts):
    walk(client, key, shop.steps()[:2])
    found = errors_of(answer(client, key, 3, answers(shop)))
    assert field in found and all(text in found[field] for text in texts)


def test_the_fragment_offers_only_what_goes_with_the_plan_and_gives_the_total(client, shop, key):
    walk(client, key, shop.steps()[:2])
    url = reverse("sim_add_options")
    body = client.get(
        url, {"draft": key, "plan": shop.small.pk, "option": [shop.travel.pk, shop.tablet.pk]}, **HTMX
    ).content.decode()
    assert "Travel" in body and "Tablet" not in body and "€18.00 per month" in body
    body = client.get(
        url, {"draft": key, "plan": shop.plan.pk, "option": [shop.travel.pk, shop.tablet.pk]}, **HTMX
    ).content.decode()
    assert "Tablet" in body and "€29.00 per month" in body and shop.person.full_name in body


def test_the_summary_of_another_persons_draft_is_not_shown(client, client_for, owner, shop, key):
    walk(client, key, shop.steps()[:2])
    response = client_for(owner).get(reverse("sim_add_options"), {"draft": key, "plan": shop.plan.pk}, **HTMX)
    assert response.status_code == 404 and shop.person.full_name not in response.content.decode()


def test_a_plan_that_is_no_longer_sold_is_refused_at_sending_too(client, noordkaai, shop, key):
    walk(client, key, shop.steps()[:3])
    shop.plan.is_available = False
    shop.plan.save()
    response = answer(client, key, 4, shop.billing_answers())
    assert response.status_code == 422 and response.context["step"].key == "plan"
    assert not Line.objects.for_customer(noordkaai).exists()


def test_keys_of_another_company_are_refused_in_every_list(client, noordkaai, zuidpark, shop, key):
    theirs = Line.objects.for_customer(zuidpark).get()
    option = theirs.plan.options.get()
    profile = factories.SplitBillProfileFactory(customer=zuidpark, name="Hun profiel")
    factories.SplitBillProfileFactory(customer=noordkaai, name="Ons profiel")
    walk(client, key, shop.steps()[:1])
    response = answer(client, key, 2, {"who": "existing", "subscriber": theirs.subscriber.public_id})
    assert "subscriber" in errors_of(response) and "Zuiderling" not in response.content.decode()
    answer(client, key, 2, shop.employee_answers())
    response = answer(client, key, 3, shop.plan_answers(plan=theirs.plan.pk, option=[]))
    assert "plan" in errors_of(response)
    response = answer(client, key, 3, shop.plan_answers(option=[option.pk]))
    assert "option" in errors_of(response) and option.code not in response.content.decode()
    answer(client, key, 3, shop.plan_answers())
    for name, forged in [
        ("billing_account", theirs.billing_account_id), ("cost_centre", theirs.cost_centre_id),
        ("split_bill_profile", profile.pk),
    ]:  # fmt: skip
        response = answer(client, key, 4, shop.billing_answers(split_bill="yes", **{name: forged}))
        assert name in errors_of(response) and "Hun profiel" not in response.content.decode()
    assert not Line.objects.for_customer(noordkaai).exists()


def test_split_bill_needs_a_profile_once_there_are_any(client, noordkaai, shop, key):
    walk(client, key, shop.steps()[:3])
    assert "no split bill profiles yet" in client.get(step_url(key, 4)).content.decode()
    profile = factories.SplitBillProfileFactory(customer=noordkaai, name="Half")
    assert "split_bill_profile" in errors_of(answer(client, key, 4, shop.billing_answers(split_bill="yes")))
    answer(client, key, 4, shop.billing_answers(split_bill="yes", split_bill_profile=profile.pk))
    line = Line.objects.for_customer(noordkaai).get()
    assert line.split_bill and line.split_bill_profile == profile


def test_cost_centres_stand_under_their_parent(client, noordkaai, shop, key):
    child = factories.CostCentreFactory(customer=noordkaai, code="0001", name="Team", parent=shop.centre)
    walk(client, key, shop.steps()[:3])
    choices = [k for k, _ in client.get(step_url(key, 4)).context["form"].fields["cost_centre"].choices]
    assert choices == ["", shop.centre.pk, child.pk]


@pytest.mark.parametrize(
    ("now", "transfer", "typed", "expected"),
    [
        ("2026-11-23T09:00+01:00", False, "2026-11-23", None),
        ("2026-11-23T09:00+01:00", False, "23/11/2026", None),
        ("2026-11-23T09:00+01:00", False, "2026-11-22", "23/11/2026"),
        # Just past midnight in Belgium, still the day before in UTC.
        ("2026-11-24T00:30+01:00", False, "2026-11-23", "24/11/2026"),
        ("2026-03-29T03:30+02:00", False, "2026-03-28", "29/03/2026"),
        ("2026-10-25T23:30+01:00", False, "2026-10-25", None),
        ("2026-11-23T09:00+01:00", False, "2028-01-01", "within a year"),
        ("2026-11-23T09:00+01:00", False, "31/02/2026", "such as"),
        ("2026-11-23T09:00+01:00", False, "", "Choose a date."),
        # Transfers: the next working day, over weekends and legal holidays.
        ("2026-11-23T09:00+01:00", True, "2026-11-23", "24/11/2026"),
        ("2026-04-03T10:00+02:00", True, "2026-04-04", "07/04/2026"),
        ("2026-05-13T10:00+02:00", True, "2026-05-14", "15/05/2026"),
        ("2026-12-24T10:00+01:00", True, "2026-12-25", "28/12/2026"),
        ("2026-11-23T09:00+01:00", True, "2026-11-28", "30/11/2026"),
        ("2026-11-23T09:00+01:00", True, "2026-11-25", None),
    ],
)
def test_the_day_of_activation_follows_the_calendar(client_for, alice, shop, key, now, transfer, typed, expected):
    with time_machine.travel(dt.datetime.fromisoformat(now), tick=False):
        client = client_for(alice)
        client.cookies["language"] = "en"
        walk(client, key, [shop.transfer_answers() if transfer else shop.card_answers(), *shop.steps()[1:3]])
        response = answer(client, key, 4, shop.billing_answers(when="date", date=typed))
        if expected:
            assert expected in errors_of(response)["date"]
        else:
            assert response.status_code == 303


def test_a_later_day_begins_at_midnight_in_belgium(client, noordkaai, shop, key):
    with time_machine.travel(dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC), tick=False):
        walk(client, key, [*shop.steps()[:3], shop.billing_answers(when="date", date="2027-04-01")])
    order = Order.objects.for_customer(noordkaai).get()
    assert order.state == OrderState.SCHEDULED
    assert order.not_before == dt.datetime(2027, 3, 31, 22, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (lambda s: s.card.iccid, "In your stock"),
        (lambda s: factories.iccid(555_010), "Free at the operator"),
        (lambda s: "8932", "You entered 4."),
        (lambda s: "", ""),
    ],
)
def test_the_field_is_checked_when_it_is_left(client, shop, write, text):
    response = client.get(reverse("sim_add_card"), {"iccid": write(shop)}, **HTMX)
    assert response.status_code == 200 and text in response.content.decode()
    assert "<html" not in response.content.decode()
