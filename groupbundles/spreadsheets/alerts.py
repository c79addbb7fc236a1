"""What fired, as a file."""

from collections.abc import Iterator
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.spreadsheets.writing import Column, Value, write_xlsx
from groupbundles.queries.alerts import AlertFilter, fired, row_of

CHUNK = 1000


def write_alerts(path: Path, customer: Customer, wanted: AlertFilter) -> int:
    """One row per alert, newest first; returns how many."""
    columns = [
        Column(_("Number"), 18),
        Column(_("Employee"), 28),
        Column(_("Group bundle"), 24),
        Column(_("Alert"), 30),
        Column(_("Tells from"), 14),
        Column(_("Used"), 46),
        Column(_("Month"), 12),
        Column(_("Moment"), 20),
        Column(_("Counted late"), 14),
    ]
    return write_xlsx(path, title=_("Usage alerts"), columns=columns, rows=_rows(customer, wanted))


def _rows(customer: Customer, wanted: AlertFilter) -> Iterator[list[Value]]:
    for alert in fired(customer, wanted).iterator(chunk_size=CHUNK):
        row, line = row_of(alert), alert.line
        person = line.subscriber if line else None
        yield [
            (line.number or "") if line else "",
            person.full_name if person else "",
            alert.bundle.name if alert.bundle else "",
            str(alert.get_kind_display()),
            row.threshold,
            row.what,
            alert.period,
            timezone.localtime(alert.fired_at).replace(tzinfo=None, microsecond=0),
            _("yes") if row.is_late else "",
        ]
