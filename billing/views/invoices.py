"""The list of invoices, what they cost per month and what is outstanding."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from accounts.permissions import Permission
from billing.charts import cost_chart
from billing.enums import InvoiceKind, InvoiceState
from billing.filters import ALL, SORTS, URGENCY, VIEWS, InvoiceFilter
from billing.models import Invoice
from billing.queries.invoice_costs import cost_months
from billing.queries.invoices import InvoiceCounts, counts_of, invoice_choices, period_text, today
from billing.wording import due_note, left_note, look_of, signed_total
from fleetportal.shell.registry import is_allowed
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from fleetportal.web.htmx import is_htmx, layout
from fleetportal.web.pagination import Page, paginate
from sims.orders.calendar import next_period
from sims.views.fleet_list import Chip, FilterField, Heading, Tab


@dataclass(frozen=True, slots=True)
class Row:
    """A document as the list shows it; ``pay_url`` is empty where there is nothing to pay oneself."""

    invoice: Invoice
    period: str
    look: str
    note: str
    amount: str
    left: str
    pay_url: str


@require_safe
@customer_required(Permission.VIEW_INVOICES)
def invoice_list(request: PortalRequest) -> HttpResponse:
    wanted = InvoiceFilter.from_query(request.GET)
    counts = counts_of(request)
    fields = _fields(request, wanted)
    context = {
        "layout": layout(request, "invoices"),
        "wanted": wanted,
        "counts": counts,
        "standing": _standing(counts),
        "chart": cost_chart(cost_months(request.customer, request.membership)),
        "tabs": _tabs(wanted, counts),
        "fields": fields,
        "chips": _chips(wanted, fields),
        "cleared": list_url(InvoiceFilter(view=wanted.view)),
        "headings": _headings(wanted),
        "page": _page(request, wanted, counts),
        "pay_url": pay_url() if counts.to_pay and _may_pay(request) else "",
        "can_pay": _may_pay(request),
        "back": _back_suffix(wanted),
        "first_day": next_period(today()),
    }
    response = render(request, "billing/invoices/list.html", context)
    # A form writes its empty fields into the address too.
    has_noise = is_htmx(request) and "page" not in request.GET
    return push_url(response, list_url(wanted)) if has_noise else response


def list_url(wanted: InvoiceFilter) -> str:
    query = wanted.query()
    return reverse("invoice_list") + (f"?{query}" if query else "")


def pay_url(*public_ids: object) -> str:
    """Where the invoices of these public ids are paid, or, without any, everything that is due."""
    url = reverse("payment_new")
    query = urlencode([("invoice", str(public_id)) for public_id in public_ids])
    return f"{url}?{query}" if query else url


def _back_suffix(wanted: InvoiceFilter) -> str:
    """What a link to a document carries so that the way back leads to the list as it is now."""
    query = wanted.query()
    return f"?{urlencode({'list': query})}" if query else ""


def _may_pay(request: PortalRequest) -> bool:
    return is_allowed(request, Permission.PAY_INVOICES)


def is_payable(invoice: Any) -> bool:
    """Whether it waits for somebody to pay it; takes an invoice with its state."""
    return invoice.state in (InvoiceState.OPEN, InvoiceState.OVERDUE)


def _page(request: PortalRequest, wanted: InvoiceFilter, counts: InvoiceCounts) -> Page:
    state = VIEWS[wanted.view][1]
    total = None if wanted.narrows else counts.all if state is None else counts.of(state).count
    found = wanted.apply(request.customer, request.membership).order_by(*wanted.order())
    page = paginate(found.select_related("billing_account"), request.GET.get("page"), total=total)
    day, may_pay = today(), _may_pay(request)
    rows = [
        Row(
            invoice=invoice,
            period=period_text(invoice),
            look=look_of(invoice),
            note=due_note(invoice, day),
            amount=signed_total(invoice),
            left=left_note(invoice),
            pay_url=pay_url(invoice.public_id) if may_pay and is_payable(invoice) else "",
        )
        for invoice in page
    ]
    return Page(rows, page.number, page.per_page, page.total)


def _standing(counts: InvoiceCounts) -> list[tuple[str, Any]]:
    """What the amount to pay consists of: words and amount."""
    found = []
    overdue, due, debit = (counts.of(s) for s in (InvoiceState.OVERDUE, InvoiceState.OPEN, InvoiceState.DEBIT))
    if overdue.count:
        found.append((_("Overdue"), overdue.left))
    if due.count and due.first_due:
        found.append((_("To be paid, first by %(day)s") % {"day": formatting.day_and_month(due.first_due)}, due.left))
    elif due.count:
        found.append((_("To be paid"), due.left))
    if debit.count:
        found.append((_("Is collected by direct debit"), debit.left))
    return found


_ALWAYS = (ALL, "open", "overdue", "paid")


def _tabs(wanted: InvoiceFilter, counts: InvoiceCounts) -> list[Tab]:
    """Direct debit and credit notes only for who has some."""
    found = []
    for view, (label, state) in VIEWS.items():
        count = counts.all if state is None else counts.of(state).count
        if count or view in _ALWAYS or view == wanted.view:
            found.append(Tab(label, list_url(wanted.changed(view=view)), count, view == wanted.view))
    return found


def _fields(request: PortalRequest, wanted: InvoiceFilter) -> list[FilterField]:
    choices = invoice_choices(request.customer, request.membership)
    months = [(f"{month:%Y-%m}", formatting.month(month).capitalize()) for month in choices.months]
    kinds = [(kind.value, str(kind.label)) for kind in InvoiceKind]
    account = "" if wanted.account is None else str(wanted.account)
    period = f"{wanted.period:%Y-%m}" if wanted.period else ""
    return [
        FilterField("account", _("Billing account"), _("All billing accounts"), choices.accounts, account),
        FilterField("period", _("Period"), _("All periods"), months, period),
        FilterField("kind", _("Kind"), _("Invoices and credit notes"), kinds, wanted.kind),
    ]


def _chips(wanted: InvoiceFilter, fields: list[FilterField]) -> list[Chip]:
    found = [Chip(f"“{wanted.q}”", list_url(wanted.without("q")))] if wanted.q else []
    for field in fields:
        if field.value:
            text = dict(field.choices).get(field.value, field.value)
            found.append(Chip(text, list_url(wanted.without(field.name))))
    return found


def _headings(wanted: InvoiceFilter) -> list[Heading]:
    texts = {
        "number": _("Invoice"),
        "month": _("Period"),
        "account": _("Billing account"),
        "due": _("Due date"),
        URGENCY: _("Status"),
        "amount": _("Amount with VAT"),
    }
    return [_heading(wanted, name, label) for name, label in texts.items()]


def _heading(wanted: InvoiceFilter, key: str, label: str | Promise) -> Heading:
    css = "t-num" if key == "amount" else ""
    if key not in SORTS:
        return Heading(key, label, css=css)
    is_up, is_down = wanted.sort == key, wanted.sort == f"-{key}"
    # A first click shows the newest and the highest; urgency has one direction only.
    falls_first = key in ("month", "amount", "number")
    other = key if key == URGENCY or is_down or not (is_up or falls_first) else f"-{key}"
    direction = "" if key == URGENCY else "ascending" if is_up else "descending" if is_down else ""
    return Heading(key, label, list_url(wanted.changed(sort=other)), direction, css)
