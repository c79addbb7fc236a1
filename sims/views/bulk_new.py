"""Asking for one change of many lines: the dialog from the list, its live dry run, and a workbook."""

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from fleetportal.spreadsheets.writing import CONTENT_TYPES
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.downloads import download_headers
from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import number
from fleetportal.web.htmx import hx_redirect, is_htmx
from fleetportal.web.step_up import step_up
from sims.bulk.changes import CHANGES, Change
from sims.bulk.dry_run import DryRun, Figures
from sims.bulk.selection import FILE, FILTER, Selection
from sims.enums import BulkOutcome, BulkState
from sims.filters import LineFilter
from sims.forms.bulk import FOLDED, WHEN_FIELDS, form_of, upload_form
from sims.forms.files import selected_ids
from sims.models import BulkChange
from sims.orders.kinds import lines_to_change
from sims.orders.placing import may_decide
from sims.services import bulk as bulk_changes
from sims.services.bulk import AT_ONCE
from sims.spreadsheets.bulk_change import COLUMNS, write_bulk_template
from sims.views.bulk import watched
from sims.views.dialogs import dialog, refused

# How many different reasons the dialog tells; the page of the bulk change tells them line by line.
REASONS_SHOWN = 5


def _change(request: PortalRequest, code: str) -> Change:
    """404 for one that does not exist, 403 for one this person may not ask for."""
    if code not in CHANGES:
        raise Http404
    if not request.membership.can(CHANGES[code].permission):
        raise PermissionDenied(CHANGES[code].permission)
    return CHANGES[code]


def _selection(request: PortalRequest) -> tuple[Selection, LineFilter]:
    """What was selected in the list, and the filter of the list."""
    asked = request.POST if request.method == "POST" else request.GET
    wanted = LineFilter.from_text(asked["query"]) if "query" in asked else LineFilter.from_query(asked)
    if asked.get("scope") == FILTER:
        return Selection.filtered(wanted), wanted
    return Selection.picked(selected_ids(asked.getlist("sel"))), wanted


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def bulk_new(request: PortalRequest, change: str) -> HttpResponse:
    """The dialog; sent, few lines are asked for at once, many get a dry run on a page of their own first."""
    found = _change(request, change)
    selection, wanted = _selection(request)
    count = selection.lines(request.customer).count()
    back = f"{reverse('sim_list')}?{wanted.query()}"
    if found.needs_password and (password_first := step_up(request)) is not None:
        return password_first
    if not count:
        return refused(request, Refusal(_("Select SIM cards in the list first.")), back)
    data = request.POST if request.method == "POST" else None
    form = form_of(found, customer=request.customer, count=count, data=data)
    if form.is_bound and form.is_valid():
        try:
            return _ask(request, found, selection, form)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    context = {
        **_dialog_context(found, form, count),
        "selection": selection,
        "wanted": wanted,
        "action": reverse("bulk_new", args=[found.code]),
        "preview_url": reverse("bulk_preview", args=[found.code]),
    }
    return dialog(request, "bulk", context, address=back, status=422 if form.is_bound else 200)


def _dialog_context(change: Change, form: Any, count: int) -> dict[str, Any]:
    folded = FOLDED.get(change.code, ())
    return {
        "change": change,
        "form": form,
        "count": count,
        "at_once": AT_ONCE,
        "is_at_once": count <= AT_ONCE,
        "heading": change.asks(count),
        "answer": change.answers(count),
        "fields": [form[name] for name in form.fields if name not in (*WHEN_FIELDS, *folded)],
        "folded": [form[name] for name in folded],
        "has_when": "when" in form.fields,
    }


def _ask(request: PortalRequest, change: Change, selection: Selection, form: Any) -> HttpResponse:
    with transaction.atomic():
        bulk = bulk_changes.prepare(
            customer=request.customer,
            change=change,
            wish=form.wish(),
            selection=selection,
            not_before=form.cleaned_data.get("day"),
            by=request.actor,
        )
        wants_page = request.POST.get("step") == "check"
        if bulk.state == BulkState.CHECKED and not wants_page:
            bulk_changes.apply(bulk=bulk, by=request.actor)
    address = reverse("bulk_detail", args=[bulk.pk])
    if not is_htmx(request):
        return redirect(address)
    return hx_redirect(address) if bulk.state in (BulkState.CHECKING, BulkState.CHECKED) else watched(request, bulk)


