"""One invoice or credit note: its amounts, how to pay it, what it charges and what changed since the one before."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from billing import structured
from billing.enums import InvoiceKind
from billing.filters import InvoiceFilter
from billing.models import Invoice, InvoiceLine
from billing.queries import invoice_lines as queries
from billing.queries.access import visible_invoices
from billing.queries.invoice_lines import Gathered, KindAmount
from billing.queries.invoices import period_text, today, with_state
from billing.views.invoices import is_payable, list_url, pay_url
from billing.wording import due_note, look_of, signed_change
from fleetportal.shell.registry import is_allowed
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from fleetportal.web.htmx import layout
from fleetportal.web.pagination import Page
from sims.views.fleet_list import Chip, Heading, Tab

LINES = "lines"
VIEWS = ("numbers", "centres", LINES)
LONGEST_TEXT = 100
EVERYTHING = {"q": "", "number": "", "centre": ""}


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of the document the address asks for; ``list_query`` is the way back.

    ``number`` (E.164) and ``centre`` (a code) narrow the single lines to exactly those.
    """

    public_id: UUID
    view: str
    q: str
    number: str
    centre: str
    sort: str
    list_query: str

    def url(self, **changes: str) -> str:
        usual = {"view": VIEWS[0], "q": "", "number": "", "centre": "", "sort": "-net", "list": ""}
        values = {name: getattr(self, name) for name in ("view", "q", "number", "centre", "sort")}
        values |= {"list": self.list_query, **changes}
        query = urlencode({name: value for name, value in values.items() if value != usual[name]})
        return reverse("invoice_detail", args=[self.public_id]) + (f"?{query}" if query else "")

    @property
    def exact(self) -> dict[str, str]:
        wishes = {"number": self.number, "cost_centre_code": self.centre}
        return {column: value for column, value in wishes.items() if value}

    @property
    def chips(self) -> list[Chip]:
        found = [Chip(formatting.phone(self.number), self.url(number=""))] if self.number else []
        return found + ([Chip(self.centre, self.url(centre=""))] if self.centre else [])


