"""A migrated database that the embedded PostgreSQL keeps from one test run to the next: copying is much quicker."""

import hashlib
from pathlib import Path

from django.apps import apps
from django.db import ProgrammingError, connection
from django.db.utils import OperationalError

PREFIX = "migrated_"


def name() -> str:
    """Another one as soon as any migration is another one."""
    found = hashlib.sha256()
    for config in apps.get_app_configs():
        for file in sorted(Path(config.path, "migrations").glob("*.py")):
            found.update(f"{config.label}/{file.name}".encode() + file.read_bytes())
    return PREFIX + found.hexdigest()[:16]


def use() -> None:
    """Make the test database as a copy, where there is something to copy; what is missing is migrated as always."""
    if name() in _kept():
        connection.settings_dict["TEST"]["TEMPLATE"] = name()


def keep() -> None:
    """Keep a copy of the test database as it is now, instead of older ones."""
    kept = _kept()
    if name() in kept:
        return
    connection.close()
    _tell(f'CREATE DATABASE "{name()}" TEMPLATE "{connection.settings_dict["NAME"]}"')
    for old in kept:
        _tell(f'DROP DATABASE IF EXISTS "{old}"')


def _kept() -> set[str]:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{PREFIX}%"])
        return {row[0] for row in cursor.fetchall()}


def _tell(statement: str) -> None:
    """Another run may be doing the same at this moment, and one of the two is enough."""
    try:
        with connection._nodb_cursor() as cursor:
            cursor.execute(statement)
    except (ProgrammingError, OperationalError):
        pass
