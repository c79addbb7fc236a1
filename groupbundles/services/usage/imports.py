"""The life of an import: begun, taken in batch by batch, finished; going on where it was when it was cut off.

Each batch is one transaction that keeps its records, adds to the counters, evaluates what follows and moves the
import's position. Killed anywhere, the import goes on after the last batch, and comes to the same result.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from groupbundles.enums import AuditKind, UsageImportState, UsageSource
from groupbundles.models import UsageImport
from groupbundles.services.usage.counting import Verdicts, count_batch
from groupbundles.services.usage.files import BadFile, Batch, UsageFile, batches, examine
from groupbundles.services.usage.set_aside import claim_set_aside

# Refusals that are kept with their place; what is wrong with more rows than this is wrong with the file.
REFUSALS_KEPT = 10_000
# How long to wait for a process that is at the same file, such as one that was just killed and is being cleared away.
LOCK_SECONDS = 30

Progress = Callable[[int, int], None]


class BeingImported(Refusal):
    """Another process is at this file now."""


class ImportLost(RuntimeError):
    """Somebody else moved this import on: what was read here is not taken in."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An import, and how this call left it: ``was_done`` when the same file had been taken in before."""

    usage_import: UsageImport
    was_done: bool = False

    @property
    def is_done(self) -> bool:
        return self.usage_import.state == UsageImportState.DONE


def import_file(
    *,
    customer: Customer,
    path: Path,
    source: UsageSource,
    by: Actor,
    progress: Progress | None = None,
    again: bool = False,
    rows: int = 0,
    until: float | None = None,
) -> Taken:
    """Take in a file of usage records, or what is left of it.

    A file whose content was taken in before is not read again, unless ``again``. ``progress`` hears of lines done and
    lines in all; ``rows`` is how many make a batch when not as many as usual. Past ``until`` (``time.monotonic``) no
    further batch is begun, and another call goes on from there. Raises :class:`BadFile` when the file as a whole is
    wrong, :class:`BeingImported` when somebody is at it.
    """
    try:
        file = examine(path)
    except BadFile as wrong:
        _record_failure(customer, path.name, source, str(wrong), by)
        raise
    with _alone(customer, file.sha256):
        if not again and (done := _done_before(customer, file)):
            return Taken(done, was_done=True)
        claim_set_aside(customer, by=by)
        usage_import = _begin(customer, file, source, by)
        for batch in _ahead(batches(file, after=usage_import.position, rows=rows or settings.USAGE_BATCH_ROWS)):
            usage_import = take_batch(usage_import, batch)
            if progress:
                progress(usage_import.position, file.lines)
            if until is not None and time.monotonic() >= until:
                return Taken(usage_import)
        return Taken(finish(usage_import, by=by))


@transaction.atomic
def take_batch(usage_import: UsageImport, batch: Batch) -> UsageImport:
    """One batch and the import's new position, together or not at all; answers the import as it is then."""
    verdicts = count_batch(usage_import.customer_id, batch)
    mine = UsageImport.objects.for_customer(usage_import.customer_id)
    row: UsageImport = mine.select_for_update().get(pk=usage_import.pk)
    if row.state != UsageImportState.RUNNING or row.position != usage_import.position:
        raise ImportLost(f"import {row.pk} is {row.state} at {row.position}, not at {usage_import.position}")
    _add(row, verdicts)
    row.rows += batch.rows
    row.position = batch.position
    row.save()
    return row


@transaction.atomic
def finish(usage_import: UsageImport, *, by: Actor) -> UsageImport:
    """Everything was taken in."""
    usage_import.state = UsageImportState.DONE
    usage_import.finished_at = timezone.now()
    usage_import.save(update_fields=["state", "finished_at"])
    _record(AuditKind.USAGE_IMPORTED, usage_import, by, after=counts_of(usage_import))
    return usage_import


def counts_of(usage_import: UsageImport) -> dict[str, int]:
    """How many rows came to what; together they are all rows."""
    names = ("accepted", "duplicates", "conflicts", "unmatched", "refused")
    return {name: getattr(usage_import, name) for name in names}


def report_of(taken: Taken) -> dict[str, Any]:
    """``counts`` tell what became of the rows of the file when it was taken in; a second time nothing changes."""
    found = taken.usage_import
    return {
        "file": found.name,
        "rows": found.rows,
        "counts": counts_of(found),
        "refused_lines": [line for line, _reason in found.refusals],
        "refusals": [{"line": line, "reason": reason} for line, reason in found.refusals],
        "was_imported_before": taken.was_done,
    }


def _begin(customer: Customer, file: UsageFile, source: UsageSource, by: Actor) -> UsageImport:
    """The import of this content that was cut off, or a new one."""
    unfinished = UsageImport.objects.for_customer(customer).filter(state=UsageImportState.RUNNING, sha256=file.sha256)
    found: UsageImport = unfinished.first() or UsageImport.objects.create(
        customer=customer, source=source, name=file.name, sha256=file.sha256, size=file.size, by_name=by.name
    )
    return found


def _done_before(customer: Customer, file: UsageFile) -> UsageImport | None:
    done = UsageImport.objects.for_customer(customer).filter(state=UsageImportState.DONE, sha256=file.sha256)
    found: UsageImport | None = done.order_by("started_at", "pk").first()
    return found


@transaction.atomic
def _record_failure(customer: Customer, name: str, source: UsageSource, message: str, by: Actor) -> None:
    failed = UsageImport.objects.create(
        customer=customer,
        source=source,
        name=name[:200],
        state=UsageImportState.FAILED,
        message=message,
        by_name=by.name,
        finished_at=timezone.now(),
    )
    _record(AuditKind.USAGE_IMPORT_FAILED, failed, by, after={"message": message})


def _record(kind: AuditKind, usage_import: UsageImport, by: Actor, *, after: dict[str, int] | dict[str, str]) -> None:
    audit.record(kind, by=by, customer_id=usage_import.customer_id, subject=usage_import, after=after)


def _add(row: UsageImport, verdicts: Verdicts) -> None:
    row.accepted += verdicts.accepted
    row.duplicates += verdicts.duplicates
    row.conflicts += verdicts.conflicts
    row.unmatched += verdicts.unmatched
    row.refused += len(verdicts.refused)
    row.refusals = [*row.refusals, *verdicts.refused][:REFUSALS_KEPT]


@contextmanager
def _alone(customer: Customer, sha256: str) -> Iterator[None]:
    """Nobody else is at this content of this company. The server frees it when the connection ends, however it does."""
    key = f"usage file {customer.pk} {sha256}"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            cursor.execute(f"SET LOCAL statement_timeout = '{LOCK_SECONDS + 5}s'")
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
    except OperationalError as error:
        raise BeingImported(_("This file is being imported right now.")) from error
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def _ahead(found: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches, the next of which is read while the database works on this one."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="usage-file") as reader:
        following = reader.submit(next, found, None)
        while (batch := following.result()) is not None:
            following = reader.submit(next, found, None)
            yield batch
