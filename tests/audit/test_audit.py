"""The audit trail: what an event holds, and that the database itself keeps it from being changed."""

import pytest
import structlog
from django.db import DatabaseError, connection, transaction

from fleetportal.audit.actors import Actor
from fleetportal.audit.models import AuditEvent
from fleetportal.audit.services import record


@pytest.fixture
def event(noordkaai) -> AuditEvent:
    return record("test.changed", by=Actor.ops("test"), customer_id=noordkaai.pk, subject=noordkaai)


def test_an_event_names_kind_company_actor_subject_and_what_changed(noordkaai, alice):
    with structlog.contextvars.bound_contextvars(request_id="request-1"):
        record(
            "test.changed",
            by=Actor.user(alice),
            customer_id=noordkaai.pk,
            subject=noordkaai,
            label="Noordkaai",
            before={"name": "old"},
            after={"name": "new"},
        )
    event = AuditEvent.objects.get()
    assert (event.kind, event.customer_id, event.request_id) == ("test.changed", noordkaai.pk, "request-1")
    assert (event.actor_kind, event.actor_id, event.actor_name) == ("user", alice.pk, "Alice Aerts")
    assert (event.subject_type, event.subject_id) == ("accounts.customer", str(noordkaai.pk))
    assert (event.subject_label, event.before, event.after) == ("Noordkaai", {"name": "old"}, {"name": "new"})


def test_an_event_outlives_the_person_it_names(noordkaai, bob):
    record("test.changed", by=Actor.user(bob), customer_id=noordkaai.pk, subject=bob)
    bob.delete()
    assert AuditEvent.objects.get().actor_name == "Bob Bogaert"


def test_a_change_that_is_rolled_back_leaves_no_event(noordkaai):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record("test.changed", by=Actor.ops("test"), customer_id=noordkaai.pk, subject=noordkaai)
        raise ZeroDivisionError
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET actor_name = 'somebody else'",
        "DELETE FROM audit_auditevent",
    ],
)
def test_the_database_refuses_to_change_or_delete(event, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEvent.objects.get() == event


def test_models_and_querysets_are_refused_as_well(event):
    event.actor_name = "somebody else"
    for change in (event.save, event.delete, AuditEvent.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    event.refresh_from_db()
    assert event.actor_name == "test"


@pytest.mark.parametrize(
    ("actor", "kind", "name"),
    [
        (Actor.system("sweeper"), "system", "sweeper"),
        (Actor.operator(), "operator", "operator"),
        (Actor.ops("x"), "ops", "x"),
    ],
)
def test_who_acts_without_being_a_person_has_no_id(actor, kind, name):
    assert (actor.kind, actor.name, actor.id) == (kind, name, None)
