"""What invoices, payments, the contract and costs add to the shell: navigation, tasks, a tile, attention, search, the
last invoices of a line.
"""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Permission
from billing import announcements, payment_announcements
from billing.enums import AuditKind, InvoiceState
from billing.queries.invoices import Standing, counts_of, find_invoices, overdue_invoices, period_text, today
from billing.queries.line_invoices import LineInvoice, invoices_of_line
from billing.search import matching
from billing.views.invoices import pay_url
from billing.views.line_costs import line_costs
from billing.wording import due_note, late_text, signed_total
from fleetportal.shell.counts import frame_count
from fleetportal.shell.registry import (
    COSTS,
    AttentionItem,
    FrameCount,
    NavItem,
    Panel,
    SearchHit,
    SearchSource,
    Task,
    Tile,
    is_allowed,
)
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from sims.models import Line

VIEW, PAY = Permission.VIEW_INVOICES, Permission.PAY_INVOICES
OVERDUE = "invoices.overdue"


def _overdue_rows(request: PortalRequest) -> Any:
    if not is_allowed(request, VIEW):
        return None
    return overdue_invoices(request.customer, request.membership)


def _outstanding_note(request: PortalRequest) -> str:
    counts = counts_of(request)
    if n := counts.of(InvoiceState.OVERDUE).count:
        return ngettext("%(n)s overdue", "%(n)s overdue", n) % {"n": formatting.number(n)}
    due = counts.of(InvoiceState.OPEN).first_due
    return _("Due on %(day)s") % {"day": formatting.day_and_month(due)} if due else ""


def _outstanding_url(request: PortalRequest) -> str:
    counts = counts_of(request)
    view = "overdue" if counts.of(InvoiceState.OVERDUE).count else "open" if counts.to_pay else ""
    return reverse("invoice_list") + (f"?{urlencode({'view': view})}" if view else "")


def _attention(request: PortalRequest) -> list[AttentionItem]:
    """One overdue invoice by its number; several as one thing to settle."""
    standing = counts_of(request).of(InvoiceState.OVERDUE) if is_allowed(request, VIEW) else None
    if standing is None or not standing.count:
        return []
    amount = formatting.eur(standing.left)
    if standing.count == 1:
        title = _("Invoice %(number)s is overdue") % {"number": standing.number}
        return [_overdue_item(request, title, f"{amount}, {late_text(standing.first_due, today())}", standing)]
    title = ngettext("%(n)s invoice is overdue", "%(n)s invoices are overdue", standing.count)
    detail = _("%(amount)s together") % {"amount": amount}
    return [_overdue_item(request, title % {"n": formatting.number(standing.count)}, detail, standing)]


def _overdue_item(request: PortalRequest, title: str, detail: str, standing: Standing) -> AttentionItem:
    may_pay = is_allowed(request, PAY)
    is_one = standing.count == 1
    list_url = f"{reverse('invoice_list')}?view=overdue"
    look_url = reverse("invoice_detail", args=[standing.public_id]) if is_one else list_url
    url = pay_url(standing.public_id) if is_one else pay_url()
    return AttentionItem(
        title=title,
        detail=detail,
        icon="receipt-euro",
        url=url if may_pay else look_url,
        action=_("Pay") if may_pay else _("View"),
        action_label=f"{_('Pay') if may_pay else _('View')}: {title}",
        tone="bad",
        order=5,
    )


def _find(customer: Any, membership: Any, text: str, limit: int) -> list[SearchHit]:
    return [_hit(invoice) for invoice in find_invoices(customer, membership, matching(text), limit)]


def _hit(invoice: Any) -> SearchHit:
    said = due_note(invoice, today()) or period_text(invoice)
    extra = ", ".join(filter(None, (invoice.billing_account.name, signed_total(invoice), said)))
    return SearchHit("receipt-euro", invoice.number, extra, reverse("invoice_detail", args=[invoice.public_id]))


def _line_invoices(request: PortalRequest, line: Line) -> Mapping[str, Any]:
    return {"invoices": [_charged(found, line) for found in invoices_of_line(line, request.membership)]}


