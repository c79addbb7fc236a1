"""The life of a bulk change: prepared with a dry run, applied, tried again, thrown away; ``bulk_rows`` places it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.jobs.models import Job
from fleetportal.jobs.services import start as start_job
from fleetportal.web.errors import Refusal
from sims.bulk.changes import Change, change_of
from sims.bulk.dry_run import DryRun, Figures, Verdict
from sims.bulk.selection import FAILED_ROWS, FILE, RETRY, Selection
from sims.enums import AuditKind, BulkOutcome, BulkState, LineState
from sims.models import BulkChange, BulkRow, Line
from sims.orders.kinds import Wish, lines_to_change
from sims.orders.placing import may_decide
from sims.services.bulk_rows import Progress, lock, place, require_right, silent
from sims.services.fleet_files import record_export

# Up to so many lines are done while the person waits; above it is work for a worker.
AT_ONCE = 200
CHECK_BATCH = 1000
CHECK, PLACE, OUTCOME = "sims.bulk_check", "sims.bulk_place", "sims.bulk_outcome"


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of a workbook: ``number`` in E.164 or as typed, its wish, or what is wrong in which cell."""

    number: str
    cell: str
    wish: Wish | None = None
    problem: str = ""


def prepare(
    *,
    customer: Customer,
    change: Change,
    wish: Wish | None,
    selection: Selection,
    not_before: date | None = None,
    upload: "File[bytes] | None" = None,
    by: Actor,
    retry_of: BulkChange | None = None,
) -> BulkChange:
    """Store what is wished and find out what it means: at once for few lines, else as a job.

    ``wish`` is None where every row of the workbook ``upload`` has its own. Raises ``Refusal`` when nobody can have it.
    """
    require_right(by, customer, change)
    with transaction.atomic():
        bulk: BulkChange = BulkChange.objects.create(
            customer=customer,
            change=change.code,
            wish=None if wish is None else wish.as_json(),
            selection=selection.as_json(),
            not_before=not_before,
            retry_of=retry_of,
            requested_by_id=by.id,
            requested_by_name=by.name,
        )
        if selection.scope != FILE and selection.lines(customer)[: AT_ONCE + 1].count() <= AT_ONCE:
            check(bulk_id=bulk.pk)
            bulk.refresh_from_db()
        else:
            bulk.job = start_job(customer=customer, kind=CHECK, payload={"bulk": str(bulk.pk)}, by=by, upload=upload)
            bulk.save(update_fields=["job"])
    return bulk


def check(*, bulk_id: UUID, rows: Sequence[FileRow] | None = None, progress: Progress = silent) -> None:
    """The dry run: one row per line with what would happen. Nothing when it was done before; all of it or nothing."""
    with transaction.atomic():
        bulk = lock(bulk_id)
        if bulk.state != BulkState.CHECKING:
            return
        change = change_of(bulk.change)
        by = Actor(kind="user", name=bulk.requested_by_name, id=bulk.requested_by_id)
        run = DryRun(bulk.customer, change, may_replace=may_decide(by, bulk.customer_id))
        if bulk.wish is not None:
            run.prepare(change.wish.from_json(bulk.wish))
        figures = Figures()
        for part in _wanted(bulk, change, rows, progress):
            figures = _judge(bulk, run, part, figures)
        _store(bulk, figures)


def fail(*, bulk_id: UUID, message: str) -> None:
    """It cannot be done at all, for instance because the workbook cannot be read."""
    with transaction.atomic():
        bulk = lock(bulk_id)
        if bulk.state in (BulkState.CHECKING, BulkState.PLACING):
            bulk.state, bulk.message, bulk.finished_at = BulkState.FAILED, message, timezone.now()
            bulk.save(update_fields=["state", "message", "finished_at"])


# A line that was found with its wish; or only what stands in the workbook, and why it is no line.
Found = tuple[BulkRow, Line | None, Wish | None]


def _wanted(
    bulk: BulkChange, change: Change, rows: Sequence[FileRow] | None, progress: Progress
) -> Iterator[list[Found]]:
    """Rows to be, some hundreds at a time, in the order of the list or the file."""
    if rows is not None:
        found = _of_file(bulk, rows)
        total = len(rows)
    else:
        keys = list(Selection.from_json(bulk.selection).lines(bulk.customer).values_list("pk", flat=True))
        total = len(keys)
        found = _of_lines(bulk, change, keys)
    done = 0
    for part in found:
        yield part
        done += len(part)
        progress(done, total)


