"""Bringing several numbers along: a page per question. A draft's address is its key, as for one SIM card."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from allauth.account.adapter import get_adapter
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import is_htmx, layout, toast
from fleetportal.web.pagination import paginate
from sims.forms.port_lines import LinesQuestion
from sims.forms.port_numbers import NumbersQuestion
from sims.forms.port_questions import CHECK, LINES, QUESTIONS, PortQuestion, index_of, kept_form, wishes_of
from sims.forms.port_rows import posted_rows, with_cards
from sims.forms.steps import Scene, StepForm
from sims.models import PortBatch
from sims.queries.adding import employees_matching
from sims.queries.cards import stock_cards
from sims.queries.port_batches import open_batches, sent_batches
from sims.services.port_batches import MOST_NUMBERS, BatchSent, RowRefusal, bring_along, delete_batch, save_batch
from sims.views import fleet_list

MOST_CARDS = 60
# A refusal of the service names the field of the wizard; here one field says who gets the number.
_FIELDS = {"subscriber": "employee", "employee_number": "employee"}


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to one question. ``batch`` is None until the first answer of a draft."""

    request: PortalRequest
    key: UUID
    index: int
    scene: Scene
    batch: PortBatch | None

    @property
    def question(self) -> PortQuestion:
        return QUESTIONS[self.index]

    @property
    def reached(self) -> int:
        return self.batch.reached if self.batch else 0


def question_url(key: UUID, index: int) -> str:
    return reverse("port_question", args=[key, QUESTIONS[index].slug])


@require_safe
@customer_required(Permission.REQUEST_CHANGES)
def port_start(request: PortalRequest) -> HttpResponse:
    """What one needs, the person's drafts and what the company asked before. Nothing is stored before an answer."""
    context = {
        "layout": layout(request, "ports"),
        "begin_url": question_url(uuid4(), 0),
        "drafts": [(draft, _size(draft)) for draft in open_batches(request.customer, request.user)],
        "page": paginate(sent_batches(request.customer), request.GET.get("page")),
        "most": MOST_NUMBERS,
        **fleet_list.rights(request),
    }
    return render(request, "sims/port/start.html", context)


def _size(draft: PortBatch) -> int:
    return len(draft.answers.get("lines", {}).get("rows", []))


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def port_question(request: PortalRequest, batch_id: UUID, question: str) -> HttpResponse:
    """Shows one question; takes its answer, keeps it and goes on."""
    visit = _visit(request, batch_id, question)
    if visit.batch and visit.batch.sent_at:
        return redirect("port_batch", batch_id)
    if visit.index > visit.reached:
        return HttpResponseRedirect(question_url(batch_id, visit.reached))
    if request.method != "POST":
        kept = visit.scene.answers.get(visit.question.slug, {})
        return _show(visit, visit.question.form(scene=visit.scene, initial=kept))
    try:
        return _take(visit)
    except BatchSent:
        return HttpResponseRedirect(reverse("port_batch", args=[batch_id]), status=303)
    except PortBatch.DoesNotExist:
        raise Http404 from None


def _visit(request: PortalRequest, batch_id: UUID, slug: str) -> Visit:
    """404 for a question that does not exist, somebody else's draft, and a later question of one that is not there."""
    everywhere = PortBatch.objects.across_customers(reason="another's draft must not look like a free address")
    batch = everywhere.filter(public_id=batch_id).first()
    is_own = batch is None or (batch.customer_id == request.customer.pk and batch.owner_id == request.user.pk)
    index = index_of(slug)
    if index is None or not is_own or (batch is None and index > 0):
        raise Http404
    return Visit(request, batch_id, index, Scene(request.customer, request.user, batch.answers if batch else {}), batch)


def _take(visit: Visit) -> HttpResponse:
    """The answers: kept as they are for a draft or a change of rows, checked for going on."""
    posted = visit.request.POST
    if "draft" in posted:
        _keep(visit, visit.reached)
        toast(visit.request, _("Draft saved. You find it again under “Bring several numbers”."))
        return HttpResponseRedirect(reverse("port_start"), status=303)
    if changed := {"add", "remove", "fill"} & set(posted):
        return _change_rows(visit, changed.pop())
    form = visit.question.form(posted, scene=visit.scene)
    if not form.is_valid():
        return _show(visit, form, status=422)
    if visit.index == CHECK:
        return _send(visit)
    kept = _keep(visit, visit.index + 1, form)
    # Who came back to change one answer returns to the check; other numbers lead to their rows first.
    is_change = kept.reached == CHECK and not isinstance(form, NumbersQuestion)
    return HttpResponseRedirect(question_url(visit.key, CHECK if is_change else visit.index + 1), status=303)


def _keep(visit: Visit, reached: int, form: StepForm | None = None) -> Visit:
    """Keep what was typed; the numbers of a valid ``form`` become rows, with cards from stock."""
    answers: dict[str, Any] = {visit.question.slug: visit.question.form.raw(visit.request.POST)}
    if isinstance(form, NumbersQuestion):
        lines = visit.scene.answers.get("lines", {})
        answers["lines"] = {**lines, "rows": with_cards(visit.request.customer, form.merged())}
    return _save(visit, answers, reached)


def _save(visit: Visit, answers: dict[str, Any], reached: int) -> Visit:
    request = visit.request
    batch = save_batch(
        customer=request.customer, batch_id=visit.key, answers=answers, reached=reached, by=request.actor
    )
    return replace(visit, batch=batch, scene=replace(visit.scene, answers=batch.answers))


