"""Details of employees: who may change them, and what follows from a change."""

import pytest
from django.utils import timezone, translation

from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.confirmations import ask_for_a_change, ask_to_confirm
from sims.enums import AuditKind, LineFactKind
from sims.history import begin_history
from sims.models import LineFact, Subscriber, SubscriberConfirmation
from sims.search import refresh_search_text
from sims.services.subscribers import change_details, details_of
from tests import factories
from tests.audit.expect import expect_audit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def english(alice, rita, bob):
    for user in (alice, rita, bob):
        user.language = "en"
        user.save()


@pytest.fixture
def by_alice(alice):
    return Actor.user(alice)


@pytest.fixture
def line(noordkaai):
    line = factories.LineFactory(
        customer=noordkaai,
        subscriber__first_name="Sofie",
        subscriber__last_name="Peeters",
        subscriber__employee_number="E7",
    )
    refresh_search_text(line)
    begin_history(line)
    return line


@pytest.fixture
def sofie(line) -> Subscriber:
    return line.subscriber


def typed(person, **changes) -> dict[str, str]:
    return details_of(person) | changes


def edit_url(person) -> str:
    return f"/sims/employees/{person.public_id}/edit/"


def test_a_new_name_is_found_and_stands_in_the_history(line, sofie, by_alice):
    assert change_details(subscriber=sofie, details=typed(sofie, last_name="Claes"), by=by_alice)

    line.refresh_from_db()
    assert "claes sofie" in line.search_text
    facts = LineFact.objects.for_customer(line.customer_id).filter(kind=LineFactKind.SUBSCRIBER).order_by("pk")
    assert [(fact.value, fact.until is None) for fact in facts] == [
        ("Sofie Peeters (E7)", False),
        ("Sofie Claes (E7)", True),
    ]
    event = expect_audit(AuditKind.SUBSCRIBER_CHANGED, subject=sofie)
    assert (event.before, event.after) == ({"last_name": "Peeters"}, {"last_name": "Claes"})


def test_a_department_is_found_and_changes_no_history(line, sofie, by_alice):
    change_details(subscriber=sofie, details=typed(sofie, department="Logistiek"), by=by_alice)
    line.refresh_from_db()
    assert "logistiek" in line.search_text
    facts = LineFact.objects.for_customer(line.customer_id).filter(kind=LineFactKind.SUBSCRIBER)
    assert [fact.value for fact in facts] == ["Sofie Peeters (E7)"]


def test_saving_without_a_change_records_nothing(sofie, by_alice):
    assert not change_details(subscriber=sofie, details=typed(sofie), by=by_alice)


def test_an_employee_number_is_used_once_per_company(sofie, noordkaai, zuidpark, by_alice):
    factories.SubscriberFactory(customer=zuidpark, employee_number="E8")
    assert change_details(subscriber=sofie, details=typed(sofie, employee_number="E8"), by=by_alice)
    factories.SubscriberFactory(customer=noordkaai, employee_number="E9")
    with pytest.raises(Refusal) as refused:
        change_details(subscriber=sofie, details=typed(sofie, employee_number="E9"), by=by_alice)
    assert refused.value.field == "employee_number"


def test_confirmed_details_are_the_employees(sofie, by_alice):
    Subscriber.objects.for_customer(sofie.customer_id).update(confirmed_at=timezone.now())
    with translation.override("en"), pytest.raises(Refusal, match="only one who can change"):
        change_details(subscriber=sofie, details=typed(sofie, last_name="Claes"), by=by_alice)


def test_a_new_address_gets_the_mail_and_the_link_to_the_old_one_dies(sofie, by_alice):
    question = ask_to_confirm(sofie, by=by_alice)
    question.token_hash, question.mail_due_at = "a" * 64, None
    question.save()
    change_details(subscriber=sofie, details=typed(sofie, email="sofie@nieuw.example"), by=by_alice)
    question.refresh_from_db()
    assert question.token_hash is None
    assert question.mail_due_at is not None
    change_details(subscriber=sofie, details=typed(sofie, email=""), by=by_alice)
    question.refresh_from_db()
    assert question.withdrawn_at is not None


