"""The questions about an employee who leaves: one form, one page, one answer each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fleetportal.web.widgets import DateInput
from sims.enums import NumberFate, NumberProvenance
from sims.models import DepartureLine, Subscriber
from sims.orders import calendar
from sims.queries.adding import MOST_EMPLOYEES, employees_matching
from sims.queries.departures import Leave, end_day_of, reclaim_until_of

FURTHEST = timedelta(days=365)
NEEDS_REASON = _("Say why. The employee may still ask this number back.")


def last_day_field() -> forms.DateField:
    return forms.DateField(
        label=_("Last day"),
        help_text=_("The lines work until the end of that day. A day that is over is possible too."),
        widget=DateInput(),
        error_messages={"required": _("Choose a date."), "invalid": _("Enter a date such as 23/11/2026.")},
    )


class LastDayForm(forms.Form):
    """Up to a year ago, because HR sometimes tells late, and up to a year from now."""

    use_required_attribute = False

    last_day = last_day_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = calendar.local_day(timezone.now())
        self.first, self.last = self.today - FURTHEST, self.today + FURTHEST
        self.fields["last_day"].widget.attrs.update(min=self.first.isoformat(), max=self.last.isoformat())

    def clean_last_day(self) -> date:
        day: date = self.cleaned_data["last_day"]
        if not self.first <= day <= self.last:
            raise forms.ValidationError(_("Choose a day within a year from today."))
        return day


class QuestionForm(forms.Form):
    """``row`` is the line that is asked about; None for what is asked once. ``answers()`` are its columns."""

    use_required_attribute = False

    def __init__(self, *args: Any, leave: Leave, row: DepartureLine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leave, self.row = leave, row
        self.last_day = leave.departure.last_day

    @property
    def is_held(self) -> bool:
        """Whether the law keeps the number on its last day and after."""
        return reclaim_until_of(self.row, self.last_day) is not None

    def answers(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class FateForm(QuestionForm):
    fate = forms.ChoiceField(
        label=_("What becomes of the number?"),
        choices=NumberFate.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what becomes of the number.")},
    )


class OriginForm(QuestionForm):
    provenance = forms.ChoiceField(
        label=_("Whose number was it?"),
        choices=[
            (NumberProvenance.COMPANY, _("The company gave it")),
            (NumberProvenance.EMPLOYEE, _("The employee brought it")),
            (NumberProvenance.UNKNOWN, _("Not known")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whose number it was.")},
    )


class ReceiverForm(QuestionForm):
    to_name = forms.CharField(
        label=_("Name of the new employer"),
        max_length=120,
        error_messages={"required": _("Fill in who gets the number.")},
    )


class ColleagueForm(QuestionForm):
    """``q`` narrows the list of employees."""

    colleague = forms.ModelChoiceField(
        label=_("Which colleague gets the number?"),
        queryset=Subscriber.objects.none(),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a colleague."), "invalid_choice": _("Choose a colleague from the list.")},
    )

    def __init__(self, *args: Any, q: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.leave.departure.subscriber
        customer = self.leave.departure.customer
        field: Any = self.fields["colleague"]
        field.queryset = Subscriber.objects.for_customer(customer).exclude(pk=own.pk)
        self.found = [person for person in employees_matching(customer, q) if person.pk != own.pk]
        self.is_cut = len(self.found) >= MOST_EMPLOYEES - 1
        chosen = self.row.colleague
        if chosen is not None and not q and chosen not in self.found:
            self.found.insert(0, chosen)


class EndDayForm(QuestionForm):
    end_on = forms.DateField(
        label=_("When does the number end?"),
        widget=DateInput(),
        error_messages={"required": _("Choose a date."), "invalid": _("Enter a date such as 23/11/2026.")},
    )
    override = forms.CharField(
        label=_("Why does the number end all the same?"),
        help_text=_("That is recorded."),
        required=False,
        max_length=200,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["end_on"].initial = end_day_of(self.row, self.last_day)
        self.fields["end_on"].widget.attrs["min"] = self.last_day.isoformat()
        if not self.is_held:
            del self.fields["override"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        day, until = data.get("end_on"), reclaim_until_of(self.row, self.last_day)
        if day and day < self.last_day:
            self.add_error("end_on", _("Choose the last day or a later one."))
        elif day and until and day <= until and not data.get("override", "").strip():
            self.add_error("override", NEEDS_REASON)
        return data


class ReasonForm(QuestionForm):
    override = forms.CharField(
        label=_("Why does a colleague get the number now?"),
        help_text=_("That is recorded."),
        max_length=200,
        error_messages={"required": NEEDS_REASON},
    )


class SplitBillForm(QuestionForm):
    ends_split_bill = forms.TypedChoiceField(
        label=_("What becomes of the split bill?"),
        choices=[("True", _("It ends")), ("False", _("It stays with the line"))],
        coerce=lambda text: text == "True",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what becomes of the split bill.")},
    )


class AccessForm(QuestionForm):
    ends_access = forms.TypedChoiceField(
        label=_("Does the access to this portal end too?"),
        choices=[("True", _("Yes, on the last day")), ("False", _("No, it stays"))],
        coerce=lambda text: text == "True",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether the access ends.")},
    )


class NotesForm(QuestionForm):
    notes = forms.CharField(
        label=_("Remarks"),
        help_text=_("They stand on the list for HR."),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": "4"}),
    )


def _always(_leave: Leave, _row: DepartureLine) -> bool:
    return True


def _needs_reason(leave: Leave, row: DepartureLine) -> bool:
    return row.fate == NumberFate.REASSIGN and reclaim_until_of(row, leave.departure.last_day) is not None


def _gets(fate: NumberFate) -> Callable[[Leave, DepartureLine], bool]:
    return lambda _leave, row: row.fate == fate


@dataclass(frozen=True, slots=True)
class Question:
    """One page. ``applies`` to a leave and one of its lines as answered so far; ``leads_to`` are asked next if so."""

    slug: str
    title: str | Promise
    form: type[QuestionForm]
    is_about_line: bool = True
    applies: Callable[[Leave, DepartureLine], bool] = _always
    leads_to: tuple[str, ...] = field(default=())


QUESTIONS: dict[str, Question] = {
    question.slug: question
    for question in (
        Question("number", _("Number"), FateForm, leads_to=("colleague", "receiver", "end", "reason")),
        Question("colleague", _("Colleague"), ColleagueForm, applies=_gets(NumberFate.REASSIGN), leads_to=("reason",)),
        Question("receiver", _("New employer"), ReceiverForm, applies=_gets(NumberFate.NEW_EMPLOYER)),
        Question("end", _("End of the number"), EndDayForm, applies=_gets(NumberFate.END)),
        Question("reason", _("Reason"), ReasonForm, applies=_needs_reason),
        Question("origin", _("Origin of the number"), OriginForm, leads_to=("reason",)),
        Question("split-bill", _("Split bill"), SplitBillForm, applies=lambda _leave, row: row.line.split_bill),
        Question("access", _("Access"), AccessForm, is_about_line=False),
        Question("notes", _("Remarks"), NotesForm, is_about_line=False),
    )
}


def following(question: Question, leave: Leave, row: DepartureLine) -> Question | None:
    """The next question that applies now; None leads back to the overview."""
    led_to = (QUESTIONS[slug] for slug in question.leads_to)
    return next((q for q in led_to if q.applies(leave, row)), None)
