"""A new ticket, filled in with where the person came from."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web import formatting
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import is_htmx, layout, toast
from sims.models import Line, Order
from sims.orders.calendar import local_day, working_day_after
from sims.orders.kinds import page_of
from sims.views.dialogs import refused
from tickets.forms.attachments import drafts_of, take_files
from tickets.forms.fields import MOST_INVOICES, About
from tickets.forms.ticket import TicketForm
from tickets.models import Ticket
from tickets.queries.tickets import choosable_invoices, subjects
from tickets.services.from_orders import ask_about, item_for, text_about
from tickets.services.opening import TicketWish, open_ticket


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.OPEN_TICKETS)
def ticket_new(request: PortalRequest) -> HttpResponse:
    """POST sends it; with ``look`` the page is only shown again for another subject or item."""
    if request.method != "POST":
        return _page(request, _form(request, shown=_came_from(request)))
    is_look = "look" in request.GET or "look" in request.POST
    problems = [] if is_look and is_htmx(request) else _files(request)
    if not is_look:
        form = _form(request, data=request.POST)
        if not form.is_of_another_subject:
            return _send(request, form, problems)
    return _page(request, _form(request, shown=request.POST), problems=problems)


def _send(request: PortalRequest, form: TicketForm, problems: list[str]) -> HttpResponse:
    is_valid = form.is_valid()
    for problem in problems:
        form.add_error("attached", problem)
    if not is_valid or problems or form.chosen is None:
        return _page(request, form, status=422)
    wish = TicketWish(
        key=form.cleaned_data["key"],
        item=form.chosen,
        text=form.cleaned_data["text"],
        language=(get_language() or "nl")[:2],
        answers=form.answers(),
        lines=form.lines(),
        invoice=form.invoice(),
    )
    try:
        ticket = open_ticket(customer=request.customer, wish=wish, by=request.actor)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form, status=422)
    return _to(request, ticket)


def _to(request: PortalRequest, ticket: Ticket) -> HttpResponse:
    text = _("Ticket %(number)s is on its way. Expect an answer by %(day)s.")
    toast(request, text % {"number": ticket.label, "day": formatting.long_date(ticket.due_on)})
    return HttpResponseRedirect(reverse("ticket_detail", args=[ticket.public_id]), status=303)


def _form(request: PortalRequest, *, data: Any = None, shown: Any = None) -> TicketForm:
    lines = Line.objects.for_customer(request.customer)
    invoices = list(choosable_invoices(request.customer, request.membership)[:MOST_INVOICES])
    return TicketForm(data, subjects=subjects(), about=About(lines=lines, invoices=invoices), shown=shown)


def _page(
    request: PortalRequest, form: TicketForm, *, status: int = 200, problems: list[str] | None = None
) -> HttpResponse:
    key = _key(request)
    chosen = form.chosen
    context = {
        "layout": layout(request, "ticket-more"),
        "form": form,
        "problems": problems or [],
        "chosen": chosen,
        "due_on": working_day_after(local_day(timezone.now()), chosen.answer_days) if chosen else None,
        "drafts": drafts_of(request.customer, key, request.actor) if key else [],
    }
    return render(request, "tickets/new.html", context, status=status)


def _key(request: HttpRequest) -> UUID | None:
    """The form's own key, once it was sent."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return None


def _files(request: PortalRequest) -> list[str]:
    key = _key(request)
    if key is None:
        return []
    kept = request.POST.getlist("keep")
    return take_files(
        request.FILES.getlist("attached"), kept=kept, customer=request.customer, key=key, by=request.actor
    )


def _came_from(request: PortalRequest) -> dict[str, Any]:
    """What the form begins with; an address that names nothing of the company begins with nothing."""
    shown: dict[str, Any] = {"subject": request.GET.get("subject", ""), "item": request.GET.get("item", "")}
    if line := _named(request, "line", Line.objects.for_customer(request.customer)):
        shown["f_lines"] = formatting.phone(line.number)
        shown["subject"] = shown["subject"] or "sim"
    invoices = choosable_invoices(request.customer, request.membership)
    if invoice := _named(request, "invoice", invoices):
        shown |= {"f_invoice": str(invoice.public_id), "subject": "invoice"}
    orders = Order.objects.for_customer(request.customer).select_related("line__subscriber", "line__sim")
    if order := _named(request, "order", orders, column="pk"):
        item = item_for(order)
        shown |= {"subject": item.subject.code, "item": item.code} if item else {}
        shown |= {"text": text_about(order), "f_lines": formatting.phone(order.line.number) if order.line else ""}
    return shown


def _named(request: PortalRequest, name: str, rows: "QuerySet[Any]", column: str = "public_id") -> Any:
    try:
        return rows.filter(**{column: UUID(request.GET.get(name, ""))}).first()
    except ValueError:
        return None


@require_POST
@customer_required(Permission.OPEN_TICKETS)
def ticket_for_order(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """One click: the help desk is asked about a request that went wrong, with all that is known of it."""
    orders = Order.objects.for_customer(request.customer).select_related("customer", "line__subscriber", "line__sim")
    order = get_object_or_404(orders, pk=order_id)
    try:
        return _to(request, ask_about(order=order, by=request.actor))
    except Refusal as refusal:
        return refused(request, refusal, page_of(order))
