"""What came in, in figures: the report of the import command, read from the rows that were made."""

from typing import Any

from django.db.models import Count, Sum

from billing import structured
from billing.enums import InvoiceKind
from billing.models import Invoice


def report_of(invoice: Invoice, *, file_name: str) -> dict[str, Any]:
    """The figures of a document that is in the portal, amounts as text with two decimals."""
    of_centres = invoice.lines.order_by("cost_centre_code").values("cost_centre_code")
    centres = list(of_centres.annotate(net=Sum("net"), n=Count("pk")).values_list("cost_centre_code", "net", "n"))
    return {
        "file": file_name,
        "kind": "CreditNote" if invoice.kind == InvoiceKind.CREDIT_NOTE else "Invoice",
        "number": invoice.number,
        "billing_account": invoice.billing_account.number,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat() if invoice.due_on else None,
        "lines": sum(n for _code, _net, n in centres),
        "net": str(invoice.net),
        "vat": str(invoice.vat),
        "total": str(invoice.total),
        "reference": structured.shown(invoice.reference),
        "cost_centres": {code: str(net) for code, net, _n in centres},
    }
