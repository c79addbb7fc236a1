"""What everybody used of a group bundle in a month, as a workbook: amounts and shares are numbers."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from fleetportal.spreadsheets.writing import Column, Value, write_xlsx
from fleetportal.web import formatting
from groupbundles.models import GroupBundle
from groupbundles.queries.bundle_usage import MemberUse
from groupbundles.spreadsheets.amounts import amount_of, unit_of


def write_bundle_usage(
    path: Path, *, bundle: GroupBundle, uses: Sequence[MemberUse], updated_at: datetime | None
) -> int:
    """One row per line, the biggest users first; returns how many."""
    columns = [
        Column(_("Number"), 18),
        Column(_("Employee"), 28),
        Column(_("Employee number"), 16),
        Column(_("Cost centre"), 24),
        Column(_("Used (%(unit)s)") % {"unit": unit_of(bundle.kind)}, 14),
        Column(_("Share of all use (%)"), 18),
        Column(_("Updated on"), 18),
    ]
    return write_xlsx(path, title=bundle.name, columns=columns, rows=_rows(bundle, uses, updated_at))


def _rows(bundle: GroupBundle, uses: Sequence[MemberUse], updated_at: datetime | None) -> Iterator[list[Value]]:
    total = sum(use.used for use in uses)
    at = timezone.localtime(updated_at).replace(tzinfo=None, microsecond=0) if updated_at else None
    for use in uses:
        yield [
            formatting.phone(use.number),
            use.name,
            use.employee_number,
            use.cost_centre,
            amount_of(use.used, bundle.kind),
            round(Decimal(100 * use.used) / total, 2) if total else 0,
            at,
        ]
