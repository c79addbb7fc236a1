"""The document that proves who had a number on a day. Making it is recorded: it tells who looked up whom."""

from datetime import date

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.pdf import render_pdf
from sims.enums import AuditKind
from sims.queries.history import History


def evidence(*, customer: Customer, history: History, day: date, by: Actor) -> bytes:
    """A PDF in the active language of a history that has facts; ``day`` is a Belgian day up to today."""
    answer = history.on(day)
    if answer is None:
        raise ValueError("nothing is known, so nothing can be proved")
    context = {
        "customer": customer,
        "history": history,
        "answer": answer,
        "made_by": by.name,
        "made_at": timezone.now(),
        "author": customer.name,
    }
    pdf = render_pdf(render_to_string("pdf/history.html", context))
    with transaction.atomic():
        audit.record(
            AuditKind.HISTORY_EVIDENCE,
            by=by,
            customer_id=customer.pk,
            subject=history.newest_line,
            label=history.number,
            after={"number": history.number, "day": day.isoformat(), "employees": answer.employees},
        )
    return pdf
