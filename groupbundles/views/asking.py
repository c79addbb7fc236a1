"""Asking for a group bundle, for a change of one and for its end."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import is_fragment, layout
from groupbundles.forms.bundles import BundleChangeForm, BundleEndForm, BundleNewForm
from groupbundles.models import GroupBundle
from groupbundles.queries.bundles import asked_before, is_asked, offers_of, open_order_of, own_bundle, rest_of_term
from groupbundles.queries.choosing import CHOSEN
from groupbundles.services.bundles import ask_for_bundle, ask_for_change, ask_for_end
from sims.enums import OrderKind
from sims.forms.activation import Days
from sims.models import Order
from sims.orders.kinds import page_of
from sims.orders.placing import Conflict
from sims.views.changes import tell
from sims.views.dialogs import leave_for, refused
from sims.views.fleet_list import rights

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@customer_required(Permission.REQUEST_CHANGES)
def bundle_new(request: PortalRequest) -> HttpResponse:
    """POST asks for it; with ``look`` it only tells who is meant and what it costs."""
    days, is_look = Days(OrderKind.BUNDLE_NEW), _is_look(request)
    form = BundleNewForm(
        request.POST or None, customer=request.customer, days=days, is_look=is_look, initial=_start(request)
    )
    if form.is_bound and not is_look:
        if is_asked(request.customer, form.bundle):
            # The form was sent twice: what it asked stands already.
            return leave_for(request, reverse("bundle_detail", args=[form.bundle]))
        ask = partial(ask_for_bundle, customer=request.customer, subject=form.bundle, by=request.actor)
        if (order := _ask(form, ask)) is not None:
            return _asked(request, order)
    return _page(request, form, None)


@require_http_methods(METHODS)
@customer_required(Permission.REQUEST_CHANGES)
def bundle_change(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Another size, who joins and who leaves; ``?out=`` and ``?line=`` name lines to begin with."""
    bundle = own_bundle(request.customer, public_id)
    if (stopped := _not_now(request, bundle)) is not None:
        return stopped
    days, is_look = Days(OrderKind.BUNDLE_CHANGE), _is_look(request)
    form = BundleChangeForm(request.POST or None, bundle=bundle, days=days, is_look=is_look, initial=_start(request))
    if form.is_bound and not is_look:
        order = _ask(form, partial(ask_for_change, bundle=bundle, by=request.actor))
        if order is not None:
            return _asked(request, order)
    return _page(request, form, bundle)


@require_http_methods(METHODS)
@customer_required(Permission.REQUEST_CHANGES)
def bundle_end(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """A dialog; without scripts a page of its own."""
    bundle = own_bundle(request.customer, public_id)
    if (stopped := _not_now(request, bundle)) is not None:
        return stopped
    days = Days(OrderKind.BUNDLE_END)
    form = BundleEndForm(request.POST or None, days=days)
    if form.is_valid():
        data = form.cleaned_data
        try:
            order = ask_for_end(bundle=bundle, on=data["day"], note=data["note"], by=request.actor)
        except Refusal as refusal:
            return refused(request, refusal, reverse("bundle_detail", args=[public_id]))
        return _asked(request, order)
    context = {
        "form": form,
        "bundle": bundle,
        "term": rest_of_term(bundle, offers_of(request.customer), days.earliest),
        "action": request.get_full_path(),
        "address": reverse("bundle_detail", args=[public_id]),
        **rights(request),
    }
    return render(request, "groupbundles/dialogs/end.html", context, status=422 if form.is_bound else 200)


def _is_look(request: PortalRequest) -> bool:
    return "look" in request.GET or "look" in request.POST


def _start(request: PortalRequest) -> dict[str, Any]:
    """What the address names: a size, lines to begin with, or a refused request to ask again."""
    start: dict[str, Any] = {"offer": request.GET["offer"]} if request.GET.get("offer") else {}
    if lines := request.GET.getlist("line"):
        start |= {"scope": CHOSEN, "line": lines}
    if out := request.GET.getlist("out"):
        start["out"] = out
    return start | (asked_before(request.customer, again) if (again := request.GET.get("again")) else {})


def _not_now(request: PortalRequest, bundle: GroupBundle) -> HttpResponse | None:
    """A bundle that has ended, or that something is asked of already, has nothing to fill in."""
    address = reverse("bundle_detail", args=[bundle.public_id])
    if not bundle.is_active:
        return refused(request, Refusal(_("This bundle has ended.")), address)
    if (order := open_order_of(bundle)) is not None:
        return refused(request, Conflict(order), address)
    return None


def _ask(form: Any, ask: Callable[..., Order]) -> Order | None:
    """What the form wishes as a request; None when it has to be corrected, the reason beside its field."""
    if not form.is_valid():
        return None
    data = form.cleaned_data
    try:
        return ask(wish=form.wish(), on=data["day"], note=data["note"])
    except Refusal as refusal:
        # Lines are chosen in several fields; the first of them stands for all.
        field = "scope" if refusal.field == "lines" else refusal.field
        form.add_error(field if field in form.fields else None, str(refusal))
        return None


def _asked(request: PortalRequest, order: Order) -> HttpResponse:
    tell(request, order)
    return leave_for(request, page_of(order))


def _page(request: PortalRequest, form: Any, bundle: GroupBundle | None) -> HttpResponse:
    is_look = _is_look(request)
    context = {
        "layout": layout(request, "bundle-form"),
        "form": form,
        "bundle": bundle,
        "action": request.path,
        "is_live": is_look,
        **rights(request),
    }
    if is_look and is_fragment(request):
        return render(request, "groupbundles/_form_live.html", context)
    return render(request, "groupbundles/form.html", context, status=422 if form.is_bound and not is_look else 200)
