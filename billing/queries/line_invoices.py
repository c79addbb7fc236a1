"""What the newest invoices charge for one line of the fleet."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from accounts.models import Membership
from billing.models import InvoiceLine
from billing.queries.access import visible_invoices
from billing.queries.invoices import period_text, signed_net
from sims.models import Line

SHOWN = 4


@dataclass(frozen=True, slots=True)
class LineInvoice:
    """A document with what it charges for the line, without VAT; below nothing where it gives back."""

    invoice: Any
    period: str
    net: Decimal


def invoices_of_line(line: Line, membership: Membership) -> list[LineInvoice]:
    """The newest documents this person may see that charge for the line."""
    mine = InvoiceLine.objects.for_customer(line.customer_id).filter(line=line)
    found = (
        visible_invoices(membership.customer, membership)
        .filter(pk__in=mine.values("invoice"))
        .annotate(charged=Sum(signed_net(net="lines__net"), filter=Q(lines__line=line)))
        .order_by("-issued_on", "-pk")[:SHOWN]
    )
    return [LineInvoice(invoice, period_text(invoice), invoice.charged) for invoice in found]