def _of_lines(bulk: BulkChange, change: Change, keys: list[int]) -> Iterator[list[Found]]:
    common = change.wish.from_json(bulk.wish) if bulk.wish is not None else None
    own = _wishes_before(bulk)
    for start in range(0, len(keys), CHECK_BATCH):
        part = keys[start : start + CHECK_BATCH]
        lines = _lines(bulk.customer, pk__in=part)
        present = [lines[key] for key in part if key in lines]
        yield [
            (
                BulkRow(position=start + position, number=line.number or "", wish=own.get(line.pk, {})),
                line,
                change.wish.from_json(own[line.pk]) if line.pk in own else common,
            )
            for position, line in enumerate(present, start=1)
        ]


def _wishes_before(bulk: BulkChange) -> dict[int, dict[str, Any]]:
    """What each line was to get in the bulk change that is tried again, where rows have wishes of their own."""
    if bulk.retry_of is None or bulk.wish is not None:
        return {}
    return dict(bulk.retry_of.rows.filter(line__isnull=False).values_list("line_id", "wish"))


def _of_file(bulk: BulkChange, rows: Sequence[FileRow]) -> Iterator[list[Found]]:
    seen: set[int] = set()
    for start in range(0, len(rows), CHECK_BATCH):
        part = rows[start : start + CHECK_BATCH]
        lines = _by_number(bulk.customer, [row.number for row in part])
        found: list[Found] = []
        for position, row in enumerate(part, start=start + 1):
            line = lines.get(row.number)
            problem = row.problem or _problem_of(line, seen)
            kept = BulkRow(position=position, number=row.number[:60], cell=row.cell, reason=problem)
            if problem or line is None or row.wish is None:
                found.append((kept, None, None))
                continue
            seen.add(line.pk)
            kept.wish = row.wish.as_json()
            found.append((kept, line, row.wish))
        yield found


def _problem_of(line: Line | None, seen: set[int]) -> str:
    """As the source text: it is translated for whoever reads it."""
    if line is None:
        return NO_SUCH_LINE
    return TWICE if line.pk in seen else ""


NO_SUCH_LINE = gettext_noop("Your company has no line with this number.")
TWICE = gettext_noop("This number stands in the file twice. The first row counts.")


def _lines(customer: Customer, **conditions: Any) -> dict[int, Line]:
    lines = lines_to_change(Line.objects.for_customer(customer).filter(**conditions))
    return {line.pk: line for line in lines}


def _by_number(customer: Customer, numbers: Sequence[str]) -> dict[str | None, Line]:
    """Of a number that ended and lives again, the living line."""
    found = sorted(_lines(customer, number__in=numbers).values(), key=lambda line: line.state != LineState.TERMINATED)
    return {line.number: line for line in found}


def _judge(bulk: BulkChange, run: DryRun, part: list[Found], figures: Figures) -> Figures:
    judged = [(line, wish) for _row, line, wish in part if line is not None and wish is not None]
    verdicts = iter(run.judge(judged))
    for row, line, _wish in part:
        verdict = Verdict(BulkOutcome.CANNOT, row.reason) if line is None else next(verdicts)
        row.bulk, row.customer_id, row.line = bulk, bulk.customer_id, line
        row.outcome, row.reason = verdict.outcome, verdict.reason
        row.cost_before, row.cost_after = verdict.before, verdict.after
        figures = figures.plus(verdict)
    BulkRow.objects.bulk_create((row for row, _line, _wish in part), batch_size=CHECK_BATCH)
    return figures


def _store(bulk: BulkChange, figures: Figures) -> None:
    bulk.state, bulk.checked_at = BulkState.CHECKED, timezone.now()
    bulk.total, bulk.changing = figures.total, figures.changing
    bulk.already, bulk.impossible = figures.already, figures.impossible
    bulk.cost_before, bulk.cost_after = figures.cost_before, figures.cost_after
    bulk.save()


