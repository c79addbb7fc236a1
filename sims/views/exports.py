"""Exporting SIM cards: the dialog, a small file at once, a large one as a task; and the timeline of one line."""

import tempfile
from pathlib import Path
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from fleetportal.spreadsheets.writing import CONTENT_TYPES
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.downloads import download_headers
from fleetportal.web.formatting import number
from sims.filters import LineFilter
from sims.forms.files import ExportForm, selected_ids
from sims.queries.detail import line_detail
from sims.queries.fleet_export import lines_for_export
from sims.queries.lines import all_columns, columns_of
from sims.queries.timeline import GROUPS, timeline
from sims.services import fleet_files
from sims.spreadsheets.columns import Field
from sims.spreadsheets.fleet_export import FleetExport, extras_shown, fields_shown
from sims.spreadsheets.timeline import write_timeline
from sims.views.dialogs import dialog

AT_ONCE = 1000
# Of one line; the newest are the ones that are asked for.
MOST_ENTRIES = 5000


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.EXPORT_FLEET)
def sim_export(request: PortalRequest) -> HttpResponseBase:
    """The dialog; sent, it answers the file or, above 1,000 SIM cards, the task that makes it."""
    asked = request.POST if request.method == "POST" else request.GET
    selected = selected_ids(asked.getlist("sel"))
    wanted = LineFilter.from_text(request.POST["query"]) if "query" in request.POST else LineFilter.from_query(asked)
    scopes = _scopes(request, wanted, selected)
    form = ExportForm(
        scopes=scopes,
        selected=selected,
        data=request.POST if "columns" in request.POST else None,
        initial={"scope": _first_scope(asked, scopes), "query": wanted.query()},
    )
    if form.is_valid():
        return _export(request, form, wanted)
    context = {"form": form, "at_once": AT_ONCE, "action": reverse("sim_export")}
    address = f"{reverse('sim_list')}?{wanted.query()}"
    return dialog(request, "export", context, address=address, status=422 if form.is_bound else 200)


@require_POST
@customer_required(Permission.EXPORT_FLEET)
def line_timeline_export(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """The timeline of a line as Excel, as it is narrowed: ``?type=`` and ``?who=`` are those of its tab."""
    detail = line_detail(request.customer, public_id)
    group, who = request.GET.get("type", ""), request.GET.get("who", "").replace("\x00", "")
    shown = timeline(detail, group=group if group in GROUPS else "", person=who, per_page=MOST_ENTRIES)
    query = f"timeline={public_id}&{request.GET.urlencode()}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "timeline.xlsx"
        rows = write_timeline(path, shown.entries)
        content = path.read_bytes()
    fleet_files.record_export(customer=request.customer, rows=rows, file_format="xlsx", query=query, by=request.actor)
    number_text = (detail.line.number or "").removeprefix("+")
    name = f"{_('Timeline')} {number_text} {timezone.localdate():%Y-%m-%d}.xlsx".replace("  ", " ")
    return HttpResponse(content, headers=download_headers(name, CONTENT_TYPES["xlsx"]))


def _scopes(request: PortalRequest, wanted: LineFilter, selected: list[str]) -> list[tuple[str, str]]:
    """What can be exported from where the person stands, each with its count."""
    customer = request.customer
    scopes = []
    if selected:
        count = lines_for_export(customer, {}, selected).count()
        text = ngettext("Selection (%(count)s SIM card)", "Selection (%(count)s SIM cards)", count)
        scopes.append((ExportForm.SELECTION, text % {"count": number(count)}))
    if wanted.narrows or wanted.view != LineFilter().view:
        count = wanted.apply(customer).count()
        text = ngettext("What the list shows (%(count)s SIM card)", "What the list shows (%(count)s SIM cards)", count)
        scopes.append((ExportForm.FILTER, text % {"count": number(count)}))
    count = LineFilter().apply(customer).count()
    text = ngettext("All (%(count)s SIM card)", "All (%(count)s SIM cards)", count)
    return [*scopes, (ExportForm.ALL, text % {"count": number(count)})]


def _first_scope(asked: QueryDict, scopes: list[tuple[str, str]]) -> str:
    """What was asked; "the whole list" is all when no filter narrows it."""
    known = [scope for scope, _label in scopes]
    if asked.get("scope") == ExportForm.FILTER:
        return ExportForm.FILTER if ExportForm.FILTER in known else ExportForm.ALL
    return known[0]


def _export(request: PortalRequest, form: ExportForm, wanted: LineFilter) -> HttpResponseBase:
    choice = form.cleaned_data
    query = "" if choice["scope"] == ExportForm.ALL else wanted.query()
    selected = form.selected if choice["scope"] == ExportForm.SELECTION else []
    is_all = choice["columns"] == ExportForm.ALL
    shown = columns_of(request.user)
    fields = list(Field) if is_all else fields_shown(shown)
    extras = extras_shown(list(all_columns()) if is_all else shown)
    name = f"{_('SIM cards')} {timezone.localdate():%Y-%m-%d}.{choice['format']}"
    lines = lines_for_export(request.customer, QueryDict("" if selected else query), selected)
    rows = lines.count()
    if rows > AT_ONCE:
        job = fleet_files.start_export(
            customer=request.customer,
            query=query,
            selected=selected,
            fields=fields,
            extras=extras,
            file_format=choice["format"],
            file_name=name,
            rows=rows,
            by=request.actor,
        )
        return redirect("job", job.pk)
    fleet_files.record_export(
        customer=request.customer, rows=rows, file_format=choice["format"], query=query, by=request.actor
    )
    language = (get_language() or "nl")[:2]
    export = FleetExport(
        lines, fields, customer=request.customer, language=language, file_format=choice["format"], extras=extras
    )
    return _file(export, name)


def _file(export: FleetExport, name: str) -> HttpResponseBase:
    headers = download_headers(name, CONTENT_TYPES[export.file_format])
    if export.file_format == "csv":
        return StreamingHttpResponse(export.csv_stream(), headers=headers)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        export.write(path, title=_("SIM cards"))
        return HttpResponse(path.read_bytes(), headers=headers)
