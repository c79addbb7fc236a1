"""What the cells in the workbook of a bulk change mean, in Dutch, French and English alike."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_noop

from accounts.models import BillingAccount, CostCentre, Customer
from fleetportal.spreadsheets.reading import Cell, heading_key
from sims.barrings import offered
from sims.forms.block import REASONS
from sims.models import PlanOption, SplitBillProfile, TariffPlan
from sims.spreadsheets.checks import text_of
from sims.spreadsheets.words import date_of

UNKNOWN_PLAN = gettext_noop("Your contract has no tariff plan of this name.")
UNKNOWN_OPTION = gettext_noop("Your contract has no option of this name.")
UNKNOWN_BARRING = gettext_noop("The operator cannot bar this kind of traffic.")
UNKNOWN_REASON = gettext_noop("This is not one of the reasons to block a SIM card.")
UNKNOWN_ACCOUNT = gettext_noop("Your company has no billing account with this number or name.")
UNKNOWN_CENTRE = gettext_noop("Your company has no cost centre with this code or name.")
UNKNOWN_PROFILE = gettext_noop("Your company has no split bill profile of this name.")
NO_SUCH_DAY = gettext_noop("There is no such date.")
DAY_HAS_PASSED = gettext_noop("Choose a day after today.")
NOT_AN_AMOUNT = gettext_noop("This is not an amount in euro.")

_SEPARATOR = re.compile(r"[;,|\n]")
_NOTHING = {heading_key(word) for word in ("no", "nee", "neen", "non", "geen", "aucun", "aucune", "none", "-")}


class CellProblem(ValueError):
    """What is wrong with a cell, as a text of the code; it is translated for whoever reads it."""


def in_every_language(text: str | Promise) -> set[str]:
    """The keys of a text in the three languages."""
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(heading_key(str(text)))
    return found


class Catalogue:
    """The company's plans, options, accounts and cost centres by everything they are called; read when first needed."""

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self._known: dict[str, dict[str, Any]] = {}

    def find(self, what: str, text: str) -> Any:
        """The code or key of what is called ``text``; None when nothing is."""
        if what not in self._known:
            self._known[what] = _BY_NAME[what](self.customer)
        return self._known[what].get(heading_key(text) or text.strip())

    def example(self, parser: str) -> str:
        """Something that fits into a column, for the template."""
        return _EXAMPLES[parser](self.customer) if parser in _EXAMPLES else ""


def _names(rows: Iterable[tuple[Any, Iterable[str]]]) -> dict[str, Any]:
    return {heading_key(name): value for value, names in rows for name in names if name}


def _translated(model: Any, customer: Customer) -> dict[str, str]:
    rows = model.objects.for_customer(customer)
    return _names((row.code, (row.name_nl, row.name_fr, row.name_en, row.code)) for row in rows)


def _accounts(customer: Customer) -> dict[str, str]:
    rows = BillingAccount.objects.for_customer(customer)
    return _names((row.number, (row.name, row.number)) for row in rows)


def _centres(customer: Customer) -> dict[str, str]:
    rows = CostCentre.objects.for_customer(customer)
    return _names((row.code, (row.name, row.code)) for row in rows)


def _profiles(customer: Customer) -> dict[str, int]:
    rows = SplitBillProfile.objects.for_customer(customer)
    return _names((row.pk, (row.name,)) for row in rows)


def _barrings(_customer: Customer) -> dict[str, str]:
    known = {key: barring.code for barring in offered() for key in in_every_language(barring.label)}
    return known | {heading_key(barring.code): barring.code for barring in offered()}


def _reasons(_customer: Customer) -> dict[str, str]:
    return {key: reason.value for reason in REASONS for key in in_every_language(reason.label)}


_BY_NAME: Mapping[str, Callable[[Customer], dict[str, Any]]] = {
    "plan": lambda customer: _translated(TariffPlan, customer),
    "option": lambda customer: _translated(PlanOption, customer),
    "barring": _barrings,
    "reason": _reasons,
    "account": _accounts,
    "centre": _centres,
    "profile": _profiles,
}


def _first(model: Any, column: str) -> Callable[[Customer], str]:
    def example(customer: Customer) -> str:
        row = model.objects.for_customer(customer).first()
        return str(getattr(row, column)) if row else ""

    return example


_EXAMPLES: Mapping[str, Callable[[Customer], str]] = {
    "plan": _first(TariffPlan, "code"),
    "options": _first(PlanOption, "code"),
    "barrings": lambda _customer: next((str(barring.label) for barring in offered()), ""),
    "reason": lambda _customer: str(REASONS[0].label),
    "amount": lambda _customer: "50",
    "amount_or_none": lambda _customer: "50",
    "account": _first(BillingAccount, "number"),
    "centre": _first(CostCentre, "code"),
    "profile": _first(SplitBillProfile, "name"),
}


def parsers(catalogue: Catalogue) -> dict[str, Callable[[Cell], Any]]:
    """One function per kind of cell; raises :class:`CellProblem`."""

    def one(what: str, problem: str) -> Callable[[Cell], Any]:
        def parse(cell: Cell) -> Any:
            found = catalogue.find(what, text_of(cell))
            if found is None:
                raise CellProblem(problem)
            return found

        return parse

    def several(what: str, problem: str) -> Callable[[Cell], tuple[str, ...]]:
        parse = one(what, problem)
        return lambda cell: tuple(sorted({parse(part) for part in _SEPARATOR.split(text_of(cell)) if part.strip()}))

    def or_nothing(what: str, problem: str, nothing: Any) -> Callable[[Cell], Any]:
        parse = one(what, problem)
        return lambda cell: nothing if _is_nothing(cell) else parse(cell)

    return {
        "plan": one("plan", UNKNOWN_PLAN),
        "options": several("option", UNKNOWN_OPTION),
        "barrings": several("barring", UNKNOWN_BARRING),
        "reason": one("reason", UNKNOWN_REASON),
        "account": one("account", UNKNOWN_ACCOUNT),
        "centre": or_nothing("centre", UNKNOWN_CENTRE, ""),
        "profile": or_nothing("profile", UNKNOWN_PROFILE, 0),
        "day": _day,
        "amount": _amount,
        "amount_or_none": lambda cell: "" if _is_nothing(cell) else _amount(cell),
    }


def _is_nothing(cell: Cell) -> bool:
    text = text_of(cell)
    return text == "-" or heading_key(text) in _NOTHING


def _day(cell: Cell) -> str:
    """ISO, or nothing."""
    if not text_of(cell):
        return ""
    day = date_of(cell)
    if day is None:
        raise CellProblem(NO_SUCH_DAY)
    if day <= timezone.localdate():
        raise CellProblem(DAY_HAS_PASSED)
    return day.isoformat()


def _amount(cell: Cell) -> str:
    text = text_of(cell).replace("€", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise CellProblem(NOT_AN_AMOUNT) from None
    if not amount.is_finite() or amount < 0:
        raise CellProblem(NOT_AN_AMOUNT)
    return f"{amount:f}"
