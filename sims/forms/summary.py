"""What was chosen so far in "add SIM card", in words: beside each step, and as the check list before sending."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from fleetportal.web.formatting import iccid as iccid_text
from fleetportal.web.formatting import phone
from sims.forms.donor import OTHER
from sims.forms.employee import EmployeeForm
from sims.forms.plan import PlanForm
from sims.forms.steps import Scene, as_data
from sims.identifiers import IdentifierError, normalise_msisdn
from sims.queries.cards import digits_of


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the summary; ``step`` is where it is changed."""

    step: int
    label: str
    value: str = ""
    extra: str = ""
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """``total`` is euro per month without VAT, None until a plan was chosen."""

    rows: list[Row]
    total: Decimal | None


def summary_of(scene: Scene, plan_form: PlanForm | None = None) -> Summary:
    """From the kept answers; ``plan_form`` stands in for those of step 3 while they change on the page."""
    if plan_form is None and "plan" in scene.answers:
        plan_form = PlanForm(as_data(scene.answers["plan"]), scene=scene)
    rows = [*_card_rows(scene), *_employee_rows(scene)]
    if plan_form is None or plan_form.chosen_plan is None:
        return Summary(rows, None)
    rows.append(Row(3, plan_form.chosen_plan.name, price=plan_form.chosen_plan.price_month))
    rows += [Row(3, option.name, price=option.price_month) for option in plan_form.chosen_options]
    return Summary(rows, plan_form.total)


def _card_rows(scene: Scene) -> list[Row]:
    typed = digits_of(scene.answer("card", "iccid"))
    if not typed:
        return [Row(1, _("SIM card"))]
    rows = [Row(1, _("SIM card"), iccid_text(typed))]
    if not scene.is_transfer:
        return [*rows, Row(1, _("Number"), _("New number"))]
    donor = scene.answer("card", "donor")
    name = scene.answer("card", "donor_other") if donor == OTHER else donor
    from_donor = _("from %(operator)s") % {"operator": name} if name else ""
    return [*rows, Row(1, _("Number"), _number(scene.answer("card", "number")), from_donor)]


def _number(typed: str) -> str:
    try:
        return phone(normalise_msisdn(typed))
    except IdentifierError:
        return typed


def _employee_rows(scene: Scene) -> list[Row]:
    if "employee" not in scene.answers:
        return []
    form = EmployeeForm(as_data(scene.answers["employee"]), scene=scene)
    if not form.is_new:
        person = form.chosen()
        return [Row(2, _("Employee"), person.full_name, person.department)] if person else []
    name = f"{scene.answer('employee', 'first_name')} {scene.answer('employee', 'last_name')}".strip()
    return [Row(2, _("Employee"), name, scene.answer("employee", "department"))] if name else []
