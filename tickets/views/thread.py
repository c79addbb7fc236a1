"""One ticket: what was asked, every message, what can be done with it, and its files."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from fleetportal.shell.registry import is_allowed
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import is_htmx, layout, toast
from fleetportal.web.parameters import whole_number
from sims.views.dialogs import refused
from tickets.enums import FieldType, MessageAction
from tickets.forms.attachments import drafts_of, take_files
from tickets.forms.ticket import NoteForm
from tickets.models import Attachment, Ticket
from tickets.queries.answers import shown_answers
from tickets.queries.tickets import choosable_invoices, messages_of, visible_tickets
from tickets.services.messages import add_note, close_ticket

# A page that was left open looks again so often, slower and slower, and then no more.
MOST_LOOKS, QUICK_LOOKS = 200, 20


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.VIEW_TICKETS)
def ticket_detail(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """POST says something on it."""
    ticket = _ticket(request, public_id)
    if request.method != "POST":
        return _page(request, ticket, NoteForm())
    if not is_allowed(request, Permission.OPEN_TICKETS):
        raise PermissionDenied(Permission.OPEN_TICKETS)
    form = NoteForm(request.POST)
    is_valid = form.is_valid()
    key = form.cleaned_data.get("key")
    if key is not None:
        for problem in _take(request, ticket, key):
            form.add_error("attached", problem)
            is_valid = False
    if not is_valid:
        return _page(request, ticket, form, status=422)
    try:
        add_note(ticket=ticket, key=form.cleaned_data["key"], text=form.cleaned_data["text"], by=request.actor)
    except Refusal as refusal:
        return refused(request, refusal, _address(ticket))
    toast(request, _("Your message is on its way to the help desk."))
    return HttpResponseRedirect(_address(ticket), status=303)


def _take(request: PortalRequest, ticket: Ticket, key: UUID) -> list[str]:
    files, kept = request.FILES.getlist("attached"), request.POST.getlist("keep")
    return take_files(files, kept=kept, customer=request.customer, key=key, by=request.actor, ticket=ticket)


def _ticket(request: PortalRequest, public_id: UUID) -> Ticket:
    tickets = visible_tickets(request.customer, request.membership).select_related("invoice", "order__line")
    ticket: Ticket = get_object_or_404(tickets, public_id=public_id)
    return ticket


def _address(ticket: Ticket) -> str:
    return reverse("ticket_detail", args=[ticket.public_id])


def _page(request: PortalRequest, ticket: Ticket, form: NoteForm, status: int = 200) -> HttpResponse:
    key = form.cleaned_data.get("key") if form.is_bound else None
    context = {
        **_thread(ticket, looks=0),
        "layout": layout(request, "ticket"),
        "form": form,
        "answers": [answer for answer in shown_answers(ticket) if answer.type != FieldType.LINE],
        "lines": list(ticket.lines.select_related("subscriber").order_by("number", "pk")[:50]),
        "invoice": _invoice(request, ticket),
        "can_write": is_allowed(request, Permission.OPEN_TICKETS),
        "drafts": drafts_of(request.customer, key, request.actor) if key else [],
    }
    return render(request, "tickets/detail.html", context, status=status)


def _invoice(request: PortalRequest, ticket: Ticket) -> Any:
    """Linked for who may see it."""
    if ticket.invoice is None:
        return None
    return choosable_invoices(request.customer, request.membership).filter(pk=ticket.invoice_id).first()


def _thread(ticket: Ticket, *, looks: int) -> dict[str, Any]:
    messages = messages_of(ticket)
    return {
        "ticket": ticket,
        "messages_of_ticket": messages,
        "is_unsent": any(message.is_unsent for message in messages),
        "is_refused": any(message.refusal and message.action == MessageAction.OPEN for message in messages),
        "is_polling": not ticket.is_settled and looks < MOST_LOOKS,
        "looks": looks + 1,
        "poll_after": "3s" if looks < QUICK_LOOKS else "15s",
        "seen": len(messages),
    }


@require_safe
@customer_required(Permission.VIEW_TICKETS)
def ticket_thread(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The messages and the state, for a page that is open; without HTMX the page itself."""
    ticket = _ticket(request, public_id)
    if not is_htmx(request):
        return redirect("ticket_detail", public_id=public_id)
    context = _thread(ticket, looks=whole_number(request.GET.get("looks"), digits=4) or 0)
    seen = whole_number(request.GET.get("seen"), digits=6)
    if seen is not None and context["seen"] > seen:
        context["announce"] = _("New message from the help desk.")
    return render(request, "tickets/_thread.html", context)


@require_POST
@customer_required(Permission.OPEN_TICKETS)
def ticket_close(request: PortalRequest, public_id: UUID) -> HttpResponse:
    ticket = _ticket(request, public_id)
    try:
        close_ticket(ticket=ticket, by=request.actor)
    except Refusal as refusal:
        return refused(request, refusal, _address(ticket))
    toast(request, _("Ticket %(number)s is closed.") % {"number": ticket.label})
    return HttpResponseRedirect(_address(ticket), status=303)


@require_safe
@customer_required(Permission.VIEW_TICKETS)
def ticket_file(request: PortalRequest, public_id: UUID) -> FileResponse:
    """A file of a ticket one may see, as a download and never as a page."""
    tickets = visible_tickets(request.customer, request.membership)
    files = Attachment.objects.for_customer(request.customer).filter(message__ticket__in=tickets)
    attachment = get_object_or_404(files, public_id=public_id)
    # Whatever a browser makes of it, it runs nothing and reaches nothing.
    walls = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
    return FileResponse(
        attachment.file.open("rb"),
        as_attachment=True,
        filename=attachment.name,
        content_type=attachment.content_type,
        headers=walls,
    )
