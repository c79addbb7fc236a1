"""Adding a SIM card in four steps. A draft's address is its key: the same step sent twice is the same draft."""

import uuid
from dataclasses import dataclass, replace
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.errors import Refusal
from fleetportal.web.htmx import is_fragment, is_htmx, toast
from sims.forms.activation import weekday_date
from sims.forms.card_check import check_card
from sims.forms.employee import EmployeeForm
from sims.forms.plan import PlanForm
from sims.forms.steps import Scene, StepForm
from sims.forms.summary import summary_of
from sims.forms.wizard import MANDATE, STEPS, Step, kept_form, mandate_given, step_of, step_of_field, wish_of
from sims.models import Line, LineDraft
from sims.queries.adding import departments, open_drafts
from sims.queries.cards import stock_cards
from sims.services.drafts import DraftSent, delete_draft, save_answers
from sims.services.lines import LineWish, add_line
from sims.views.dialogs import leave_for

MOST_STOCK_CARDS = 50


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to one step: whose draft it is and how far it got. ``draft`` is None until its first answer."""

    request: PortalRequest
    key: uuid.UUID
    step: Step
    scene: Scene
    draft: LineDraft | None

    @property
    def reached(self) -> int:
        return self.draft.step if self.draft else 1


@require_safe
@customer_required(Permission.MANAGE_LINES)
def sim_add(request: PortalRequest) -> HttpResponse:
    """A new draft's address; nothing is stored before its first answer."""
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(reverse("sim_add_step", args=[uuid.uuid4(), 1]) + query)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def sim_add_step(request: PortalRequest, draft_id: uuid.UUID, number: int) -> HttpResponse:
    """Shows one step; takes its answers, keeps them and goes on."""
    visit = _visit(request, draft_id, number)
    if visit.draft and visit.draft.line:
        return _added_already(request, visit.draft.line)
    if visit.step.number > visit.reached:
        return redirect("sim_add_step", draft_id, visit.reached)
    if request.method != "POST":
        return _show(visit, _fresh_form(visit))
    try:
        return _take(visit)
    except DraftSent as sent:
        return _added_already(request, sent.line)
    except LineDraft.DoesNotExist:
        raise Http404 from None


def _visit(request: PortalRequest, draft_id: uuid.UUID, number: int) -> Visit:
    """404 for a step that does not exist, somebody else's draft, and a later step of a draft that is not there."""
    everywhere = LineDraft.objects.across_customers(reason="another's draft must not look like a free address")
    draft = everywhere.filter(public_id=draft_id).select_related("line").first()
    is_own = draft is None or (draft.customer_id == request.customer.pk and draft.owner_id == request.user.pk)
    step = step_of(number)
    if step is None or not is_own or (draft is None and number > 1):
        raise Http404
    scene = Scene(request.customer, request.user, draft.answers if draft else {})
    return Visit(request, draft_id, step, scene, draft)


def _fresh_form(visit: Visit) -> StepForm:
    """The step as it was left; a card chosen elsewhere (``?sim=``) is filled in."""
    initial = dict(visit.scene.answers.get(visit.step.key, {}))
    if visit.step.key == "card" and "iccid" not in initial and (iccid := _chosen_elsewhere(visit.request)):
        initial["iccid"] = iccid
    return visit.step.form(scene=visit.scene, initial=initial)


def _chosen_elsewhere(request: PortalRequest) -> str:
    wanted = _uuid_or_none(request.GET.get("sim", ""))
    sim = stock_cards(request.customer).filter(public_id=wanted).first() if wanted else None
    return sim.iccid if sim else ""


