"""The life of an import: begun, taken in batch by batch, finished; going on where it was when it was cut off.

Each batch is one transaction that keeps its records, adds to the counters, evaluates what follows and moves the
import's position. Killed anywhere, the import goes on after the last batch, and comes to the same result.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from groupbundles.enums import AuditKind, UsageImportState, UsageSource
from groupbundles.models import UsageImport
from groupbundles.services.usage.claims import ImportLost, claimed, lease, left_behind, still_mine
from groupbundles.services.usage.counting import Verdicts, count_batch
from groupbundles.services.usage.files import BadFile, Batch, batches, examine
from groupbundles.services.usage.set_aside import claim_set_aside

# Refusals that are kept with their place; what is wrong with more rows than this is wrong with the file.
REFUSALS_KEPT = 10_000
# For how long nobody has been at an import that is given up: a file that left the folder, and one imported by hand.
VANISHED_AFTER, GIVEN_UP_AFTER = timedelta(minutes=5), timedelta(days=1)

Progress = Callable[[int, int], None]


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
    wait: float = 0,
) -> Taken:
    """Take in a file of usage records, or what is left of it.

    A file whose content was taken in before is not read again, unless ``again``. ``progress`` hears of lines done and
    lines in all; ``rows`` is how many make a batch when not as many as usual. Past ``until`` (``time.monotonic``) no
    further batch is begun, and another call goes on from there. Raises :class:`BadFile` when the file as a whole is
    wrong, :class:`BeingImported` when somebody else is at it for longer than ``wait`` seconds, and
    ``FileNotFoundError`` when it is not there any more; what was taken in of it stays.
    """
    try:
        file = examine(path)
    except BadFile as wrong:
        _record_failure(customer, path.name, source, str(wrong), by)
        raise
    with claimed(customer, file, source, by, again=again, wait=wait) as usage_import:
        if usage_import.state == UsageImportState.DONE:
            return Taken(usage_import, was_done=True)
        claim_set_aside(customer, by=by)
        try:
            found = batches(file, after=usage_import.position, rows=rows or settings.USAGE_BATCH_ROWS)
            return _take_in(usage_import, found, file.lines, progress, until, by)
        except FileNotFoundError:
            # In a watched folder another worker may have taken it over; see ``end_vanished``.
            if source == UsageSource.FILE:
                _fail(usage_import, _vanished(), by)
            raise


def _take_in(
    usage_import: UsageImport,
    found: Iterator[Batch],
    lines: int,
    progress: Progress | None,
    until: float | None,
    by: Actor,
) -> Taken:
    for batch in _ahead(found):
        usage_import = take_batch(usage_import, batch)
        if progress:
            progress(usage_import.position, lines)
        if until is not None and time.monotonic() >= until:
            return Taken(usage_import)
    return Taken(finish(usage_import, by=by))


@transaction.atomic
def take_batch(usage_import: UsageImport, batch: Batch) -> UsageImport:
    """One batch and the import's new position, together or not at all; answers the import as it is then."""
    verdicts = count_batch(usage_import.customer_id, batch)
    row: UsageImport | None = still_mine(usage_import).select_for_update().first()
    if row is None or row.position != usage_import.position:
        raise ImportLost
    _add(row, verdicts)
    row.rows += batch.rows
    row.position = batch.position
    row.save()
    still_mine(row).update(leased_until=Now() + lease())
    return row


@transaction.atomic
def finish(usage_import: UsageImport, *, by: Actor) -> UsageImport:
    """Everything was taken in."""
    done: dict[str, Any] = {"state": UsageImportState.DONE, "finished_at": timezone.now(), "leased_until": None}
    if not still_mine(usage_import).update(**done):
        raise ImportLost
    usage_import.refresh_from_db()
    _record(AuditKind.USAGE_IMPORTED, usage_import, by, after=counts_of(usage_import))
    return usage_import


def end_vanished(*, customer_ids: set[int], by: Actor) -> int:
    """Fail what was cut off of files that are in the folders of these companies no more. Returns how many."""
    found = left_behind(UsageSource.FOLDER, since=VANISHED_AFTER).filter(customer_id__in=customer_ids)
    return sum(_fail(each, _vanished(), by) for each in found)


def end_given_up(*, by: Actor) -> int:
    """Fail what was begun by hand, was cut off, and nobody went on with. Returns how many."""
    message = _("The import was cut off. What was counted of it stays; import the file again to count the rest.")
    return sum(_fail(each, message, by) for each in left_behind(UsageSource.FILE, since=GIVEN_UP_AFTER))


def _vanished() -> str:
    return _("The file is not there any more. What was counted of it stays; deliver it again to count the rest.")


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


@transaction.atomic
def _fail(usage_import: UsageImport, message: str, by: Actor) -> bool:
    failed: dict[str, Any] = {"state": UsageImportState.FAILED, "message": message, "finished_at": timezone.now()}
    if not still_mine(usage_import).update(**failed):
        return False
    _record(AuditKind.USAGE_IMPORT_FAILED, usage_import, by, after={"message": message})
    return True


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


def _ahead(found: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches, the next of which is read while the database works on this one."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="usage-file") as reader:
        following = reader.submit(next, found, None)
        while (batch := following.result()) is not None:
            following = reader.submit(next, found, None)
            yield batch
