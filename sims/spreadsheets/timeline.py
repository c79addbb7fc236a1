"""What happened to one line, as a file for whoever has to look into it."""

from collections.abc import Iterable
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from fleetportal.spreadsheets.writing import Column, Value, write_xlsx
from sims.queries.timeline import Entry


def write_timeline(path: Path, entries: Iterable[Entry]) -> int:
    """One row per entry in the order given; moments are those in Belgium. Returns how many rows."""
    columns = [
        Column(_("When"), 20),
        Column(_("What"), 44),
        Column(_("Details"), 60),
        Column(_("Who"), 28),
        Column(_("Planned"), 10),
    ]
    return write_xlsx(path, title=_("Timeline"), columns=columns, rows=map(_row, entries))


def _row(entry: Entry) -> list[Value]:
    moment = timezone.localtime(entry.at).replace(tzinfo=None, microsecond=0)
    return [moment, entry.title, entry.detail, entry.who, _("Yes") if entry.is_planned else ""]
