"""What was found in a fleet file: per cell what is wrong or odd, and how many rows can be imported."""

from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from fleetportal.spreadsheets.reading import column_letter
from sims.identifiers import NumberProblem, SimProblem, SimWarning


class Severity(models.TextChoices):
    """An error refuses the row, a warning does not."""

    ERROR = "error", _("Error")
    WARNING = "warning", _("Warning")


class Reason(models.TextChoices):
    """What can be wrong besides the identifiers themselves. Values are stable, labels are for people."""

    NUMBER_TWICE = "phone number twice in the file", _("phone number twice in the file")
    NUMBER_TAKEN = "phone number already in use", _("phone number already in use")
    SIM_TWICE = "SIM card number twice in the file", _("SIM card number twice in the file")
    SIM_TAKEN = "SIM card number already in use", _("SIM card number already in use")
    PLAN_MISSING = "tariff plan missing", _("tariff plan missing")
    PLAN_UNKNOWN = "unknown tariff plan", _("unknown tariff plan")
    OPTION_UNKNOWN = "unknown option", _("unknown option")
    OPTION_NOT_ON_PLAN = "option is not available on this plan", _("option is not available on this plan")
    OPTIONS_EXCLUDE = "two options exclude each other", _("two options exclude each other")
    ACCOUNT_MISSING = "billing account missing", _("billing account missing")
    ACCOUNT_UNKNOWN = "unknown billing account", _("unknown billing account")
    CENTRE_NEW = (
        "cost centre does not exist yet and is created",
        _("cost centre does not exist yet and is created"),
    )
    EMAIL = "not an e-mail address", _("not an e-mail address")
    NAME_MISSING = "name of the employee missing", _("name of the employee missing")
    EMPLOYEE_OTHER_NAME = (
        "employee number is known under another name",
        _("employee number is known under another name"),
    )
    TOO_LONG = "text too long", _("text too long")
    LANGUAGE = "unknown language", _("unknown language")
    STATUS = "unknown status", _("unknown status")
    STATUS_NOT_RUNNING = (
        "only active and blocked lines can be imported",
        _("only active and blocked lines can be imported"),
    )
    SPLIT_BILL = "neither yes nor no", _("neither yes nor no")
    NO_SUCH_DATE = "no such date", _("no such date")
    FUTURE = "date lies in the future", _("date lies in the future")


_LABELS = {member.value: member.label for kind in (Reason, NumberProblem, SimProblem, SimWarning) for member in kind}


def reason_label(reason: str) -> str:
    """The reason in the active language."""
    return str(_LABELS.get(reason, reason))


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding. ``index`` is the column's place from 0, ``column`` its heading and ``value`` what stands there."""

    row: int
    index: int
    column: str
    severity: Severity
    reason: str
    value: str = ""

    @property
    def cell(self) -> str:
        return f"{column_letter(self.index)}{self.row}"

    def as_json(self) -> dict[str, Any]:
        return {
            "cell": self.cell,
            "row": self.row,
            "column": self.column,
            "severity": self.severity.value,
            "reason": str(self.reason),
        }


@dataclass(slots=True)
class Report:
    """The outcome for a file: every row is either imported or refused; warnings refuse nothing."""

    file: str
    rows: int = 0
    refused: int = 0
    issues: list[Issue] = field(default_factory=list)

    @property
    def imported(self) -> int:
        return self.rows - self.refused

    @property
    def warnings(self) -> int:
        return sum(issue.severity == Severity.WARNING for issue in self.issues)

    @property
    def errors(self) -> int:
        return len(self.issues) - self.warnings

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "rows": self.rows,
            "imported": self.imported,
            "refused": self.refused,
            "warnings": self.warnings,
            "issues": [issue.as_json() for issue in self.issues],
        }
