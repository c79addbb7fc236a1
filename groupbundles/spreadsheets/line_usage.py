"""The counters of one line and month as a workbook: days are dates, amounts and charges numbers."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.spreadsheets.writing import Column, Value, write_xlsx
from groupbundles.enums import UsageKind, UsageZone
from groupbundles.queries.line_usage import OUTSIDE, OWN, Count, bundle_names
from groupbundles.spreadsheets.amounts import amount_of, unit_of


def write_line_usage(path: Path, *, customer: Customer, counts: Sequence[Count]) -> int:
    """One row per counter; returns how many."""
    columns = [
        Column(_("Day"), 12),
        Column(_("Kind"), 24),
        Column(_("Zone"), 28),
        Column(_("Counts towards"), 24),
        Column(_("Amount"), 14),
        Column(_("Unit"), 8),
        Column(_("Number of uses"), 14),
        Column(_("Euro without VAT"), 16),
    ]
    names = bundle_names(customer, {count.bundle for count in counts})
    return write_xlsx(path, title=_("Usage"), columns=columns, rows=_rows(counts, names))


def _rows(counts: Sequence[Count], names: dict[str, str]) -> Iterator[list[Value]]:
    words = {OWN: _("Own allowance"), OUTSIDE: _("Out of bundle")} | names
    for count in counts:
        yield [
            count.day,
            str(UsageKind(count.kind).label),
            str(UsageZone(count.zone).label),
            words.get(count.bundle, count.bundle),
            amount_of(count.quantity, count.kind),
            unit_of(count.kind),
            count.records,
            count.charge,
        ]
