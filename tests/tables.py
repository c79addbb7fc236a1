"""The rows of the test database: taken away after a test, or put back as they stood once.

TRUNCATE makes the files of every table anew, which takes longer than to delete what one test leaves behind. Triggers
and foreign keys rest meanwhile: all tables change together. PostgreSQL allows that to a superuser only.
"""

from functools import cache

from django.apps import apps
from django.db import connection, transaction

# Made by migrations, and the same for every test.
STAY = {"django_content_type", "auth_permission", "tickets_subject", "tickets_item", "tickets_itemfield"}
COPIES = "copies"


@cache
def may_rest() -> bool:
    """May this account let triggers and foreign keys rest?"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


@cache
def _names() -> tuple[str, ...]:
    # Also what Django does not manage itself, such as tables in partitions.
    found = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    found &= set(connection.introspection.table_names())
    return tuple(connection.ops.quote_name(name) for name in sorted(found - STAY))


def _run(statements: list[str]) -> None:
    """In one go; requests that are still under way are waited for."""
    first = ["SET LOCAL session_replication_role = replica", f"LOCK {', '.join(_names())} IN EXCLUSIVE MODE"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("; ".join(first + statements))


def empty() -> None:
    _run([f"DELETE FROM {name}" for name in _names()])


def keep() -> None:
    """Remember all rows as they are now, in the place of what was remembered before."""
    copies = [f"CREATE UNLOGGED TABLE {COPIES}.{name} AS TABLE {name}" for name in _names()]
    _run([f"DROP SCHEMA IF EXISTS {COPIES} CASCADE", f"CREATE SCHEMA {COPIES}", *copies])


def put_back() -> None:
    """The rows that were remembered, into empty tables. Keys go on counting where they are."""
    _run([f"INSERT INTO {name} OVERRIDING SYSTEM VALUE SELECT * FROM {COPIES}.{name}" for name in _names()])
