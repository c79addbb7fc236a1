"""The company's templates of barrings: list, add, change, remove."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import is_fragment, toast
from sims.forms.barrings import BarringTemplateForm
from sims.models import BarringTemplate
from sims.queries.barrings import templates_with_use
from sims.services.barring_templates import remove_template, save_template
from sims.views.dialogs import after_dialog, dialog, leave_for


@require_safe
@customer_required(Permission.MANAGE_LINES)
def barring_templates(request: PortalRequest) -> HttpResponse:
    return render(request, "sims/barring_templates.html", {"rows": templates_with_use(request.customer)})


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def barring_template_add(request: PortalRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def barring_template_edit(request: PortalRequest, public_id: UUID) -> HttpResponse:
    return _edit(request, _own(request, public_id))


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def barring_template_remove(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """GET asks, POST removes it."""
    template = _own(request, public_id)
    address = reverse("barring_templates")
    if request.method != "POST":
        return dialog(request, "barring_template_remove", {"template": template}, address=address)
    remove_template(template=template, by=request.actor)
    toast(request, _("Template “%(name)s” was removed.") % {"name": template.name})
    return after_dialog(request, address)


def _own(request: PortalRequest, public_id: UUID) -> BarringTemplate:
    template: BarringTemplate = get_object_or_404(
        BarringTemplate.objects.for_customer(request.customer), public_id=public_id
    )
    return template


def _edit(request: PortalRequest, template: BarringTemplate | None) -> HttpResponse:
    initial: dict[str, Any] = {"name": template.name, "barrings": template.codes} if template else {}
    if is_fragment(request) and "name" in request.GET:
        return render(request, "sims/_barring_switches.html", {"form": BarringTemplateForm(request.GET)})
    form = BarringTemplateForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_template(
                customer=request.customer,
                template=template,
                name=form.cleaned_data["name"],
                codes=form.cleaned_data["barrings"],
                by=request.actor,
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            toast(request, _("Template “%(name)s” was saved.") % {"name": saved.name})
            return leave_for(request, reverse("barring_templates"))
    context = {"form": form, "template": template}
    return render(request, "sims/barring_template.html", context, status=422 if form.is_bound else 200)
