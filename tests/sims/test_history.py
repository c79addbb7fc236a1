"""Who had this number on that day: the answer, its page and the document that proves it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from fleetportal.audit.models import AuditEvent
from sims.enums import AuditKind, LineFactKind, LineState
from sims.history import begin_histories, end_history, note
from sims.models import Line, LineFact
from sims.orders.calendar import local_day, start_of_day
from sims.queries.history import asked_number, history_of_line, history_of_number
from tests import factories
from tests.audit.expect import expect_audit
from tests.pdf import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

MARCH = date(2026, 3, 10)
NUMBER = "+32468123456"


@pytest.fixture
def english(alice, bob, charlie):
    """The texts as they stand in the code, on pages too."""
    for person in (alice, bob, charlie):
        person.language = "en"
        person.save()
    with translation.override("en"):
        yield


def had(line, kind, value, since, until=None) -> LineFact:
    return LineFact.objects.create(
        customer_id=line.customer_id, line=line, kind=kind, value=value, since=since, until=until
    )


def added_on(line, day) -> Line:
    Line.objects.for_customer(line.customer_id).filter(pk=line.pk).update(created_at=start_of_day(day))
    line.refresh_from_db()
    return line


@pytest.fixture
def line(noordkaai) -> Line:
    """Sofie's from 1 March, Bram's from ten past two on 10 March."""
    line = added_on(factories.LineFactory(customer=noordkaai, number=NUMBER), date(2026, 3, 1))
    changed = datetime(2026, 3, 10, 13, 10, tzinfo=UTC)
    had(line, LineFactKind.NUMBER, NUMBER, start_of_day(date(2026, 3, 1)))
    had(line, LineFactKind.SUBSCRIBER, "Sofie Janssens (J1)", start_of_day(date(2026, 3, 1)), changed)
    had(line, LineFactKind.SUBSCRIBER, "Bram Wouters (W7)", changed)
    return line


def people(history, day) -> list[str]:
    answer = history.on(day)
    return answer.employees if answer else []


@pytest.mark.parametrize(
    ("day", "who"),
    [
        (date(2026, 2, 28), []),
        (date(2026, 3, 1), ["Sofie Janssens (J1)"]),
        (date(2026, 3, 9), ["Sofie Janssens (J1)"]),
        (MARCH, ["Sofie Janssens (J1)", "Bram Wouters (W7)"]),
        (date(2026, 3, 11), ["Bram Wouters (W7)"]),
    ],
)
def test_a_day_shows_everybody_who_had_the_line_on_it(line, day, who):
    assert people(history_of_line(line), day) == who


def test_a_day_of_change_tells_the_moment(line):
    facts = dict(history_of_line(line).on(MARCH).rows)["Employee"]
    assert [(found.began, found.ended) for found in facts] == [
        (None, datetime(2026, 3, 10, 13, 10, tzinfo=UTC)),
        (datetime(2026, 3, 10, 13, 10, tzinfo=UTC), None),
    ]


@pytest.mark.parametrize(
    ("moment", "day_before", "day"),
    [
        # 29 March 2026 has 23 hours: it begins at 23:00 UTC and ends at 22:00 UTC.
        (datetime(2026, 3, 28, 23, tzinfo=UTC), date(2026, 3, 28), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, tzinfo=UTC), date(2026, 3, 29), date(2026, 3, 30)),
        # 25 October 2026 has 25: from 22:00 UTC to 23:00 UTC.
        (datetime(2026, 10, 24, 22, tzinfo=UTC), date(2026, 10, 24), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, tzinfo=UTC), date(2026, 10, 25), date(2026, 10, 26)),
    ],
)
def test_who_begins_at_local_midnight_has_that_day_and_not_the_one_before(noordkaai, moment, day_before, day):
    line = factories.LineFactory(customer=noordkaai)
    had(line, LineFactKind.SUBSCRIBER, "An", moment - timedelta(days=90), moment)
    had(line, LineFactKind.SUBSCRIBER, "Bo", moment)
    assert people(history_of_line(line), day_before) == ["An"]
    assert people(history_of_line(line), day) == ["Bo"]


def test_an_hour_that_exists_twice_belongs_to_its_day(noordkaai):
    line = factories.LineFactory(customer=noordkaai)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    had(line, LineFactKind.SUBSCRIBER, "An", second - timedelta(hours=1), second)
    assert people(history_of_line(line), date(2026, 10, 25)) == ["An"]
    assert people(history_of_line(line), date(2026, 10, 24)) == people(history_of_line(line), date(2026, 10, 26)) == []


def test_what_ended_at_the_moment_it_began_was_never_so(line):
    moment = start_of_day(date(2026, 3, 20))
    had(line, LineFactKind.PLAN, "Never", moment, moment)
    assert "Never" not in [fact.value for fact in history_of_line(line).facts]


def test_an_ended_line_still_answers_for_its_days(line):
    end_history(line, at=start_of_day(date(2026, 4, 1)))
    history = history_of_line(line)
    assert people(history, date(2026, 3, 31)) == ["Bram Wouters (W7)"]
    assert history.on(date(2026, 4, 1)).is_empty


def test_an_imported_line_says_what_is_from_before_it_was_added(noordkaai):
    added = local_day(timezone.now())
    line = factories.LineFactory(customer=noordkaai, activated_on=added - timedelta(days=400))
    begin_histories([line])
    before = history_of_line(line).on(added - timedelta(days=30))
    assert before.employees
    assert before.is_from_before
    assert not history_of_line(line).on(added).is_from_before
    assert history_of_line(line).on(added - timedelta(days=401)).is_before_all


def test_a_renamed_employee_keeps_the_old_name_on_the_old_days(line):
    note(line, LineFactKind.SUBSCRIBER, "Bram Peeters (W7)", at=start_of_day(date(2026, 5, 1)))
    assert people(history_of_line(line), date(2026, 4, 30)) == ["Bram Wouters (W7)"]
    assert people(history_of_line(line), date(2026, 5, 1)) == ["Bram Peeters (W7)"]


@pytest.fixture
def moved(line, noordkaai) -> Line:
    """The number left its line on 1 June and came on another one on 3 June, whose employee was there before."""
    end_history(line, at=start_of_day(date(2026, 6, 1)))
    Line.objects.for_customer(noordkaai).filter(pk=line.pk).update(state=LineState.TERMINATED)
    other = added_on(factories.LineFactory(customer=noordkaai, number=NUMBER), date(2026, 5, 1))
    had(other, LineFactKind.NUMBER, "+32468999998", start_of_day(date(2026, 5, 1)), start_of_day(date(2026, 6, 3)))
    had(other, LineFactKind.NUMBER, NUMBER, start_of_day(date(2026, 6, 3)))
    had(other, LineFactKind.SUBSCRIBER, "Carla Claes", start_of_day(date(2026, 5, 1)))
    return other


@pytest.mark.parametrize(
    ("day", "who"),
    [
        (date(2026, 5, 31), ["Bram Wouters (W7)"]),
        (date(2026, 6, 2), []),
        (date(2026, 6, 3), ["Carla Claes"]),
    ],
)
def test_a_number_is_followed_over_lines_only_while_each_had_it(moved, noordkaai, day, who):
    assert people(history_of_number(noordkaai, NUMBER), day) == who


def test_another_company_is_never_in_the_answer(line, zuidpark):
    assert not history_of_number(zuidpark, NUMBER).facts
    theirs = factories.LineFactory(customer=zuidpark, number="+32468555555")
    had(theirs, LineFactKind.NUMBER, NUMBER, start_of_day(MARCH))
    had(theirs, LineFactKind.SUBSCRIBER, "Zoë Zuid", start_of_day(MARCH))
    assert "Zoë Zuid" not in people(history_of_number(line.customer, NUMBER), date(2026, 3, 11))
    assert people(history_of_number(zuidpark, NUMBER), date(2026, 3, 11)) == ["Zoë Zuid"]


@pytest.mark.parametrize("typed", ["0468 12 34 56", "+32 468 12.34.56", "0032468123456", "+32 (0)468/12.34.56"])
def test_a_number_is_found_in_any_notation(client_for, alice, line, typed):
    assert asked_number(typed) == NUMBER
    client = client_for(alice)
    assert "Sofie Janssens" in client.get(reverse("number_history"), {"number": typed, "on": "2026-03-09"}).text
    assert f"{reverse('number_history')}?number=%2B32468123456" in client.get(reverse("search"), {"q": typed}).text


@pytest.mark.parametrize(("typed", "number"), [("+33 6 12 34 56 78", "+33612345678"), ("sofie", ""), ("", "")])
def test_foreign_numbers_are_understood_and_words_are_not(typed, number):
    assert asked_number(typed) == number


def test_who_may_only_look_may_look(client_for, bob, line):
    page = client_for(bob).get(reverse("line_history", args=[line.public_id]), {"on": "2026-03-10"})
    assert page.status_code == 200
    assert "Sofie Janssens (J1), until 14:10" in page.text
    assert "Bram Wouters (W7), from 14:10" in page.text


def test_another_company_finds_no_page(client_for, charlie, line):
    client, address = client_for(charlie), reverse("line_history", args=[line.public_id])
    assert client.get(address).status_code == client.post(address, {"on": "2026-03-10"}).status_code == 404
    page = client.get(reverse("number_history"), {"number": NUMBER, "on": "2026-03-10"})
    assert "Sofie" not in page.text
    assert "None of your lines has had this number." in page.text


@pytest.mark.parametrize(
    ("on", "message"),
    [
        ("2999-01-01", "This day has not come yet."),
        ("1815-06-18", "Choose a day from 1990 on."),
        ("soon", "Enter a date such as"),
    ],
)
def test_an_impossible_day_is_explained_and_no_document_is_made(client_for, alice, line, on, message):
    client, address = client_for(alice), reverse("line_history", args=[line.public_id])
    assert message in client.get(address, {"on": on}).text
    assert client.post(address, {"on": on}).status_code == 422
    assert not AuditEvent.objects.filter(kind=AuditKind.HISTORY_EVIDENCE).exists()


def test_the_document_tells_who_what_it_rests_on_and_who_made_it(client_for, alice, line):
    answer = client_for(alice).post(reverse("line_history", args=[line.public_id]), {"on": "2026-03-10"})
    assert answer.headers["Content-Type"] == "application/pdf"
    text = text_of(answer.content)
    for words in ("Noordkaai Logistics NV", "0468 12 34 56", "Sofie Janssens (J1)", "Bram Wouters (W7)", "Alice Aerts"):
        assert words in text
    assert "every change since 1 March 2026" in " ".join(text.split())
    event = expect_audit(AuditKind.HISTORY_EVIDENCE, subject=line)
    assert event.after == {
        "number": NUMBER,
        "day": "2026-03-10",
        "employees": ["Sofie Janssens (J1)", "Bram Wouters (W7)"],
    }


def test_the_document_says_what_the_portal_did_not_see(client_for, bob, line):
    added_on(line, date(2026, 3, 5))
    client, address = client_for(bob), reverse("number_history")
    text = text_of(client.post(address, {"number": NUMBER, "on": "2026-03-02"}).content)
    assert "it may have been" in " ".join(text.split())
    text = text_of(client.post(address, {"number": NUMBER, "on": "2026-02-02"}).content)
    assert "knows nothing from before 1 March 2026" in " ".join(text.split())


def test_looking_writes_nothing(client_for, alice, line):
    client_for(alice).get(reverse("line_history", args=[line.public_id]))
    assert not AuditEvent.objects.filter(kind=AuditKind.HISTORY_EVIDENCE).exists()


def test_a_line_that_was_never_in_service_has_no_history_and_no_document(client_for, alice, noordkaai):
    new = factories.LineFactory(customer=noordkaai, number=None, state=LineState.NEW)
    client, address = client_for(alice), reverse("line_history", args=[new.public_id])
    assert "This line has not been in service yet." in client.get(address).text
    assert client.post(address, {"on": ""}).status_code == 422


def test_the_menu_of_a_line_leads_here(client_for, alice, line):
    page = client_for(alice).get(reverse("line_detail", args=[line.public_id]))
    assert reverse("line_history", args=[line.public_id]) in page.text
