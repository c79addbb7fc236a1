"""What somebody wants to be told of, as values: what a form makes, a service stores and a page shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from groupbundles.enums import AlertKind
from groupbundles.models import AlertRule

PERCENTAGES = (50, 75, 80, 90, 100)
ROAMING_PERCENTAGES = (80, 100)
# Euro without VAT, until somebody chooses another amount.
USUAL_AMOUNT = Decimal(25)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The alerts of one kind: on or off, from which thresholds (smallest first), and whether the employee is told."""

    is_on: bool = False
    thresholds: tuple[Decimal, ...] = ()
    tells_employee: bool = False

    @property
    def count(self) -> int:
        return len(self.thresholds) if self.is_on else 0

    @property
    def amount(self) -> Decimal:
        """The one threshold of a kind that has one."""
        return self.thresholds[0] if self.thresholds else USUAL_AMOUNT

    def as_json(self) -> dict[str, object]:
        return {
            "on": self.is_on,
            "thresholds": [f"{one:f}" for one in self.thresholds],
            "employee": self.tells_employee,
        }


def wanted_of(rules: Iterable[AlertRule]) -> dict[str, Wanted]:
    """What rules of one line, or of the company, amount to, by kind."""
    by_kind: dict[str, list[AlertRule]] = {}
    for rule in rules:
        by_kind.setdefault(rule.kind, []).append(rule)
    return {kind: _wanted(found) for kind, found in by_kind.items()}


def _wanted(rules: list[AlertRule]) -> Wanted:
    thresholds = tuple(sorted(rule.threshold for rule in rules))
    return Wanted(any(rule.is_active for rule in rules), thresholds, any(rule.tells_employee for rule in rules))


def count_of(wanted: dict[str, Wanted]) -> int:
    """How many alerts about lines are on."""
    return sum(one.count for kind, one in wanted.items() if AlertKind(kind).is_of_a_line)
