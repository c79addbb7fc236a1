"""Which numbers a request brings along: all of them at once, typed or pasted from a spreadsheet."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import BillingAccount, CostCentre, Customer
from fleetportal.spreadsheets.reading import heading_key
from sims.forms.donor import number_of
from sims.forms.pasted_numbers import NAMED, rows_of, text_of
from sims.forms.port_rows import Row, kept_rows
from sims.forms.steps import StepForm
from sims.queries.adding import available_plans, numbers_in_trouble
from sims.services.port_batches import MOST_NUMBERS
from sims.spreadsheets.bulk_values import UNKNOWN_ACCOUNT, UNKNOWN_CENTRE, UNKNOWN_PLAN

MOST_TEXT = 20_000
MOST_PROBLEMS = 8


class NumbersQuestion(StepForm):
    """All numbers at once, typed or pasted. ``rows`` are those of a valid form."""

    text = forms.CharField(
        label=_("Numbers"),
        help_text=_(
            "One number per line. Or copy rows from Excel: number, employee, new SIM card, old SIM card; headings in "
            "the first row may name them in another order."
        ),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": "10", "spellcheck": "false", "autocomplete": "off"}),
        error_messages={
            "required": _("Enter the numbers to bring along."),
            "max_length": _("This text is too long for a request."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows: list[Row] = []
        if not self.is_bound and (known := kept_rows(self.scene.answers.get("lines", {}))):
            self.initial["text"] = text_of(known)

    @classmethod
    def raw(cls, data: QueryDict) -> dict[str, Any]:
        return {"text": data.get("text", "").replace("\x00", "")[:MOST_TEXT]}

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        found = rows_of(text)
        if not found:
            raise ValidationError(_("Enter the numbers to bring along."))
        if len(found) > MOST_NUMBERS:
            raise ValidationError(
                _("A request has at most %(most)s numbers; these are %(n)s. Divide them over several requests.")
                % {"most": MOST_NUMBERS, "n": len(found)}
            )
        problems = self._problems(found)
        if len(problems) > MOST_PROBLEMS:
            more = len(problems) - MOST_PROBLEMS
            text = ngettext("One more line is not right.", "%(n)s more lines are not right.", more) % {"n": more}
            problems = [*problems[:MOST_PROBLEMS], text]
        if problems:
            raise ValidationError(problems)
        return text

    def _problems(self, found: Sequence[tuple[int, Row]]) -> list[str]:
        """What is wrong with which line; ``rows`` are filled on the way."""
        problems: dict[int, str] = {}
        for n, (_line, row) in enumerate(found):
            try:
                self.rows.append(row | {"number": number_of(row.get("number", ""))} | self._named.keys_of(row))
            except ValidationError as error:
                problems[n] = error.messages[0]
                self.rows.append({})
        numbers = [row.get("number", "") for row in self.rows]
        taken = numbers_in_trouble(self.scene.customer, numbers)
        for n, number in enumerate(numbers):
            if number and number in numbers[:n]:
                problems[n] = gettext("This number stands here twice.")
            elif number in taken:
                problems[n] = taken[number]
        return [
            gettext("Line %(line)s, “%(text)s”: %(problem)s")
            % {"line": line, "text": row.get("number", "")[:30], "problem": problems[n]}
            for n, (line, row) in enumerate(found)
            if n in problems
        ]

    @cached_property
    def _named(self) -> "Named":
        return Named(self.scene.customer)

    def merged(self) -> list[Row]:
        """The rows of this text, each with what was already chosen for its number."""
        known: dict[str, Row] = {}
        for row in kept_rows(self.scene.answers.get("lines", {})):
            with suppress(ValidationError):
                known[number_of(row.get("number", ""))] = row
        return [known.get(row["number"], {}) | row for row in self.rows]


class Named:
    """Plans, accounts and cost centres that a pasted row names, as the keys of rows."""

    def __init__(self, customer: Customer) -> None:
        self.customer = customer

    def keys_of(self, row: Row) -> Row:
        """Raises ``ValidationError`` for a name that nothing has."""
        return {name: self._key(name, row[name]) for name in NAMED if row.get(name)}

    def _key(self, name: str, text: str) -> str:
        problem = {"plan": UNKNOWN_PLAN, "billing_account": UNKNOWN_ACCOUNT, "cost_centre": UNKNOWN_CENTRE}[name]
        if (found := self._known[name].get(heading_key(text))) is None:
            raise ValidationError(gettext(problem))
        return found

    @cached_property
    def _known(self) -> dict[str, dict[str, str]]:
        sources: dict[str, tuple[Any, tuple[str, ...]]] = {
            "plan": (available_plans(self.customer), ("name_nl", "name_fr", "name_en", "code")),
            "billing_account": (BillingAccount.objects.for_customer(self.customer), ("name", "number")),
            "cost_centre": (CostCentre.objects.for_customer(self.customer), ("name", "code")),
        }
        return {
            name: {heading_key(getattr(row, column)): str(row.pk) for row in rows for column in columns}
            for name, (rows, columns) in sources.items()
        }
