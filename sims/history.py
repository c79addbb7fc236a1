"""Writing who had what when, inside the transaction that changes the line. Reading is ``sims.queries.history``."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from sims.enums import LineFactKind, LineState
from sims.models import Line, LineFact
from sims.orders.calendar import start_of_day


def note(line: Line, kind: LineFactKind, value: str, *, reference: str = "", at: datetime | None = None) -> None:
    """From ``at`` on (now) this is so and what was so before ends; an empty value says that nothing is so any more."""
    moment = at or timezone.now()
    facts = LineFact.objects.for_customer(line.customer_id)
    present = facts.filter(line=line, kind=kind, until=None)
    if value and present.filter(value=value, reference=reference).exists():
        return
    present.filter(since__gt=moment).update(since=moment)
    present.update(until=moment)
    if value:
        facts.create(
            customer_id=line.customer_id, line=line, kind=kind, value=value[:200], reference=reference, since=moment
        )


def begin_history(line: Line, *, at: datetime | None = None) -> None:
    """Everything that is so of a line that has come into service at ``at`` (the day it was activated)."""
    for fact in _present_facts([line]):
        note(line, LineFactKind(fact.kind), fact.value, reference=fact.reference, at=at or fact.since)


def begin_histories(lines: Iterable[Line]) -> None:
    """The same for many lines that have none yet: so since their activation, or since now."""
    LineFact.objects.bulk_create(_present_facts(lines), batch_size=2000)


def end_history(line: Line, *, at: datetime | None = None) -> None:
    """From ``at`` on (now) nothing is so of this line any more."""
    for kind in LineFactKind:
        note(line, kind, "", at=at)


def _present_facts(lines: Iterable[Line]) -> list[LineFact]:
    now, found = timezone.now(), []
    for line in lines:
        since = min(start_of_day(line.activated_on), now) if line.activated_on else now
        until = now if line.state == LineState.TERMINATED else None
        values = [
            (LineFactKind.NUMBER, line.number or "", ""),
            (LineFactKind.SUBSCRIBER, *subscriber_value(line)),
            (LineFactKind.SIM, *((line.sim.iccid, str(line.sim.public_id)) if line.sim else ("", ""))),
            (LineFactKind.PLAN, *((line.plan.name_nl, line.plan.code) if line.plan else ("", ""))),
        ]
        found += [
            LineFact(
                customer_id=line.customer_id,
                line=line,
                kind=kind,
                value=value[:200],
                reference=ref,
                since=since,
                until=until,
            )
            for kind, value, ref in values
            if value
        ]
    return found


def subscriber_value(line: Line) -> tuple[str, str]:
    """The employee as the history keeps him: name and, where there is one, employee number; and his public id."""
    person = line.subscriber
    if person is None:
        return "", ""
    number = f" ({person.employee_number})" if person.employee_number else ""
    return f"{person.full_name}{number}", str(person.public_id)
