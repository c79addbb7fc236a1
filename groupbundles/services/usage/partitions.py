"""The months of the table of usage records: made ahead, made when a record needs one, dropped when they are old.

A month is made beside the table and attached, which keeps nobody from reading or writing the others.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection, transaction

from groupbundles.periods import period_of, shifted

TABLE = "groupbundles_usagerecord"
MONTHS_AHEAD = 2
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('months of usage', 0))"
_EXISTING = """
SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
WHERE inhparent = 'groupbundles_usagerecord'::regclass
"""


def name_of(period: date) -> str:
    return f"{TABLE}_{period:%Y_%m}"


def existing() -> list[date]:
    """The months there are, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_EXISTING)
        names = [str(name) for (name,) in cursor.fetchall()]
    return sorted(_period(name) for name in names)


def require(periods: Iterable[date]) -> None:
    """Make those of the months that are missing; two who need the same one at once share it."""
    if missing := set(periods).difference(existing()):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LOCK)
            for period in sorted(missing.difference(existing())):
                cursor.execute(_made(period))


def make_ahead(now: datetime) -> None:
    """This month and the next ones, so that no import has to make them."""
    require(shifted(period_of(now), months) for months in range(MONTHS_AHEAD + 1))


def drop(period: date) -> None:
    """Remove a month with all its records. Waits for whoever uses the table, as long as the lock timeout allows."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name_of(period)}")


def _made(period: date) -> str:
    name, until = name_of(period), shifted(period, 1)
    return (
        f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS);"
        f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM ('{period}') TO ('{until}')"
    )


def _period(name: str) -> date:
    year, month = name.removeprefix(f"{TABLE}_").split("_")
    return date(int(year), int(month), 1)