def test_the_dialog_saves_and_never_takes_an_address(client_for, alice, sofie):
    page = client_for(alice).get(edit_url(sofie)).content.decode()
    assert "Ask the help desk" in page
    assert 'name="street"' not in page
    data = typed(sofie, first_name="Sofia", street="Elders 1")
    assert client_for(alice).post(edit_url(sofie), data).status_code == 303
    sofie.refresh_from_db()
    assert (sofie.first_name, sofie.street) == ("Sofia", "")


def test_the_dialog_names_who_has_the_number(client_for, alice, sofie, noordkaai):
    factories.SubscriberFactory(customer=noordkaai, first_name="Bram", last_name="Bos", employee_number="E9")
    answer = client_for(alice).post(edit_url(sofie), typed(sofie, employee_number="E9"), headers=HTMX)
    assert answer.status_code == 422
    assert "Bram Bos has this employee number" in answer.content.decode()


@pytest.mark.parametrize("who", ["alice", "rita"])
def test_what_is_locked_or_only_asked_is_put_before_the_employee(client_for, request, who, sofie):
    if who == "alice":
        Subscriber.objects.for_customer(sofie.customer_id).update(confirmed_at=timezone.now())
    client = client_for(request.getfixturevalue(who))
    assert "Ask Sofie Peeters for a change" in client.get(edit_url(sofie)).content.decode()
    assert client.post(edit_url(sofie), typed(sofie), headers=HTMX).status_code == 422

    client.post(edit_url(sofie), typed(sofie, last_name="Claes") | {"note": "Gehuwd"})

    sofie.refresh_from_db()
    question = SubscriberConfirmation.objects.for_customer(sofie.customer_id).get()
    assert sofie.last_name == "Peeters"
    assert (question.purpose, question.proposed, question.note) == ("change", {"last_name": "Claes"}, "Gehuwd")
    expect_audit(AuditKind.CHANGE_ASKED, subject=sofie)


def test_a_viewer_and_another_company_stay_out(client_for, bob, charlie, sofie):
    for path in ("edit/", "remind/", "withdraw/"):
        url = f"/sims/employees/{sofie.public_id}/{path}"
        assert client_for(bob).post(url).status_code == 403
        assert client_for(charlie).post(url).status_code == 404


def test_a_requester_takes_back_only_what_he_asked(client_for, alice, rita, sofie, by_alice):
    ask_for_a_change(sofie, proposed={"department": "HR"}, note="", by=by_alice)
    url = f"/sims/employees/{sofie.public_id}/withdraw/"
    assert client_for(rita).post(url).status_code == 403
    client_for(alice).post(url)
    question = SubscriberConfirmation.objects.for_customer(sofie.customer_id).get()
    assert question.withdrawn_at is not None
    expect_audit(AuditKind.CHANGE_WITHDRAWN, subject=sofie)
    assert client_for(alice).post(url).status_code == 404


def test_the_card_says_who_confirmed_and_what_waits(client_for, alice, line, sofie, by_alice):
    url = f"/sims/{line.public_id}/?tab=employee"
    assert "was not asked yet" in client_for(alice).get(url).content.decode()
    ask_to_confirm(sofie, by=by_alice)
    assert "The mail is on its way" in client_for(alice).get(url).content.decode()
    Subscriber.objects.for_customer(sofie.customer_id).update(confirmed_at=timezone.now())
    ask_for_a_change(sofie, proposed={"department": "HR"}, note="", by=by_alice)
    page = client_for(alice).get(url).content.decode()
    assert "Nobody else can change them" in page
    assert "A change waits for Sofie" in page


def test_the_directory_finds_and_filters(client_for, alice, sofie, noordkaai):
    factories.SubscriberFactory(customer=noordkaai, last_name="Zonder", confirmed_at=timezone.now())
    client = client_for(alice)

    def names(query: str) -> tuple[bool, bool]:
        page = client.get(f"/sims/employees/?{query}").content.decode()
        return "Peeters" in page, "Zonder" in page

    assert names("") == (True, True)
    assert names("q=peeters") == (True, False)
    assert names("state=confirmed") == (False, True)
    assert names("state=unconfirmed") == (True, False)
    assert names("state=change") == (False, False)
