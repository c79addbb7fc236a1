"""A list of the company's usage as a workbook: amounts are numbers, days are dates, numbers of phones are text."""

from collections.abc import Callable, Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.spreadsheets.writing import Column, Value, write_xlsx
from groupbundles.enums import UsageKind
from groupbundles.filters import VIEWS, UsageFilter
from groupbundles.queries.company_usage import all_rows, lines_used
from groupbundles.queries.freshness import Freshness
from groupbundles.queries.line_heads import LineHead
from groupbundles.queries.unused_lines import all_unused, counted, unused
from groupbundles.spreadsheets.amounts import amount_of, unit_of
from sims.orders.calendar import local_day

NOW_AND_THEN = 1_000
Tell = Callable[[int], None]


class UsageExport:
    """What a filter asks for, as rows. Headings are in the active language."""

    def __init__(self, customer: Customer, wanted: UsageFilter, known: Freshness) -> None:
        self.customer = customer
        self.wanted = wanted
        self.unused = counted(customer, wanted, unused(customer, wanted, known)) if wanted.is_unused else None

    @property
    def title(self) -> str:
        """What it holds, also the name of the file."""
        view = str(VIEWS[self.wanted.view].label)
        if self.unused is not None:
            return f"{view} {self.unused.since:%Y-%m-%d}" if self.unused.since else view
        return f"{view} {self.wanted.period:%Y-%m}"

    def count(self) -> int:
        if self.unused is not None:
            return self.unused.lines
        return lines_used(self.customer, self.wanted).count()

    def write(self, path: Path, *, progress: Tell = lambda done: None) -> int:
        """Returns how many rows."""
        columns = _head_columns() + (_unused_columns() if self.unused is not None else _usage_columns())
        return write_xlsx(path, title=self.title, columns=columns, rows=self._told(progress))

    def _told(self, progress: Tell) -> Iterator[list[Value]]:
        for done, row in enumerate(self._rows(), start=1):
            yield row
            if done % NOW_AND_THEN == 0:
                progress(done)

    def _rows(self) -> Iterator[list[Value]]:
        if self.unused is None:
            for row in all_rows(self.customer, self.wanted):
                yield [*_head(row.line), *_amounts(row.values)]
        elif self.unused.since:
            for line in all_unused(self.customer, self.wanted, self.unused.since):
                last = local_day(line.last_used_at) if line.last_used_at else None
                yield [*_head(line.line), last, line.active_since, line.cost]


def _head_columns() -> list[Column]:
    return [
        Column(_("Phone number"), 16),
        Column(_("SIM number"), 22),
        Column(_("Employee"), 26),
        Column(_("Department"), 18),
        Column(_("Plan"), 18),
        Column(_("Cost centre"), 18),
    ]


def _head(line: LineHead) -> list[Value]:
    return [line.number, line.iccid, line.name, line.department, line.plan, line.centre]


def _usage_columns() -> list[Column]:
    def euro(text: str) -> Column:
        return Column(_("%(what)s (euro)") % {"what": text}, 18)

    return [
        Column(f"{_('Data')} ({unit_of(UsageKind.DATA)})", 14),
        Column(f"{_('Calls')} ({unit_of(UsageKind.VOICE)})", 14),
        Column(_("Text messages"), 14),
        euro(_("Out of bundle")),
        euro(_("Roaming")),
        euro(_("Data roaming")),
        euro(_("Premium numbers")),
        Column(_("Calls and messages to them"), 18),
        euro(_("Third parties")),
    ]


def _amounts(values: dict[str, Value]) -> list[Value]:
    data, calls = values["data"], values["calls"]
    assert isinstance(data, int)
    assert isinstance(calls, int)
    rest = ("sms", "outside", "roaming", "data_roaming", "premium", "premium_records", "third_party")
    return [
        amount_of(data, UsageKind.DATA),
        amount_of(calls, UsageKind.VOICE),
        *(values[name] for name in rest),
    ]


def _unused_columns() -> list[Column]:
    return [Column(_("Last used"), 12), Column(_("Active since"), 12), Column(_("Euro per month"), 14)]
