"""Usage alerts: what the company or a line is told of, and what fired."""

import tempfile
from pathlib import Path
from uuid import UUID

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Customer
from accounts.permissions import Permission
from fleetportal.spreadsheets.writing import CONTENT_TYPES
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.downloads import download_headers
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import layout, toast
from groupbundles.alert_rules import Wanted
from groupbundles.enums import AlertKind
from groupbundles.forms.alerts import AlertSwitchForm, BundleAlertsForm, CompanyAlertsForm, LineAlertsForm
from groupbundles.queries import alerts as queries
from groupbundles.queries.alerts import AlertFilter
from groupbundles.queries.bundles import own_bundle
from groupbundles.queries.freshness import updated_at
from groupbundles.services.alert_rules import save_bundle_alerts, save_company_alerts, save_line_alerts
from groupbundles.spreadsheets.alerts import write_alerts
from sims.models import Line
from sims.services.fleet_files import record_export
from sims.views.fleet_list import rights

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@customer_required(Permission.VIEW_LINES)
def alert_rules(request: PortalRequest) -> HttpResponse:
    """Everybody may see what the company is told of; who may change lines changes it."""
    present = queries.company_alerts(request.customer)
    may_change = request.membership.can(Permission.MANAGE_LINES)
    if request.method == "POST" and not may_change:
        return HttpResponse(status=403)
    form = CompanyAlertsForm(request.POST or None, present=present)
    if request.method == "POST" and form.is_valid():
        try:
            save_company_alerts(customer=request.customer, wanted=form.choices(), by=request.actor)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            toast(request, _("Usage alerts saved."))
            return redirect("alert_rules")
    context = {"form": form, "words": queries.company_words(present), **rights(request)}
    return render(request, "groupbundles/alerts/rules.html", context, status=_status(form))


def switch_form(customer: Customer, data: QueryDict | None = None) -> AlertSwitchForm:
    """The switch of the amount per number, as it is for this company."""
    present = queries.company_alerts(customer)
    return AlertSwitchForm(data, present=present.get(AlertKind.OUT_OF_BUNDLE, Wanted()))


@require_POST
@customer_required(Permission.MANAGE_LINES)
def alert_switch(request: PortalRequest) -> HttpResponse:
    """The amount per number, from the card beside the group bundles."""
    form = switch_form(request.customer, request.POST)
    if form.is_valid():
        wanted = {AlertKind.OUT_OF_BUNDLE: form.chosen()}
        try:
            save_company_alerts(customer=request.customer, wanted=wanted, by=request.actor)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            toast(request, _("Alert switched on.") if form.chosen().is_on else _("Alert switched off."))
            return redirect("bundle_list")
    context = {"alert_form": form, **rights(request)}
    return render(request, "groupbundles/alerts/switch.html", context, status=422)


@require_http_methods(METHODS)
@customer_required(Permission.MANAGE_LINES)
def line_alerts(request: PortalRequest, public_id: UUID) -> HttpResponse:
    lines = Line.objects.for_customer(request.customer).select_related("customer", "subscriber", "sim")
    line = get_object_or_404(lines, public_id=public_id)
    present = queries.alerts_of_line(line)
    form = LineAlertsForm(request.POST or None, present=present)
    if request.method == "POST" and form.is_valid():
        try:
            save_line_alerts(line=line, wanted=form.choices(), by=request.actor)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            toast(request, _("Usage alerts saved."))
            return redirect("line_detail", public_id=public_id)
    context = {"form": form, "line": line, **rights(request)}
    return render(request, "groupbundles/alerts/line.html", context, status=_status(form))


@require_http_methods(METHODS)
@customer_required(Permission.MANAGE_LINES)
def bundle_alerts(request: PortalRequest, public_id: UUID) -> HttpResponse:
    bundle = own_bundle(request.customer, public_id)
    form = BundleAlertsForm(request.POST or None, present=queries.alerts_of_bundle(bundle))
    if request.method == "POST" and form.is_valid():
        save_bundle_alerts(bundle=bundle, wanted=form.choices(), by=request.actor)
        toast(request, _("Usage alerts saved."))
        return redirect("bundle_detail", public_id=public_id)
    context = {"form": form, "bundle": bundle, **rights(request)}
    return render(request, "groupbundles/alerts/bundle.html", context, status=_status(form))


@require_safe
@customer_required(Permission.VIEW_LINES)
def alert_list(request: PortalRequest) -> HttpResponse:
    """What fired in a month."""
    wanted = AlertFilter.from_query(request.GET)
    context = {
        "layout": layout(request, "alerts"),
        "wanted": wanted,
        "page": queries.fired_page(request.customer, wanted, request.GET.get("page")),
        "months": queries.months(),
        "kinds": AlertKind.choices,
        "updated_at": updated_at(request.customer),
        **rights(request),
    }
    return render(request, "groupbundles/alerts/list.html", context)


@require_POST
@customer_required(Permission.EXPORT_FLEET)
def alert_export(request: PortalRequest) -> HttpResponse:
    """The same as a workbook."""
    wanted = AlertFilter.from_query(request.POST)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "alerts.xlsx"
        rows = write_alerts(path, request.customer, wanted)
        content = path.read_bytes()
    query = f"alerts={wanted.month}"
    record_export(customer=request.customer, rows=rows, file_format="xlsx", query=query, by=request.actor)
    name = f"{_('Usage alerts')} {wanted.month}.xlsx"
    return HttpResponse(content, headers=download_headers(name, CONTENT_TYPES["xlsx"]))


def _status(form: forms.Form) -> int:
    return 422 if form.errors else 200