def _uuid_or_none(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _take(visit: Visit) -> HttpResponse:
    """The answers of a step: kept as they are for a draft or another step, checked for going on."""
    posted = visit.request.POST
    if "draft" in posted:
        _keep(visit, visit.reached)
        toast(visit.request, _("Draft saved. You find it again under “Add SIM card”."))
        return leave_for(visit.request, reverse("sim_list"))
    target = next((step for step in STEPS if str(step.number) == posted.get("go")), None)
    if target and target.number <= visit.reached:
        return _go_to(_keep(visit, visit.reached), target)
    form = visit.step.form(posted, scene=visit.scene)
    if not form.is_valid():
        return _show(visit, form, status=422)
    following = step_of(visit.step.number + 1)
    kept = _keep(visit, following.number if following else visit.step.number)
    return _go_to(kept, following) if following else _send(kept)


def _keep(visit: Visit, reached: int) -> Visit:
    answers: dict[str, Any] = {visit.step.key: visit.step.form.raw(visit.request.POST)}
    if answers.get("card", {}).get("mandate"):
        answers[MANDATE] = mandate_given(get_adapter(visit.request).get_client_ip(visit.request))
    draft = save_answers(
        customer=visit.request.customer, draft_id=visit.key, answers=answers, reached=reached, by=visit.request.actor
    )
    return replace(visit, draft=draft, scene=replace(visit.scene, answers=draft.answers))


def _go_to(visit: Visit, target: Step) -> HttpResponse:
    visit = replace(visit, step=target)
    if not is_fragment(visit.request):
        return HttpResponseRedirect(reverse("sim_add_step", args=[visit.key, target.number]), status=303)
    return _show(visit, _fresh_form(visit), push=True)


def _send(visit: Visit) -> HttpResponse:
    """Every step is checked once more, because days may lie between the first answer and the last."""
    forms = {step.key: kept_form(step, visit.scene) for step in STEPS}
    for step in STEPS:
        if not forms[step.key].is_valid():
            return _show(replace(visit, step=step), forms[step.key], status=422, push=step != visit.step)
    wish = wish_of(forms, visit.scene)
    assert visit.draft is not None, "its last answers were kept before this"
    try:
        line = add_line(draft=visit.draft, wish=wish, by=visit.request.actor)
    except Refusal as refusal:
        step = step_of_field(refusal.field)
        form = forms[step.key]
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _show(replace(visit, step=step), form, status=422, push=step != visit.step)
    toast(visit.request, _added_text(wish))
    return leave_for(visit.request, reverse("line_detail", args=[line.public_id]))


def _added_text(wish: LineWish) -> str:
    if not wish.activate:
        return _("SIM card added. Activate it whenever you want.")
    if wish.activate_on:
        return _("SIM card added. It is activated on %(date)s.") % {"date": weekday_date(wish.activate_on)}
    if wish.transfer:
        return _("SIM card added. The number is on its way.")
    return _("SIM card added. The activation has started.")


def _show(visit: Visit, form: StepForm, *, status: int = 200, push: bool = False) -> HttpResponse:
    fragment = is_fragment(visit.request)
    template = "sims/wizard/fragment.html" if fragment else "sims/wizard/page.html"
    response = render(visit.request, template, _context(visit, form), status=status)
    if fragment and push:
        response["HX-Push-Url"] = reverse("sim_add_step", args=[visit.key, visit.step.number])
    return response


def _context(visit: Visit, form: StepForm) -> dict[str, Any]:
    context: dict[str, Any] = {
        "form": form,
        "draft_id": visit.key,
        "step": visit.step,
        "steps": STEPS,
        "reached": visit.reached,
        "previous": visit.step.number - 1,
        "summary": summary_of(visit.scene, form if isinstance(form, PlanForm) else None),
        "step_template": f"sims/wizard/{visit.step.key}.html",
    }
    if visit.step.key == "card":
        context |= _card_context(visit, form)
    if visit.step.key == "employee":
        context["departments"] = departments(visit.request.customer)
    return context


def _card_context(visit: Visit, form: StepForm) -> dict[str, Any]:
    drafts = open_drafts(visit.request.customer, visit.request.user).exclude(public_id=visit.key)
    return {
        "stock": stock_cards(visit.request.customer)[:MOST_STOCK_CARDS],
        "drafts": [] if visit.draft else [(draft, _draft_title(visit, draft)) for draft in drafts[:5]],
        "checked": getattr(form, "checked", None),
    }


def _draft_title(visit: Visit, draft: LineDraft) -> str:
    """What a draft is recognised by: the employee, else the card."""
    rows = summary_of(replace(visit.scene, answers=draft.answers)).rows
    named = [row.value for row in rows if row.value]
    return named[-1] if len(named) == 3 else named[0] if named else _("Draft without a SIM card")


def _added_already(request: PortalRequest, line: Line) -> HttpResponse:
    """Back after success, or the same form sent twice: the line that came of it."""
    address = reverse("line_detail", args=[line.public_id])
    if request.method == "POST":
        return leave_for(request, address)
    return render(request, "sims/wizard/added.html", {"line": line, "address": address})


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(Permission.MANAGE_LINES)
def sim_add_delete(request: PortalRequest, draft_id: uuid.UUID) -> HttpResponse:
    """GET asks, POST throws the person's own draft away."""
    draft = open_drafts(request.customer, request.user).filter(public_id=draft_id).first()
    if draft is None:
        raise Http404
    if request.method != "POST":
        return render(request, "sims/wizard/delete.html", {"draft": draft})
    try:
        delete_draft(customer=request.customer, draft_id=draft_id, by=request.actor)
    except DraftSent as sent:
        return _added_already(request, sent.line)
    toast(request, _("Draft deleted."))
    return redirect("sim_list")


@require_safe
@customer_required(Permission.MANAGE_LINES)
def sim_add_card(request: PortalRequest) -> HttpResponse:
    """What a typed SIM card number is, as a fragment under its field."""
    typed = request.GET.get("iccid", "").replace("\x00", "")[:60]
    if not is_htmx(request):
        return redirect(f"{reverse('sim_add')}?{request.GET.urlencode()}")
    context: dict[str, Any] = {"checked": None, "problem": "", "spoken": ""}
    if typed.strip():
        try:
            checked = context["checked"] = check_card(request.customer, typed)
        except ValidationError as error:
            context["problem"] = context["spoken"] = " ".join(error.messages)
        else:
            context["spoken"] = " ".join(checked.warnings) or _("This SIM card can be used.")
    return render(request, "sims/wizard/_card_check.html", context)


@require_safe
@customer_required(Permission.REQUEST_CHANGES)
def sim_add_employees(request: PortalRequest) -> HttpResponse:
    """Employees that match what is typed, as a fragment."""
    if not is_htmx(request):
        return redirect("sim_add")
    form = EmployeeForm(scene=Scene(request.customer, request.user), initial=_from_address(request, EmployeeForm))
    return render(request, "sims/wizard/_employees.html", {"form": form})


@require_safe
@customer_required(Permission.MANAGE_LINES)
def sim_add_options(request: PortalRequest) -> HttpResponse:
    """The options of the picked plan and the new summary of ``?draft=``, as fragments; nothing is kept yet."""
    if not is_htmx(request):
        return redirect("sim_add")
    key = _uuid_or_none(request.GET.get("draft", ""))
    scene = _visit(request, key, 3).scene if key else Scene(request.customer, request.user)
    form = PlanForm(scene=scene, initial=_from_address(request, PlanForm))
    summary = summary_of(scene, form)
    return render(request, "sims/wizard/_options_and_total.html", {"form": form, "summary": summary})


def _from_address(request: PortalRequest, form: type[StepForm]) -> dict[str, Any]:
    return form.raw(request.GET)