def apply(*, bulk: BulkChange, by: Actor) -> None:
    """Ask for it: at once for few lines, else a job does. Raises ``Refusal`` when it was applied or dropped already."""
    with transaction.atomic():
        locked = lock(bulk.pk)
        change = change_of(locked.change)
        require_right(by, locked.customer, change)
        if locked.state != BulkState.CHECKED:
            raise Refusal(_("This bulk change was applied or dropped already. Reload the page to see the result."))
        if not locked.changing:
            raise Refusal(_("There is nothing to change: no line would be different afterwards."))
        locked.state, locked.applied_at = BulkState.PLACING, timezone.now()
        locked.applied_by_id, locked.applied_by_name = by.id, by.name
        audit.record(
            AuditKind.BULK_APPLIED,
            by=by,
            customer_id=locked.customer_id,
            subject=locked,
            label=str(change.title),
            after={"change": change.code, "wish": locked.wish, "lines": locked.changing},
        )
        if locked.changing > AT_ONCE:
            payload = {"bulk": str(locked.pk)}
            locked.job = start_job(customer=locked.customer, kind=PLACE, payload=payload, by=by)
        locked.save()
        if locked.changing <= AT_ONCE:
            place(bulk_id=locked.pk)
    bulk.refresh_from_db()


def go_on(*, bulk: BulkChange, by: Actor) -> None:
    """The work stopped half way, for instance because the database was away for long: start it again where it was."""
    with transaction.atomic():
        locked = lock(bulk.pk)
        require_right(by, locked.customer, change_of(locked.change))
        if locked.state != BulkState.PLACING or locked.job is None or not locked.job.is_finished:
            raise Refusal(_("This bulk change is not interrupted. Reload the page to see the result."))
        payload = {"bulk": str(locked.pk)}
        locked.job = start_job(customer=locked.customer, kind=PLACE, payload=payload, by=by)
        locked.save(update_fields=["job"])


def drop(*, bulk: BulkChange, by: Actor) -> None:
    """Throw the dry run away; nothing was asked of the operator."""
    with transaction.atomic():
        locked = lock(bulk.pk)
        if locked.state != BulkState.CHECKED:
            raise Refusal(_("This bulk change was applied or dropped already. Reload the page to see the result."))
        locked.state, locked.finished_at = BulkState.DROPPED, timezone.now()
        locked.save(update_fields=["state", "finished_at"])
        audit.record(
            AuditKind.BULK_CANCELLED,
            by=by,
            customer_id=locked.customer_id,
            subject=locked,
            label=str(change_of(locked.change).title),
            after={"lines": 0},
        )


def retry(*, bulk: BulkChange, by: Actor) -> BulkChange:
    """The failed lines again, and only those, as a bulk change of their own; few of them are asked for at once."""
    with transaction.atomic():
        locked = lock(bulk.pk)
        if locked.retries.exclude(state=BulkState.DROPPED).exists():
            raise Refusal(_("The failed lines were tried again already. Reload the page to see that bulk change."))
        failed = locked.rows.filter(FAILED_ROWS, line__isnull=False).order_by("position")
        ids = tuple(str(key) for key in failed.values_list("line__public_id", flat=True))
        if not ids:
            raise Refusal(_("No line failed, so there is nothing to try again."))
        change, today = change_of(locked.change), timezone.localdate()
        again = prepare(
            customer=locked.customer,
            change=change,
            wish=change.wish.from_json(locked.wish) if locked.wish is not None else None,
            selection=Selection(scope=RETRY, ids=ids),
            not_before=locked.not_before if locked.not_before and locked.not_before > today else None,
            by=by,
            retry_of=locked,
        )
        if again.state == BulkState.CHECKED and again.changing:
            apply(bulk=again, by=by)
    return again


def start_outcome(*, bulk: BulkChange, file_name: str, by: Actor) -> Job:
    """Write what became of each line to a file, in the background."""
    with transaction.atomic():
        record_export(customer=bulk.customer, rows=bulk.total, file_format="xlsx", query=f"bulk={bulk.pk}", by=by)
        return start_job(customer=bulk.customer, kind=OUTCOME, payload={"bulk": str(bulk.pk), "name": file_name}, by=by)