def _change_rows(visit: Visit, how: str) -> HttpResponse:
    """One row more or less, or cards from stock where there is none; everything else stays as it was typed."""
    if visit.index != LINES:
        raise Http404
    posted = visit.request.POST
    rows = posted_rows(posted, without=posted.get("remove", ""))
    target = f"row-{len(rows)}" if how == "add" else "rows"
    if how == "fill":
        rows = with_cards(visit.request.customer, rows)
    _save(visit, {"lines": {**LinesQuestion.raw(posted), "rows": rows}}, visit.reached)
    more = "?more=1" if how == "add" else ""
    return HttpResponseRedirect(f"{question_url(visit.key, LINES)}{more}#{target}", status=303)


def _send(visit: Visit) -> HttpResponse:
    """Every answer is checked once more, because days may lie between the first and the last."""
    forms = {question.slug: kept_form(question, visit.scene) for question in QUESTIONS[:CHECK]}
    for index, question in enumerate(QUESTIONS[:CHECK]):
        if not forms[question.slug].is_valid():
            return _show(replace(visit, index=index), forms[question.slug], status=422)
    ip = get_adapter(visit.request).get_client_ip(visit.request)
    wishes = wishes_of(forms, ip=ip)
    assert visit.batch is not None, "its answers were kept before this"
    visit.batch.customer = visit.request.customer
    try:
        bring_along(batch=visit.batch, wishes=wishes, by=visit.request.actor)
    except RowRefusal as refusal:
        return _refused_row(visit, forms["lines"], refusal)
    except Refusal as refusal:
        form = visit.question.form(visit.request.POST, scene=visit.scene)
        form.add_error(None, str(refusal))
        return _show(visit, form, status=422)
    toast(visit.request, _("Asked. Follow each number here."))
    return HttpResponseRedirect(reverse("port_batch", args=[visit.key]), status=303)


def _refused_row(visit: Visit, form: StepForm, refusal: RowRefusal) -> HttpResponse:
    """At the row and cell it is about; what is refused for the day, at the day."""
    assert isinstance(form, LinesQuestion)
    field = _FIELDS.get(refusal.field or "", refusal.field)
    if field == "date":
        day = kept_form(QUESTIONS[LINES + 1], visit.scene)
        day.add_error("date", str(refusal))
        return _show(replace(visit, index=LINES + 1), day, status=422)
    row = form.rows[refusal.row]
    row.add_error(field if field in row.fields else "number", str(refusal))
    return _show(replace(visit, index=LINES), form, status=422)


def _show(visit: Visit, form: StepForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "batch_id": visit.key,
        "question": visit.question,
        "position": visit.index + 1,
        "count": len(QUESTIONS),
        "action": question_url(visit.key, visit.index),
        "back_url": question_url(visit.key, visit.index - 1) if visit.index else reverse("port_start"),
        "is_draft": visit.batch is not None,
        "body": f"sims/port/_{visit.question.slug}.html",
        **fleet_list.rights(visit.request),
    }
    if isinstance(form, LinesQuestion):
        context |= _lines_context(visit, form)
    if visit.index == CHECK:
        context |= _check_context(visit)
    return render(visit.request, "sims/port/question.html", context, status=status)


def _lines_context(visit: Visit, form: LinesQuestion) -> dict[str, Any]:
    rows = form.rows
    may_add = len(rows) < MOST_NUMBERS
    empty = form.empty_row() if may_add and ("more" in visit.request.GET or not rows) else None
    return {
        "rows": rows,
        "problems": form.problems,
        "empty_row": empty,
        "may_add": may_add,
        "offers_cards": empty is not None or any(not row["iccid"].value() for row in rows),
        "cards": stock_cards(visit.request.customer)[:MOST_CARDS],
    }


def _check_context(visit: Visit) -> dict[str, Any]:
    """The answers as they were typed; they are judged when the request is sent."""
    forms = {question.slug: kept_form(question, visit.scene) for question in QUESTIONS[:CHECK]}
    lines = forms["lines"]
    assert isinstance(lines, LinesQuestion)
    for slug in ("operator", "holder", "day"):
        forms[slug].is_valid()
    return {
        "operator": forms["operator"],
        "holder": forms["holder"],
        "day": forms["day"],
        "lines": lines,
        "told": lines.told(),
        "questions": {question.slug: question_url(visit.key, n) for n, question in enumerate(QUESTIONS)},
    }


@require_safe
@customer_required(Permission.REQUEST_CHANGES)
def port_people(request: PortalRequest) -> HttpResponse:
    """Employees that match what is typed in a row, as choices for its field."""
    if not is_htmx(request):
        return redirect("port_start")
    typed = next((str(value) for name, value in request.GET.items() if name.endswith("employee")), "")
    return render(request, "sims/port/_people.html", {"people": employees_matching(request.customer, typed[:80])})


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.REQUEST_CHANGES)
def port_delete(request: PortalRequest, batch_id: UUID) -> HttpResponse:
    """GET asks, POST throws the person's own draft away."""
    own = PortBatch.objects.for_customer(request.customer).filter(owner=request.user, sent_at=None)
    draft = own.filter(public_id=batch_id).first()
    if draft is None:
        raise Http404
    if request.method != "POST":
        return render(request, "sims/port/delete.html", {"draft": draft, "size": _size(draft)})
    try:
        delete_batch(customer=request.customer, batch_id=batch_id, by=request.actor)
    except BatchSent:
        return redirect("port_batch", batch_id)
    toast(request, _("Draft deleted."))
    return redirect("port_start")
