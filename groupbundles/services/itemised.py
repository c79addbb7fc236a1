"""Single usage records: switched on with a reason, switched off at any time, and every look at them written down."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from groupbundles.enums import AuditKind
from groupbundles.models import ItemisedUse
from sims.models import Line


def switch_on(*, customer: Customer, reason: str, by: Actor) -> ItemisedUse:
    """From now on; what was used before today stays closed. Refused where it is on already."""
    chosen = ItemisedUse(customer=customer, reason=reason, switched_on_at=timezone.now(), switched_on_by=by.name)
    try:
        with transaction.atomic():
            chosen.save(force_insert=True)
            audit.record(
                AuditKind.ITEMISED_USE_ON,
                by=by,
                customer_id=customer.pk,
                subject=customer,
                after={"reason": reason},
            )
    except IntegrityError as error:
        raise Refusal(_("Single usage records are switched on already.")) from error
    return chosen


def switch_off(*, customer: Customer, by: Actor) -> bool:
    """At once. False when it was off already."""
    with transaction.atomic():
        chosen = ItemisedUse.objects.for_customer(customer).filter(switched_off_at=None).select_for_update().first()
        if chosen is None:
            return False
        chosen.switched_off_at, chosen.switched_off_by = timezone.now(), by.name
        chosen.save(update_fields=["switched_off_at", "switched_off_by"])
        audit.record(AuditKind.ITEMISED_USE_OFF, by=by, customer_id=customer.pk, subject=customer)
    return True


def record_look(*, line: Line, period: date, page: int, by: Actor) -> None:
    """Somebody is about to see records of this line and month."""
    audit.record(
        AuditKind.RECORDS_SEEN,
        by=by,
        customer_id=line.customer_id,
        subject=line,
        after={"month": f"{period:%Y-%m}", "page": page},
    )