def _charged(found: LineInvoice, line: Line) -> dict[str, str]:
    invoice = found.invoice
    query = urlencode({"view": "lines", "number": line.number}) if line.number else ""
    return {
        "number": invoice.number,
        "period": found.period or formatting.short_date(invoice.issued_on),
        "net": formatting.money(found.net, invoice.currency),
        "url": f"{reverse('invoice_detail', args=[invoice.public_id])}?{query}",
    }


frame_counts = [FrameCount(OVERDUE, _overdue_rows)]
navigation = [
    NavItem(
        gettext_lazy("Invoices"),
        "receipt-euro",
        "invoice_list",
        group=COSTS,
        permission=VIEW,
        count=lambda request: frame_count(request, OVERDUE) or None,
        tone="bad",
        count_label=gettext_lazy("overdue"),
        order=20,
        tab=4,
        key="f",
    ),
    NavItem(
        gettext_lazy("Costs"),
        "chart-bar",
        "cost_overview",
        group=COSTS,
        permission=VIEW,
        order=30,
        key="k",
    ),
    NavItem(
        gettext_lazy("Contract"),
        "file-text",
        "contract",
        group=COSTS,
        permission=Permission.VIEW_LINES,
        order=40,
        key="c",
    ),
]
tasks = [
    Task(
        gettext_lazy("See invoices"),
        "receipt-euro",
        "invoice_list",
        permission=VIEW,
        keywords=gettext_lazy("invoice bill credit note pdf ubl peppol download costs amount due"),
        order=60,
    ),
    Task(
        gettext_lazy("See what it costs"),
        "chart-bar",
        "cost_overview",
        permission=VIEW,
        keywords=gettext_lazy("costs cost centre account plan line month difference expensive why changed"),
        quick=False,
        order=55,
    ),
    Task(
        gettext_lazy("Who pays what of the split bill"),
        "users",
        "cost_split_bill",
        permission=VIEW,
        keywords=gettext_lazy("split bill employee company payroll contribution private"),
        quick=False,
        order=56,
    ),
    Task(
        gettext_lazy("See the contract"),
        "file-text",
        "contract",
        permission=Permission.VIEW_LINES,
        keywords=gettext_lazy("plans options prices bundles term notice contact tariff"),
        quick=False,
        order=60,
    ),
]
tiles = [
    Tile(
        gettext_lazy("Outstanding"),
        url=_outstanding_url,
        value=lambda request: formatting.eur(counts_of(request).to_pay),
        note=_outstanding_note,
        icon="receipt-euro",
        permission=VIEW,
        order=60,
    ),
]
attention = [_attention]
line_panels = [
    Panel(
        gettext_lazy("Costs per month"),
        "billing/costs/line_panel.html",
        line_costs,
        permission=VIEW,
        on="billing",
        order=20,
    ),
    Panel(
        gettext_lazy("Invoices"),
        "billing/invoices/_line_panel.html",
        _line_invoices,
        permission=VIEW,
        on="billing",
        order=80,
    ),
]
search_sources = [
    SearchSource("invoices", gettext_lazy("Invoices"), _find, permission=VIEW, order=40),
]
notification_events = [*announcements.EVENTS, *payment_announcements.EVENTS]
audit_icons = {
    AuditKind.COSTS_EXPORTED: "table-export",
    AuditKind.INVOICE_IMPORTED: "receipt-euro",
    AuditKind.INVOICES_EXPORTED: "table-export",
    AuditKind.INVOICE_PDF_MADE: "file-text",
    AuditKind.INVOICE_XML_FETCHED: "download",
    AuditKind.PAYMENT_STARTED: "credit-card",
    AuditKind.PAYMENT_PAID: "circle-check",
    AuditKind.PAYMENT_FAILED: "alert-triangle",
    AuditKind.PAYMENT_CANCELLED: "circle-minus",
    AuditKind.PAYMENT_EXPIRED: "clock",
    AuditKind.PAYMENT_DOUBTED: "alert-triangle",
    AuditKind.PAYMENT_GIVEN_BACK: "refresh",
    AuditKind.REFUND_ASKED: "refresh",
    AuditKind.TRANSFER_BOOKED: "building-bank",
    AuditKind.TRANSFER_UNDONE: "building-bank",
}
