"""The questions of a request for several numbers: what the donor checks is asked once, the rest per number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sims.enums import OrderKind
from sims.forms.activation import Days, checked_day, date_field, limit
from sims.forms.donor import HolderFields, OperatorFields
from sims.forms.port_lines import EMPTY, LinesQuestion
from sims.forms.port_numbers import NumbersQuestion
from sims.forms.port_rows import RowForm
from sims.forms.steps import Scene, StepForm, as_data
from sims.models import Subscriber
from sims.services.lines import LineWish, Transfer
from sims.services.mandates import MANDATE_TEXT_SEVERAL, MANDATE_TEXT_VERSION


class OperatorQuestion(OperatorFields, StepForm):
    """Where the numbers are now."""

    conditional = ("donor_other",)
    donor_iccid = None  # type: ignore[assignment]
    donor_customer_number = forms.CharField(
        label=_("Customer number there"),
        help_text=_("On the invoice. Without it you enter the old SIM card number of each number."),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def has_proof(self, data: dict[str, Any]) -> bool:
        """The old cards are asked per number."""
        return True

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        self.check_operator(data)
        return data


class HolderQuestion(HolderFields, StepForm):
    """In whose name the numbers are there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customer = self.scene.customer
        self.initial.setdefault("holder_name", customer.name)
        self.initial.setdefault("holder_enterprise_number", customer.enterprise_number_display)
        self.fields["holder_name"].label = _("In whose name are they")
        private: Any = self.fields["was_private"]
        private.label = _("Were they private numbers of employees?")
        private.choices = [("no", _("No, they were the company’s")), ("yes", _("Yes, the employees bring them"))]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        self.check_holder(data)
        return data


class DayQuestion(StepForm):
    """``cleaned_data["day"]`` None is as soon as possible."""

    when = forms.ChoiceField(
        label=_("When"),
        choices=[("first", _("As soon as possible")), ("date", _("On a date"))],
        initial="first",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose when.")},
    )
    date = date_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days = Days(OrderKind.PORT_IN)
        limit(self.fields["date"], self.days)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        data["day"] = checked_day(self, data)
        return data


class CheckQuestion(StepForm):
    """Everything once more, and the mandate."""

    mandate = forms.BooleanField(
        label=MANDATE_TEXT_SEVERAL,
        error_messages={"required": _("Without your mandate the numbers cannot be brought along.")},
    )


@dataclass(frozen=True, slots=True)
class PortQuestion:
    """One page. ``slug`` is where a draft keeps its answers."""

    slug: str
    title: str | Promise
    form: type[StepForm]


QUESTIONS = (
    PortQuestion("operator", _("Where are the numbers now?"), OperatorQuestion),
    PortQuestion("holder", _("Whose numbers are they?"), HolderQuestion),
    PortQuestion("numbers", _("Which numbers?"), NumbersQuestion),
    PortQuestion("lines", _("Who gets which number?"), LinesQuestion),
    PortQuestion("day", _("When do they move?"), DayQuestion),
    PortQuestion("check", _("Check and ask"), CheckQuestion),
)
LINES, CHECK = 3, 5


def index_of(slug: str) -> int | None:
    """The place of a question, counted from 0; None when there is no such question."""
    return next((n for n, question in enumerate(QUESTIONS) if question.slug == slug), None)


def kept_form(question: PortQuestion, scene: Scene) -> StepForm:
    """A question bound to the answers the draft holds."""
    kept = dict(scene.answers.get(question.slug, {}))
    rows = kept.pop("rows", [])
    data = as_data(kept)
    for n, row in enumerate(rows):
        for name, value in row.items():
            data[f"row-{n}-{name}"] = value
    return question.form(data, scene=scene)


def wishes_of(forms: Mapping[str, StepForm], *, ip: str | None) -> list[LineWish]:
    """What the valid answers ask for, a line for each number; the mandate is given now, from this address."""
    operator, holder, lines = forms["operator"], forms["holder"], forms["lines"]
    assert isinstance(operator, OperatorQuestion)
    assert isinstance(lines, LinesQuestion)
    shared = {
        "donor": operator.donor_name(),
        "is_prepaid": operator.cleaned_data["contract"] == "prepaid",
        "donor_customer_number": operator.cleaned_data["donor_customer_number"],
        "holder_name": holder.cleaned_data["holder_name"],
        "holder_enterprise_number": holder.cleaned_data["holder_enterprise_number"],
        "was_private": holder.cleaned_data["was_private"] == "yes",
        "mandate_text_version": MANDATE_TEXT_VERSION,
        "mandate_at": timezone.now(),
        "mandate_ip": ip,
    }
    return [_wish(row, lines, shared, forms["day"].cleaned_data["day"]) for row in lines.rows]


def _wish(row: RowForm, lines: LinesQuestion, shared: Mapping[str, Any], day: Any) -> LineWish:
    data = row.cleaned_data
    chosen = {name: data[name] or lines.cleaned_data[name] for name in EMPTY}
    person = data["employee"]
    return LineWish(
        iccid=data["iccid"],
        employee=person.public_id if isinstance(person, Subscriber) else person,
        plan=int(chosen["plan"]),
        billing_account=int(chosen["billing_account"]),
        cost_centre=int(chosen["cost_centre"]) if chosen["cost_centre"] else None,
        transfer=Transfer(number=data["number"], donor_iccid=data["donor_iccid"], **shared),
        activate_on=day,
    )
