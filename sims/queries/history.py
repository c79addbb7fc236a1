"""Who had what on which day: the dated facts of a line, or of a number over all lines of the company that had it.

Days are Belgian days, from local midnight to the next, so a day may have 23 or 25 hours.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import phonenumbers
from django.db.models import F, QuerySet

from accounts.models import Customer
from fleetportal.web import formatting
from sims.enums import LineFactKind
from sims.identifiers import IdentifierError, clean, normalise_msisdn
from sims.models import Line, LineFact
from sims.orders.calendar import local_day, start_of_day

_ORDER = {kind: place for place, kind in enumerate(LineFactKind.values)}


@dataclass(frozen=True, slots=True)
class Fact:
    """What was so of ``line`` from ``since`` until ``until`` (None: still so); ``value`` is as people read it."""

    kind: str
    value: str
    since: datetime
    until: datetime | None
    line: Line

    @property
    def label(self) -> str:
        return str(LineFactKind(self.kind).label)

    @property
    def since_text(self) -> str:
        return _moment(self.since)

    @property
    def until_text(self) -> str:
        """Empty for what is still so."""
        return _moment(self.until) if self.until else ""


@dataclass(frozen=True, slots=True)
class OnDay:
    """A fact on one day: the moments of that day at which it began and ended, None where it held before and after."""

    fact: Fact
    began: datetime | None
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class DayAnswer:
    """What was so on a day, by kind. ``kept_since`` is the day from which on the portal wrote down every change."""

    day: date
    rows: list[tuple[str, list[OnDay]]]
    first_day: date
    kept_since: date

    @property
    def is_empty(self) -> bool:
        return not any(facts for _label, facts in self.rows)

    @property
    def is_before_all(self) -> bool:
        return self.day < self.first_day

    @property
    def is_from_before(self) -> bool:
        """The answer is what was known when the line was added, not what the portal saw happen."""
        return not self.is_empty and self.day < self.kept_since

    @property
    def employees(self) -> list[str]:
        label = LineFactKind.SUBSCRIBER.label
        return [found.fact.value for kind, facts in self.rows if kind == label for found in facts]


@dataclass(frozen=True, slots=True)
class History:
    """All facts, newest first. ``number`` is E.164, empty for a line that never had one."""

    number: str
    facts: list[Fact]

    @property
    def newest_line(self) -> Line:
        return self.facts[0].line

    @property
    def has_many_lines(self) -> bool:
        return len({fact.line.pk for fact in self.facts}) > 1

    def on(self, day: date) -> DayAnswer | None:
        """What was so at any moment of this Belgian day; None when nothing is known at all."""
        if not self.facts:
            return None
        begin, end = start_of_day(day), start_of_day(day + timedelta(days=1))
        that_day = [f for f in self.facts if f.since < end and (f.until is None or f.until > begin)]
        added = [local_day(fact.line.created_at) for fact in that_day or self.facts]
        return DayAnswer(
            day=day,
            rows=[
                (str(kind.label), [_on_day(fact, begin, end) for fact in reversed(that_day) if fact.kind == kind])
                for kind in LineFactKind
            ],
            first_day=local_day(min(fact.since for fact in self.facts)),
            kept_since=max(added) if that_day else min(added),
        )


def history_of_line(line: Line) -> History:
    """Of a line in any state; one that was never in service has none."""
    found = [_fact(row, row.since, row.until) for row in _rows(line.customer_id).filter(line=line)]
    return History(number=line.number or "", facts=_newest_first(found))


def history_of_number(customer: Customer, number: str) -> History:
    """Of an E.164 number: what was so of the company's lines for as long as each of them had it."""
    lines = _with_number(customer, number).values("line")
    rows = list(_rows(customer.pk).filter(line__in=lines))
    return History(number=number, facts=_newest_first(_while_on(number, rows)))


def has_history(customer: Customer, number: str) -> bool:
    return _with_number(customer, number).exists()


def asked_number(typed: str) -> str:
    """The number in any notation as E.164, also one that is foreign or not a mobile one; empty for other text."""
    try:
        return normalise_msisdn(typed)
    except IdentifierError:
        pass
    try:
        parsed = phonenumbers.parse(clean(typed), "BE")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _with_number(customer: Customer, number: str) -> QuerySet[LineFact]:
    found: QuerySet[LineFact] = LineFact.objects.for_customer(customer)
    return found.filter(kind=LineFactKind.NUMBER, value=number)


def _rows(customer_id: int) -> QuerySet[LineFact]:
    """Without those that ended at the moment they began: they were never so."""
    found: QuerySet[LineFact] = LineFact.objects.for_customer(customer_id)
    return found.exclude(until=F("since")).select_related("line")


def _while_on(number: str, rows: Iterable[LineFact]) -> Iterator[Fact]:
    rows = list(rows)
    spans: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for row in rows:
        if row.kind == LineFactKind.NUMBER and row.value == number:
            spans[row.line_id].append((row.since, row.until))
    for row in rows:
        if row.kind == LineFactKind.NUMBER and row.value != number:
            continue
        for since, until in spans[row.line_id]:
            begin = max(row.since, since)
            end = min((moment for moment in (row.until, until) if moment), default=None)
            if end is None or begin < end:
                yield _fact(row, begin, end)


def _fact(row: LineFact, since: datetime, until: datetime | None) -> Fact:
    value = formatting.identifier(row.value) if row.kind in (LineFactKind.NUMBER, LineFactKind.SIM) else row.value
    return Fact(kind=row.kind, value=value, since=since, until=until, line=row.line)


def _newest_first(facts: Iterable[Fact]) -> list[Fact]:
    found = sorted(facts, key=lambda fact: (_ORDER[fact.kind], fact.value))
    return sorted(found, key=lambda fact: fact.since, reverse=True)


def _on_day(fact: Fact, begin: datetime, end: datetime) -> OnDay:
    began = fact.since if fact.since > begin else None
    ended = fact.until if fact.until and fact.until < end else None
    return OnDay(fact=fact, began=began, ended=ended)


def _moment(moment: datetime) -> str:
    """Midnight is how a day is kept of which no time is known."""
    is_day = moment == start_of_day(local_day(moment))
    return formatting.short_date(moment) if is_day else formatting.date_time(moment)
