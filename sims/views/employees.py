"""The directory of employees, and changing, asking and reminding one of them."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import layout, toast
from fleetportal.web.pagination import paginate
from sims.confirmations import ask_for_a_change, ask_to_confirm
from sims.filters import LONGEST_TEXT
from sims.forms.subscriber import ChangeForm, DetailsForm
from sims.models import Subscriber, SubscriberConfirmation
from sims.queries.adding import departments
from sims.queries.employees import STATES, as_employee, directory, open_changes, to_remind
from sims.services.confirmations import start_reminding, withdraw_change
from sims.services.subscribers import change_details
from sims.views import fleet_list
from sims.views.dialogs import after_dialog, dialog, leave_for, refused


@require_safe
@customer_required(Permission.VIEW_LINES)
def employee_list(request: PortalRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    page = paginate(directory(request.customer, text, state), request.GET.get("page"))
    context = {
        "layout": layout(request, "employees"),
        "q": text,
        "state": state,
        "states": _states(),
        "page": page,
        "employees": [as_employee(person) for person in page],
        "to_remind": to_remind(request.customer).count(),
        **fleet_list.rights(request),
    }
    return render(request, "sims/employees.html", context)


def _states() -> list[tuple[str, str]]:
    texts = (_("Everybody"), _("Confirmed"), _("Not confirmed"), _("Change asked"))
    return list(zip(STATES, texts, strict=True))


def own_employee(request: PortalRequest, public_id: UUID) -> Subscriber:
    """The company's employee; another company's is 404."""
    people = Subscriber.objects.for_customer(request.customer)
    person: Subscriber = get_object_or_404(people, public_id=public_id)
    return person


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def subscriber_edit(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Until the employee confirmed his details they are written at once; afterwards, and for who may only ask, the
    same form puts a change before him.
    """
    person = own_employee(request, public_id)
    if person.confirmed_at is None and request.membership.can(Permission.MANAGE_LINES):
        return _edit(request, person)
    return _ask_for_a_change(request, person)


def _edit(request: PortalRequest, person: Subscriber) -> HttpResponse:
    form = DetailsForm(request.POST or None, person=person)
    if form.is_bound and form.is_valid():
        try:
            change_details(subscriber=person, details=form.details(), by=request.actor)
        except Refusal as refusal:
            if refusal.field not in form.fields:
                return refused(request, refusal, _address(request))
            form.add_error(refusal.field, str(refusal))
        else:
            toast(request, _("Details of %(name)s saved.") % {"name": _name(form)})
            return after_dialog(request, _address(request))
    return _details_dialog(request, person, form, "employee_edit")


def _ask_for_a_change(request: PortalRequest, person: Subscriber) -> HttpResponse:
    waiting = open_changes(request.customer).filter(subscriber=person).first()
    form = ChangeForm(request.POST or None, person=person, proposed=waiting.proposed if waiting else None)
    if form.is_bound and form.is_valid():
        try:
            ask_for_a_change(person, proposed=form.changes(), note=form.cleaned_data["note"].strip(), by=request.actor)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            toast(request, _("%(name)s gets a mail to agree with the change.") % {"name": person.full_name})
            return after_dialog(request, _address(request))
    return _details_dialog(request, person, form, "employee_change", waiting=waiting)


def _details_dialog(request: PortalRequest, person: Subscriber, form: Any, name: str, **context: Any) -> HttpResponse:
    context = {"person": person, "form": form, "departments": departments(request.customer), **context}
    return dialog(request, name, context, address=_address(request), status=422 if form.is_bound else 200)


def _name(form: DetailsForm) -> str:
    return f"{form.cleaned_data['first_name']} {form.cleaned_data['last_name']}"


def _address(request: PortalRequest) -> str:
    """Where the person came from, without scripts: ``?next=`` of the link, else the directory."""
    wanted = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, None) and wanted.startswith("/"):
        return wanted
    return reverse("employee_list")


@require_POST
@customer_required(Permission.MANAGE_LINES)
def subscriber_remind(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """A new mail to confirm; the link of the one before stops working."""
    person = own_employee(request, public_id)
    try:
        ask_to_confirm(person, by=request.actor)
    except Refusal as refusal:
        toast(request, str(refusal), tone="bad")
    else:
        toast(request, _("A mail is on its way to %(email)s.") % {"email": person.email})
    return after_dialog(request, _address(request))


@require_POST
@customer_required(Permission.MANAGE_LINES)
def employees_remind(request: PortalRequest) -> HttpResponse:
    """Everybody who has not confirmed and was not asked lately."""
    job = start_reminding(customer=request.customer, by=request.actor)
    toast(request, _("The mails are on their way."), tone="info")
    return leave_for(request, reverse("job", args=[job.pk]))


@require_POST
@customer_required(Permission.REQUEST_CHANGES)
def change_withdraw(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Take back what was proposed to the employee; who may only ask takes back only what he asked himself."""
    person = own_employee(request, public_id)
    changes = open_changes(request.customer).filter(subscriber=person).select_related("subscriber")
    question = get_object_or_404(changes)
    if question.asked_by_id != request.user.pk and not request.membership.can(Permission.MANAGE_LINES):
        raise PermissionDenied
    try:
        withdraw_change(question=question, by=request.actor)
    except (Refusal, SubscriberConfirmation.DoesNotExist) as refusal:
        toast(request, str(refusal), tone="bad")
    else:
        toast(request, _("The proposed change is taken back."))
    return after_dialog(request, _address(request))
