"""The steps of "add SIM card" in their order, and what all of them together ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sims.forms.billing import BillingForm
from sims.forms.card import CardForm
from sims.forms.donor import OTHER
from sims.forms.employee import EmployeeForm
from sims.forms.plan import PlanForm
from sims.forms.steps import Scene, StepForm, as_data
from sims.services.lines import LineWish, Transfer
from sims.services.mandates import MANDATE_TEXT_VERSION
from sims.services.subscribers import NewEmployee

# Where a draft keeps when and from where the mandate was given; no field, so nobody can send it.
MANDATE = "mandate"


@dataclass(frozen=True, slots=True)
class Step:
    """``key`` is where a draft keeps the answers, ``onward`` what the button to the next step says."""

    number: int
    key: str
    title: str | Promise
    onward: str | Promise
    form: type[StepForm]


STEPS = (
    Step(1, "card", _("SIM card and number"), _("Continue to employee"), CardForm),
    Step(2, "employee", _("Employee"), _("Continue to plan and options"), EmployeeForm),
    Step(3, "plan", _("Plan and options"), _("Continue to billing"), PlanForm),
    Step(4, "billing", _("Billing and activation"), _("Add and activate"), BillingForm),
)


def step_of(number: int) -> Step | None:
    return STEPS[number - 1] if 1 <= number <= len(STEPS) else None


def step_of_field(name: str | None) -> Step:
    """The step that asks this; the last one when a refusal names no field."""
    return next((step for step in STEPS if name in step.form.base_fields), STEPS[-1])


def kept_form(step: Step, scene: Scene) -> StepForm:
    """A step bound to the answers the draft holds."""
    return step.form(as_data(scene.answers.get(step.key, {})), scene=scene)


def mandate_given(ip: str | None) -> dict[str, Any]:
    """The evidence of a mandate as a draft keeps it: which text, when, from where."""
    return {"version": MANDATE_TEXT_VERSION, "at": timezone.now().isoformat(), "ip": ip}


def wish_of(forms: Mapping[str, StepForm], scene: Scene) -> LineWish:
    """What four valid steps ask for."""
    card, plan, billing = (forms[key].cleaned_data for key in ("card", "plan", "billing"))
    return LineWish(
        iccid=card["iccid"],
        employee=_employee(forms["employee"].cleaned_data),
        plan=plan["plan"].pk,
        options=frozenset(option.pk for option in plan["option"]),
        billing_account=billing["billing_account"],
        cost_centre=billing["cost_centre"],
        split_bill=billing["split_bill"] == "yes",
        split_bill_profile=billing["split_bill_profile"],
        transfer=_transfer(card, scene.answers[MANDATE]) if scene.is_transfer else None,
        activate=billing["when"] != "later",
        activate_on=billing["day"],
    )


def _employee(data: Mapping[str, Any]) -> Any:
    if data["who"] == "existing":
        return data["subscriber"].public_id
    names = ("first_name", "last_name", "email", "employee_number", "department", "language")
    return NewEmployee(**{name: data[name] for name in names})


def _transfer(card: Mapping[str, Any], mandate: Mapping[str, Any]) -> Transfer:
    return Transfer(
        number=card["number"],
        donor=card["donor_other"] if card["donor"] == OTHER else card["donor"],
        is_prepaid=card["contract"] == "prepaid",
        donor_customer_number=card["donor_customer_number"],
        donor_iccid=card["donor_iccid"],
        holder_name=card["holder_name"],
        holder_enterprise_number=card["holder_enterprise_number"],
        was_private=card["was_private"] == "yes",
        mandate_text_version=mandate["version"],
        mandate_at=datetime.fromisoformat(mandate["at"]),
        mandate_ip=mandate["ip"],
    )
