"""Records of numbers no line has: kept, and counted when a line appears. The SIM card app need not know of it."""

from django.db import connection, transaction

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.audit.services import record
from groupbundles.enums import AuditKind
from groupbundles.services.usage import statements
from groupbundles.services.usage.counting import count_claimed

NUMBERS_AT_ONCE = 500


def claim_set_aside(customer: Customer, *, by: Actor) -> int:
    """Count what was set aside for numbers that have a line by now; says how many records. Cheap when there is none."""
    numbers = _claimable(customer)
    return sum(
        _claim(customer, numbers[start : start + NUMBERS_AT_ONCE], by)
        for start in range(0, len(numbers), NUMBERS_AT_ONCE)
    )


def _claimable(customer: Customer) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statements.CLAIMABLE, {"customer": customer.pk})
        return [number for (number,) in cursor.fetchall()]


@transaction.atomic
def _claim(customer: Customer, numbers: list[str], by: Actor) -> int:
    records = count_claimed(customer.pk, numbers)
    if records:
        after = {"records": records, "numbers": len(numbers)}
        record(AuditKind.USAGE_CLAIMED, by=by, customer_id=customer.pk, subject=customer, after=after)
    return records