@dataclass(frozen=True, slots=True)
class Row:
    """A number or cost centre as the table shows it; ``url`` leads to its lines, ``why`` says what changed."""

    title: str
    sub: str
    url: str
    count: int
    net: str
    before: str
    change: str
    tone: str
    why: list[str]


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line with who had its number at the time."""

    line: InvoiceLine
    person: str
    quantity: str


@require_safe
@customer_required(Permission.VIEW_INVOICES)
def invoice_detail(request: PortalRequest, public_id: UUID) -> HttpResponse:
    found = with_state(visible_invoices(request.customer, request.membership), today())
    invoice = get_object_or_404(found.select_related("billing_account", "corrects"), public_id=public_id)
    place, related = _place(request, public_id), queries.related(invoice)
    previous = related.previous
    may_pay = is_allowed(request, Permission.PAY_INVOICES) and is_payable(invoice)
    context = {
        "layout": layout(request, "charges"),
        "invoice": invoice,
        "is_credit": invoice.kind == InvoiceKind.CREDIT_NOTE,
        "place": place,
        "look": look_of(invoice),
        "note": due_note(invoice, today()),
        "period": period_text(invoice),
        "reference": structured.shown(invoice.reference),
        "iban": formatting.iban(invoice.iban),
        "vat_rows": list(invoice.vat_rows.all()),
        "credit_notes": related.credit_notes,
        "previous": previous,
        "kinds": _kinds(invoice, previous),
        "total_change": _change(invoice.net - previous.net, invoice) if previous else None,
        "pay_url": pay_url(invoice.public_id) if may_pay else "",
        "back_url": list_url(InvoiceFilter.from_text(place.list_query)),
        "tabs": _tabs(place),
        "all_url": place.url(view=LINES, **EVERYTHING),
        **_charges(request, invoice, previous, place),
    }
    return render(request, "billing/invoices/detail.html", context)


def _place(request: PortalRequest, public_id: UUID) -> Place:
    asked = {name: request.GET.get(name, "").replace("\x00", "").strip() for name in ("q", "number", "centre")}
    text = asked["q"][:LONGEST_TEXT]
    view, sort = request.GET.get("view", ""), request.GET.get("sort", "")
    return Place(
        public_id=public_id,
        # Only single lines are searched.
        view=LINES if any(asked.values()) else view if view in VIEWS else VIEWS[0],
        q=text,
        number=asked["number"][:LONGEST_TEXT],
        centre=asked["centre"][:LONGEST_TEXT],
        sort=sort if sort.removeprefix("-") in queries.SORTS else "-net",
        list_query=InvoiceFilter.from_text(request.GET.get("list", "")).query(),
    )


def _tabs(place: Place) -> list[Tab]:
    labels = {"numbers": _("Per number"), "centres": _("Per cost centre"), LINES: _("All lines")}
    return [Tab(label, place.url(view=view, **EVERYTHING), None, view == place.view) for view, label in labels.items()]


def _charges(request: PortalRequest, invoice: Invoice, previous: Invoice | None, place: Place) -> dict[str, Any]:
    """The part of the page below the tabs."""
    asked = request.GET.get("page")
    if place.view == LINES:
        page = queries.lines_page(invoice, place.q, place.exact, asked)
        people = queries.people_of(invoice, [line.number for line in page])
        shown = [LineRow(line, people.get(line.number, ""), _quantity(line)) for line in page]
        return {"page": Page(shown, page.number, page.per_page, page.total)}
    page = queries.gathered_page(invoice, previous, place.view, place.sort, asked)
    keys = [one.key for one in page]
    names = (queries.people_of if place.view == "numbers" else queries.centre_names)(invoice, keys)
    rows = [_row(one, invoice, previous, place, names) for one in page]
    headings = _headings(place, has_before=previous is not None)
    return {"page": Page(rows, page.number, page.per_page, page.total), "headings": headings}


def _quantity(line: InvoiceLine) -> str:
    bare = line.quantity.normalize()
    return formatting.number(bare, max(0, -int(bare.as_tuple().exponent)))


def _row(one: Gathered, invoice: Invoice, previous: Invoice | None, place: Place, names: dict[str, str]) -> Row:
    title = formatting.phone(one.key) if place.view == "numbers" else one.key
    nothing = _("Not for one number") if place.view == "numbers" else _("No cost centre")
    change, tone = _change(one.change, invoice) if previous else ("", "")
    return Row(
        title=title or nothing,
        sub=names.get(one.key, ""),
        url=place.url(view=LINES, **{_PARAMETER[place.view]: one.key}) if one.key and one.count else "",
        count=one.count,
        net=formatting.money(one.net, invoice.currency),
        before=formatting.money(one.before, invoice.currency) if previous else "",
        change=change,
        tone=tone,
        why=_why(one, invoice) if previous else [],
    )


_PARAMETER = {"numbers": "number", "centres": "centre"}


def _why(one: Gathered, invoice: Invoice) -> list[str]:
    """What makes the difference with the invoice before, in words."""
    if not one.count_before:
        return [_("New on this invoice")]
    if not one.count:
        return [_("No longer on this invoice")]
    plans = [f"{one.plan_before} → {one.plan}"] if one.has_other_plan else []
    return plans + [
        f"{cause.label} {signed_change(cause.change or queries.ZERO, invoice.currency)}" for cause in one.causes
    ]


def _change(amount: Decimal, invoice: Invoice) -> tuple[str, str]:
    """With its sign, and the tone: costs that rise are what one looks for."""
    return signed_change(amount, invoice.currency), "up" if amount > 0 else "down" if amount < 0 else ""


def _kinds(invoice: Invoice, previous: Invoice | None) -> list[tuple[KindAmount, str, str]]:
    """Each kind with how it changed, in words and as a tone."""
    found = queries.kind_amounts(invoice, previous)
    return [(one, *(("", "") if one.change is None else _change(one.change, invoice))) for one in found]


def _headings(place: Place, *, has_before: bool) -> list[Heading]:
    name = _("Number") if place.view == "numbers" else _("Cost centre")
    found = [_heading(place, "name", name), _heading(place, "net", _("Without VAT"), "t-num")]
    if has_before:
        found += [
            Heading("before", _("Invoice before"), css="t-num"),
            _heading(place, "change", _("Difference"), "t-num"),
            Heading("why", _("Why")),
        ]
    return found


def _heading(place: Place, key: str, label: str, css: str = "") -> Heading:
    """A first click shows the highest amounts, and names from the lowest."""
    is_up, is_down = place.sort == key, place.sort == f"-{key}"
    other = key if is_down or not (css or is_up) else f"-{key}"
    return Heading(key, label, place.url(sort=other), "ascending" if is_up else "descending" if is_down else "", css)
