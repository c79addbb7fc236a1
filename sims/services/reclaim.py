"""An employee asks his number back: it is recorded with his letter and the number goes to him."""

from datetime import date

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import short_date
from sims.enums import CANCELLABLE_ORDER_STATES, AuditKind, OrderKind, ReleaseReason
from sims.models import DepartureLine, Order
from sims.orders import calendar
from sims.orders.kinds.end import ReleaseWish
from sims.orders.placing import ask, cancel
from sims.orders.transitions import lock_line

ASKED_BACK = "number_asked_back"
# What else may be planned for a number that is to go.
GIVES_WAY = (OrderKind.END, OrderKind.RELEASE, OrderKind.TRANSFER)


def record_request(*, row: DepartureLine, asked_on: date, letter: "File[bytes] | None" = None, by: Actor) -> Order:
    """Note the date of his letter, keep the letter, and ask for the number's release to him.

    What was planned to take the number away gives way. Raises ``Refusal`` for a letter after the month, one that is
    already recorded, and a line that has ended.
    """
    with transaction.atomic():
        line = lock_line(row.line_id)
        rows = DepartureLine.objects.for_customer(row.customer_id).select_for_update(of=("self",))
        locked: DepartureLine = rows.select_related("departure__subscriber").get(pk=row.pk)
        _check(locked, asked_on)
        locked.asked_back_on, locked.asked_back_by_name = asked_on, by.name
        if letter is not None:
            locked.letter.save(f"{locked.public_id}{_suffix(letter)}", letter, save=False)
        locked.save()
        planned = Order.objects.for_customer(row.customer_id).filter(
            line=line, kind__in=GIVES_WAY, state__in=CANCELLABLE_ORDER_STATES
        )
        for order in planned:
            cancel(order=order, by=by, reason=ASKED_BACK)
        person = locked.departure.subscriber
        audit.record(
            AuditKind.NUMBER_ASKED_BACK,
            by=by,
            customer_id=line.customer_id,
            subject=line,
            label=line.number or "",
            after={"asked_on": asked_on.isoformat(), "letter": bool(locked.letter), "employee": person.full_name},
        )
        wish = ReleaseWish(to_name=person.full_name, reason=ReleaseReason.ASKED_BACK)
        return ask(line=line, kind=OrderKind.RELEASE, wish=wish, by=by, departure=locked.departure)


def _check(row: DepartureLine, asked_on: date) -> None:
    if row.asked_back_on is not None:
        raise Refusal(_("That the employee asked this number back is recorded already."))
    if row.reclaim_until is None:
        raise Refusal(_("This number is the company’s, so it cannot be asked back."))
    if asked_on > calendar.local_day(timezone.now()):
        raise Refusal(_("The letter cannot be of a day to come. Look at its date again."), field="asked_on")
    if asked_on > row.reclaim_until:
        message = _("The number could be asked back until %(date)s. A later letter obliges the company to nothing.")
        raise Refusal(message % {"date": short_date(row.reclaim_until)}, field="asked_on")


def _suffix(letter: "File[bytes]") -> str:
    name = (letter.name or "").lower()
    return next((suffix for suffix in (".pdf", ".jpg", ".jpeg", ".png") if name.endswith(suffix)), "")


def record_look(*, row: DepartureLine, by: Actor) -> None:
    """Somebody saw what another operator needs to take the number over."""
    audit.record(
        AuditKind.TRANSFER_DATA_SHOWN,
        by=by,
        customer_id=row.customer_id,
        subject=row.line,
        label=row.line.number or "",
    )
