"""Finding out which usage passed a threshold, keeping that once, and telling it.

Called in the transaction that changed the counters: what is counted, kept and told stands together or not at all. One
company's counters change in one transaction at a time; whoever looks at rules that are new takes the same lock, so that
neither overlooks what the other is about to write.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Permission
from accounts.queries import people_who
from fleetportal.notifications.services import Address, Note, notify_many
from fleetportal.wakeup import wake
from groupbundles.announcements import EMPLOYEE, MANAGERS
from groupbundles.models import Alert, AlertRule
from groupbundles.periods import period_of, shifted
from groupbundles.services.alert_statements import FIRE
from groupbundles.services.usage.statements import LOCK

CHECK = "groupbundles.check_alert_rules"
# More alerts of one kind and month at once are told together.
MOST_TOLD_ALONE = 5


def evaluate(
    *, customer_id: int, periods: Sequence[date], lines: Sequence[int] | None, bundle_codes: Sequence[str] | None
) -> int:
    """What these lines and bundles passed in these months for the first time; None stands for all of them.

    Part of the caller's transaction. Returns how many alerts fired.
    """
    if not AlertRule.objects.for_customer(customer_id).filter(is_active=True).exists():
        return 0
    what: dict[str, Any] = {
        "customer": customer_id,
        "periods": list(periods),
        "lines": None if lines is None else list(lines),
        "codes": None if bundle_codes is None else list(bundle_codes),
    }
    with connection.cursor() as cursor:
        cursor.execute(FIRE, what)
        fired = [key for (key,) in cursor.fetchall()]
    if fired:
        _tell(customer_id, fired)
    return len(fired)


def check_rules(*, customer_id: int) -> int:
    """Look at the present month with the rules that are new or changed; safe to run twice. Returns how many fired."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Longer than a page may wait: a batch of an import may be at work.
            cursor.execute("SET LOCAL lock_timeout = '30s'; SET LOCAL statement_timeout = '40s'")
            cursor.execute(LOCK, {"customer": customer_id})
        unchecked = AlertRule.objects.for_customer(customer_id).filter(is_active=True, checked_at=None)
        keys = list(unchecked.select_for_update().values_list("pk", flat=True))
        if not keys:
            return 0
        period = period_of(timezone.now())
        fired = evaluate(customer_id=customer_id, periods=[period], lines=None, bundle_codes=None)
        AlertRule.objects.for_customer(customer_id).filter(pk__in=keys).update(checked_at=Now())
    return fired


def sweep_rules() -> int:
    """Wake a worker for every company with rules nobody has looked at: what a lost message left. Returns how many."""
    everywhere = AlertRule.objects.across_customers(reason="new rules of every company are looked at alike")
    unchecked = everywhere.filter(is_active=True, checked_at=None).order_by("customer_id")
    found = list(unchecked.values_list("customer_id", flat=True).distinct())
    for customer_id in found:
        wake(CHECK, customer_id, queue="usage")
    return len(found)


def _tell(customer_id: int, fired: Sequence[int]) -> None:
    """Of several thresholds passed at once the highest; months long past are kept but no news to anybody."""
    oldest = shifted(period_of(timezone.now()), -1)
    alerts = Alert.objects.for_customer(customer_id).filter(pk__in=fired, period__gte=oldest)
    found = alerts.select_related("line__subscriber", "bundle").order_by("threshold", "pk")
    highest = list({(one.kind, one.period, one.line_id, one.bundle_id): one for one in found}.values())
    if not highest:
        return
    managers = people_who(customer_id, Permission.MANAGE_LINES)
    notes = [note for group in _by_kind(highest) for note in _notes(group, managers)]
    notify_many(customer_id=customer_id, event=MANAGERS, notes=notes)
    notify_many(customer_id=customer_id, event=EMPLOYEE, notes=[_own(one) for one in highest if _employee(one)])


def _by_kind(alerts: Sequence[Alert]) -> list[list[Alert]]:
    groups: dict[tuple[str, date], list[Alert]] = {}
    for alert in alerts:
        groups.setdefault((alert.kind, alert.period), []).append(alert)
    return list(groups.values())


def _notes(group: Sequence[Alert], managers: Sequence[int]) -> list[Note]:
    if len(group) <= MOST_TOLD_ALONE:
        return [Note(f"alert:{one.pk}", managers, _params(one), _url(one)) for one in group]
    first = min(group, key=lambda one: one.pk)
    url = f"{reverse('alert_list')}?month={first.period:%Y-%m}&kind={first.kind}"
    return [Note(f"alerts:{first.pk}", managers, {**_params(first), "many": len(group)}, url)]


def _own(alert: Alert) -> Note:
    employee = _employee(alert)
    assert employee is not None
    return Note(f"alert:{alert.pk}", [employee], _params(alert))


def _employee(alert: Alert) -> Address | None:
    person = alert.line.subscriber if alert.line and alert.tells_employee else None
    return Address(person.email, person.language) if person and person.email else None


def _params(alert: Alert) -> dict[str, str | bool | None]:
    """What the texts are made of when somebody reads them."""
    line, bundle = alert.line, alert.bundle
    person = line.subscriber if line else None
    return {
        "kind": alert.kind,
        "value": str(alert.value),
        "of": None if alert.of is None else str(alert.of),
        "unit": bundle.kind if bundle else "data",
        "period": alert.period.isoformat(),
        "is_late": alert.period < period_of(alert.fired_at),
        "number": (line.number or "") if line else "",
        "name": bundle.name if bundle else person.full_name if person else "",
    }


def _url(alert: Alert) -> str:
    if alert.bundle:
        return reverse("bundle_detail", args=[alert.bundle.public_id])
    assert alert.line is not None
    return reverse("line_detail", args=[alert.line.public_id])
