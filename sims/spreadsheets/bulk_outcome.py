"""What became of each line of a bulk change, as a file."""

from collections.abc import Callable, Iterator
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from fleetportal.spreadsheets.writing import Column, Value, write_xlsx
from sims.enums import BulkState
from sims.models import BulkChange
from sims.queries.bulk import rows_of, shown_row

CHUNK = 1000
NOW_AND_THEN = 500


def write_outcome(path: Path, bulk: BulkChange, *, progress: Callable[[int], None] = lambda done: None) -> int:
    """One row per line in the order of the page; returns how many."""
    columns = [
        Column(_("Number"), 18),
        Column(_("Employee"), 28),
        Column(_("Outcome"), 24),
        Column(_("Why"), 60),
        Column(_("Euro per month before"), 20),
        Column(_("Euro per month after"), 20),
        Column(_("Ended at"), 20),
        Column(_("Cell"), 8),
    ]
    return write_xlsx(path, title=_("Outcome"), columns=columns, rows=_rows(bulk, progress))


def _rows(bulk: BulkChange, progress: Callable[[int], None]) -> Iterator[list[Value]]:
    is_placed = bulk.state not in (BulkState.CHECKING, BulkState.CHECKED, BulkState.PLACING)
    for done, row in enumerate(rows_of(bulk).iterator(chunk_size=CHUNK), start=1):
        shown = shown_row(row, is_placed=is_placed)
        ended = row.order.finished_at if row.order else None
        yield [
            shown.number,
            shown.name,
            shown.word,
            shown.reason,
            shown.before,
            shown.after,
            timezone.localtime(ended).replace(tzinfo=None, microsecond=0) if ended else None,
            shown.cell,
        ]
        if done % NOW_AND_THEN == 0:
            progress(done)