@require_POST
@customer_required(Permission.REQUEST_CHANGES)
def bulk_preview(request: PortalRequest, change: str) -> HttpResponse:
    """What the form as it stands now would change; writes nothing."""
    found = _change(request, change)
    selection, _wanted = _selection(request)
    count = selection.lines(request.customer).count()
    form = form_of(found, customer=request.customer, count=count, data=request.POST)
    # What proves a look, or is still to be filled in, is no reason to tell less.
    context: dict[str, Any] = {"change": found, "count": count, "is_at_once": count <= AT_ONCE}
    if count <= AT_ONCE and _has_wish(form):
        try:
            context |= _judged(request, found, selection, form)
        except Refusal as refusal:
            context["refusal"] = str(refusal)
    return render(request, "sims/bulk/_preview.html", context)


def _has_wish(form: Any) -> bool:
    form.is_valid()
    return not set(form.errors) - {*WHEN_FIELDS, "lines"}


def _judged(request: PortalRequest, change: Change, selection: Selection, form: Any) -> dict[str, Any]:
    lines = list(lines_to_change(selection.lines(request.customer)))
    wish = form.wish()
    run = DryRun(request.customer, change, may_replace=may_decide(request.actor, request.customer.pk))
    run.prepare(wish)
    figures, reasons = Figures(), dict[str, int]()
    for verdict in run.judge([(line, wish) for line in lines]):
        figures = figures.plus(verdict)
        if verdict.outcome == BulkOutcome.CANNOT:
            reason = _(verdict.reason)
            reasons[reason] = reasons.get(reason, 0) + 1
    first = sorted(reasons.items(), key=lambda item: -item[1])
    more = figures.cost_after - figures.cost_before
    return {
        "figures": figures,
        "reasons": first[:REASONS_SHOWN],
        "has_more_reasons": len(first) > REASONS_SHOWN,
        "answer": change.answers(figures.changing) if figures.changing else "",
        "cost_more": abs(more),
        "cost_sign": "+" if more > 0 else "−" if more < 0 else "",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def bulk_upload(request: PortalRequest, change: str) -> HttpResponse:
    """A workbook with a row per line; sent, its dry run is made by a worker."""
    found = _uploadable(request, change)
    if request.method != "POST":
        return _upload_page(request, found, upload_form(found))
    form = upload_form(found, data=request.POST, files=request.FILES)
    if form.is_valid():
        try:
            return redirect("bulk_detail", _prepare_upload(request, found, form).pk)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return _upload_page(request, found, form, status=422)


def _uploadable(request: PortalRequest, code: str) -> Change:
    change = _change(request, code)
    if change.code not in COLUMNS:
        raise Http404
    return change


def _prepare_upload(request: PortalRequest, change: Change, form: Any) -> BulkChange:
    upload = form.cleaned_data["file"]
    name = (upload.name or "").replace("\\", "/").rsplit("/", 1)[-1][:120]
    return bulk_changes.prepare(
        customer=request.customer,
        change=change,
        wish=None,
        selection=Selection(scope=FILE, file=name),
        not_before=form.cleaned_data.get("day"),
        upload=upload,
        by=request.actor,
    )


def _upload_page(request: PortalRequest, change: Change, form: Any, *, status: int = 200) -> HttpResponse:
    language = (translation.get_language() or "nl")[:2]
    context = {
        "change": change,
        "form": form,
        "has_when": "when" in form.fields,
        "columns": [column.heading(language) for column in COLUMNS[change.code]],
        "template_languages": settings.LANGUAGES,
        "most": number(50_000),
    }
    return render(request, "sims/bulk/upload.html", context, status=status)


@require_safe
@customer_required(Permission.REQUEST_CHANGES)
def bulk_template(request: PortalRequest, change: str, language: str) -> HttpResponse:
    """The empty workbook in one of the languages, with the company's own values as an example."""
    found = _uploadable(request, change)
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with tempfile.TemporaryDirectory() as folder, translation.override(language):
        path = Path(folder) / "template.xlsx"
        write_bulk_template(path, change=found, customer=request.customer, language=language)
        content = path.read_bytes()
        name = f"{found.title}.xlsx"
    return HttpResponse(content, headers=download_headers(name, CONTENT_TYPES["xlsx"]))
