"""The findings of a checked fleet file as a page shows them: errors and warnings apart, by reason, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fleetportal.jobs.models import Job
from fleetportal.spreadsheets.reading import column_letter
from fleetportal.web.formatting import number
from fleetportal.web.pagination import Page
from fleetportal.web.parameters import page_number

PER_PAGE = 50
ERRORS, WARNINGS = "error", "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table; ``reason`` is in the reader's language."""

    cell: str
    row: int
    column: str
    value: str
    reason: str


class ReportPage:
    """What the address asks of a finished check: ``show`` (error or warning), ``reason``, ``page``."""

    def __init__(self, job: Job, params: Mapping[str, str], label: Any) -> None:
        self.job = job
        self.outcome: Mapping[str, Any] = job.outcome
        self.label = label
        asked = params.get("show", "")
        self.show = asked if asked in (ERRORS, WARNINGS) else ERRORS if self.outcome["errors"] else WARNINGS
        self.reason = params.get("reason", "") if params.get("reason", "") in self._per_reason else ""
        self._page = params.get("page", "")

    @property
    def _per_reason(self) -> Mapping[str, int]:
        return self.outcome["reasons"].get(self.show, {})

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Value and label, with how often, the most frequent first."""
        return [(reason, f"{self.label(reason)} ({number(count)})") for reason, count in self._per_reason.items()]

    @cached_property
    def page(self) -> Page:
        found = [
            issue
            for issue in self.outcome["issues"]
            if issue[3] == self.show and (not self.reason or issue[4] == self.reason)
        ]
        pages = max(1, -(-len(found) // PER_PAGE))
        current = min(page_number(self._page), pages)
        rows = found[(current - 1) * PER_PAGE : current * PER_PAGE]
        return Page(items=[self._finding(row) for row in rows], number=current, per_page=PER_PAGE, total=len(found))

    def _finding(self, issue: list[Any]) -> Finding:
        row, index, column, _severity, reason, value = issue
        return Finding(f"{column_letter(index)}{row}", row, column, value, self.label(reason))

    @property
    def is_cut(self) -> bool:
        """There are more findings than the page keeps; the file has all."""
        return len(self.outcome["issues"]) < self.outcome["errors"] + self.outcome["warnings"]

    @property
    def unknown(self) -> list[str]:
        """Headings that are not used."""
        return [h["text"] or h["letter"] for h in self.outcome["headings"] if not h["field"]]

    @property
    def used(self) -> list[str]:
        """Headings that are used."""
        return [h["text"] or h["letter"] for h in self.outcome["headings"] if h["field"]]
