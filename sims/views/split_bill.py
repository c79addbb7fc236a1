"""The company's split bill profiles: list, add, change the name, replace by a new version, retire."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import toast
from sims.forms.split_bill import ProfileForm, ProfileNameForm, ProfileTermsForm, start_from
from sims.models import SplitBillProfile
from sims.queries.split_bill import profiles_of
from sims.services import split_bill as services
from sims.views import fleet_list
from sims.views.dialogs import after_dialog, dialog, refused


@require_safe
@customer_required(Permission.VIEW_LINES)
def split_bill_list(request: PortalRequest) -> HttpResponse:
    context = {"profiles": profiles_of(request.customer), **fleet_list.rights(request)}
    return render(request, "sims/split_bill/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def split_bill_add(request: PortalRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            services.add_profile(customer=request.customer, name=name, terms=form.terms(), by=request.actor)
        except Refusal as refusal:
            _put(form, refusal)
        else:
            toast(request, _("“%(name)s” added.") % {"name": name})
            return redirect("split_bill_list")
    return _form_page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def split_bill_replace(request: PortalRequest, public_id: UUID) -> HttpResponse:
    profile = _own_profile(request, public_id)
    form = ProfileTermsForm(request.POST or None, initial=start_from(profile))
    if request.method == "POST" and form.is_valid():
        try:
            services.replace_profile(profile=profile, terms=form.terms(), by=request.actor)
        except Refusal as refusal:
            _put(form, refusal)
        else:
            toast(request, _("“%(name)s” has new terms for whoever chooses it from now on.") % {"name": profile.name})
            return redirect("split_bill_list")
    return _form_page(request, form, profile)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def split_bill_rename(request: PortalRequest, public_id: UUID) -> HttpResponse:
    profile, address = _own_profile(request, public_id), reverse("split_bill_list")
    form = ProfileNameForm(request.POST or None, initial={"name": profile.name})
    if request.method == "POST" and form.is_valid():
        try:
            services.rename_profile(profile=profile, name=form.cleaned_data["name"], by=request.actor)
        except Refusal as refusal:
            _put(form, refusal)
        else:
            toast(request, _("Name changed."))
            return after_dialog(request, address)
    context = {"profile": profile, "form": form}
    return dialog(request, "split_bill_rename", context, address=address, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def split_bill_retire(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """GET asks, POST retires."""
    profile, address = _own_profile(request, public_id), reverse("split_bill_list")
    if request.method != "POST":
        return dialog(request, "split_bill_retire", {"profile": profile}, address=address)
    try:
        services.retire_profile(profile=profile, by=request.actor)
    except Refusal as refusal:
        return refused(request, refusal, address)
    toast(request, _("“%(name)s” retired.") % {"name": profile.name})
    return after_dialog(request, address)


def _own_profile(request: PortalRequest, public_id: UUID) -> SplitBillProfile:
    """One of the company's profiles that can still be chosen."""
    profiles = SplitBillProfile.objects.for_customer(request.customer).filter(retired_at=None)
    profile: SplitBillProfile = get_object_or_404(profiles, public_id=public_id)
    return profile


def _put(form: Any, refusal: Refusal) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def _form_page(request: PortalRequest, form: Any, profile: SplitBillProfile | None) -> HttpResponse:
    context = {"form": form, "profile": profile}
    return render(request, "sims/split_bill/form.html", context, status=422 if form.errors else 200)
