"""What people do with a number that is brought along: correct what the donor refused, tell that a claim was made."""

from dataclasses import asdict, dataclass
from datetime import date

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, OrderKind
from sims.models import Line, Order, PortInRequest
from sims.orders.kinds import activation_of
from sims.orders.lateness import lateness_of
from sims.orders.placing import place
from sims.orders.transitions import lock_line
from sims.queries.adding import number_trouble
from sims.search import refresh_search_text
from sims.services.mandates import Mandate, give_mandate


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the donor checks: columns of ``PortInRequest`` by their names."""

    number: str
    donor: str
    is_prepaid: bool
    donor_customer_number: str
    donor_iccid: str
    holder_name: str
    holder_enterprise_number: str


def hold_number(number: str) -> None:
    """One request at a time may look whether this number is free, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"port:{number}"])


def refuse_taken(customer: Customer, number: str, *, but: Line | None = None) -> None:
    """Raises ``Refusal`` when this number cannot be brought along by our own rules; ``but`` is the line that asks."""
    hold_number(number)
    if trouble := number_trouble(customer, number, but=but):
        raise Refusal(trouble, field="number")


def correct_and_ask_again(
    *, line: Line, details: Details, mandate_ip: str | None, language: str, on: date | None = None, by: Actor
) -> Order:
    """Store the corrected details with a new mandate and place the transfer anew; raises ``Refusal``.

    What was asked before stays in the earlier orders.
    """
    with transaction.atomic():
        locked = lock_line(line.pk)
        asked = _stored(locked)
        if locked.state != LineState.NEW:
            raise Refusal(_("This SIM card is active already."))
        refuse_taken(locked.customer, details.number, but=locked)
        before = _shown(asked)
        for name, value in asdict(details).items():
            setattr(asked, name, value)
        asked.mandate_by_name, asked.mandate_by_id = by.name, by.id
        asked.mandate_at, asked.mandate_ip = timezone.now(), mandate_ip
        asked.mandate = give_mandate(customer=locked.customer, mandate=mandate_of(asked, language))
        asked.save()
        refresh_search_text(locked)
        audit.record(
            AuditKind.PORT_CORRECTED,
            by=by,
            customer_id=locked.customer_id,
            subject=locked,
            before=before,
            after=_shown(asked),
        )
        locked.refresh_from_db()
        kind, payload = activation_of(locked)
        return place(line=locked, kind=kind, payload=payload, not_before=on, by=by)


def mandate_of(asked: PortInRequest, language: str) -> Mandate:
    """The mandate a stored request carries the evidence of."""
    return Mandate(
        by_name=asked.mandate_by_name,
        at=asked.mandate_at,
        ip=asked.mandate_ip,
        text_version=asked.mandate_text_version,
        language=language,
        numbers=(asked.number,),
        donor=asked.donor,
        holder_name=asked.holder_name,
        holder_enterprise_number=asked.holder_enterprise_number,
    )


def mark_claimed(*, line: Line, by: Actor) -> None:
    """Somebody claimed the compensation for a late transfer; raises ``Refusal`` when there is none to claim."""
    with transaction.atomic():
        locked = lock_line(line.pk)
        asked = _stored(locked)
        orders = Order.objects.for_customer(locked.customer_id).filter(line=locked, kind=OrderKind.PORT_IN)
        late = next(filter(None, map(lateness_of, orders.order_by("-created_at"))), None)
        if late is None or late.moved is None:
            raise Refusal(_("There is nothing to claim yet. The amount is known once the number has moved."))
        if asked.late_claimed_at is not None:
            raise Refusal(_("Somebody has claimed this already."))
        asked.late_claimed_at, asked.late_claimed_by_name = timezone.now(), by.name
        asked.save(update_fields=["late_claimed_at", "late_claimed_by_name"])
        audit.record(
            AuditKind.PORT_LATE_CLAIMED,
            by=by,
            customer_id=locked.customer_id,
            subject=locked,
            after={"days": late.days, "amount": str(late.amount), "number": asked.number},
        )


def _stored(line: Line) -> PortInRequest:
    asked: PortInRequest | None = PortInRequest.objects.for_customer(line.customer_id).filter(line=line).first()
    if asked is None:
        raise Refusal(_("No number is brought along to this line."))
    return asked


def _shown(asked: PortInRequest) -> dict[str, str]:
    """For the audit trail; what proves the right to the number stays out of it."""
    return {"number": asked.number, "donor": asked.donor, "holder": asked.holder_name}
