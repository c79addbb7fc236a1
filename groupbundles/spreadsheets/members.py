"""Who is in a bundle, as a file."""

from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from fleetportal.spreadsheets.writing import Column, Value, write_xlsx
from groupbundles.models import GroupBundle
from groupbundles.queries.bundles import members_by_name

CHUNK = 1000


def write_members(path: Path, bundle: GroupBundle) -> int:
    """One row per line by name; returns how many."""
    columns = [
        Column(_("Number"), 18),
        Column(_("Employee"), 28),
        Column(_("Employee number"), 18),
        Column(_("Department"), 20),
        Column(_("Cost centre"), 20),
        Column(_("State"), 16),
        Column(_("In the bundle since"), 18),
    ]
    return write_xlsx(path, title=bundle.name, columns=columns, rows=_rows(bundle))


def _rows(bundle: GroupBundle) -> Iterator[list[Value]]:
    for member in members_by_name(bundle).iterator(chunk_size=CHUNK):
        line, person = member.line, member.line.subscriber
        yield [
            line.number or "",
            person.full_name if person else "",
            person.employee_number if person else "",
            person.department if person else "",
            str(line.cost_centre or ""),
            line.get_state_display(),
            member.since,
        ]
