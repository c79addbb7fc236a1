"""Checking the rows of a fleet file one by one against the catalogue. Nothing here asks the database."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from fleetportal.spreadsheets.reading import Cell, heading_key
from fleetportal.spreadsheets.writing import printable, undefused
from sims.enums import LineState
from sims.identifiers import Iccid, IdentifierError, normalise_iccid, normalise_msisdn
from sims.queries.fleet_import import ImportCatalogue, wording_key
from sims.services.fleet_import import NewLine
from sims.spreadsheets.columns import Field, Layout
from sims.spreadsheets.report import Issue, Reason, Severity
from sims.spreadsheets.words import date_of, language_of, state_of, yes_or_no

RUNNING = (LineState.ACTIVE, LineState.SUSPENDED, LineState.LIMITED)
LONGEST_CELL = 500
_LONGEST = {
    Field.FIRST_NAME: 60,
    Field.LAST_NAME: 60,
    Field.EMAIL: 254,
    Field.EMPLOYEE_NUMBER: 30,
    Field.DEPARTMENT: 60,
    Field.COST_CENTRE: 20,
}
_OPTION_SEPARATOR = re.compile(r"[;,|\n]")
_PLAIN_EMAIL = re.compile(r"[A-Za-z0-9_]+(?:[.+-][A-Za-z0-9_]+)*@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,20}")


def text_of(cell: Cell) -> str:
    """A cell as one line of text; a code that Excel took for a number comes back without ``.0``."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        text = cell[: LONGEST_CELL + 1]
        if not text.isprintable():
            text = printable(text).replace("\u00a0", " ").replace("\u202f", " ")
        text = text.strip()
        return undefused(text) if text[:1] == "'" else text
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


class RowChecker:
    """Checks row after row of one file and keeps what the rows must not share."""

    def __init__(self, layout: Layout, catalogue: ImportCatalogue) -> None:
        self.catalogue = catalogue
        self.columns = layout.column_of()
        self.issues: list[Issue] = []
        self.today = timezone.localdate()
        self._numbers: set[str] = set()
        self._cards: set[str] = set()
        self._names: dict[str, str] = {}
        self._options: dict[tuple[str, int | None], tuple[tuple[int, ...], Reason | None]] = {}
        self._row = 0
        self._cells: Sequence[Cell] = ()
        self._refused = False

    def check(self, row: int, cells: Sequence[Cell]) -> NewLine | None:
        """The line of this row, or None when it has an error; findings are added to ``issues``."""
        self._row, self._cells, self._refused = row, cells, False
        start = len(self.issues)
        values: dict[str, Any] = {"number": self._number()}
        sim = self._sim()
        values |= self._employee()
        values["plan_id"] = self._plan()
        values["option_ids"] = self._option_ids(values["plan_id"])
        values["billing_account_id"] = self._billing_account()
        values |= self._cost_centre()
        values |= {"state": self._state(), "split_bill": self._split_bill(), "activated_on": self._activated_on()}
        if len(self.issues) - start > 1:
            self.issues[start:] = sorted(self.issues[start:], key=lambda issue: issue.index)
        if self._refused or sim is None:
            return None
        return NewLine(iccid=sim.digits, iccid_core=sim.core, **values)

    # A cell's raw value, its text, and a finding about it.

    def _cell(self, field: Field) -> Cell:
        heading = self.columns.get(field)
        return self._cells[heading.index] if heading and heading.index < len(self._cells) else None

    def _text(self, field: Field) -> str:
        text = text_of(self._cell(field))
        if len(text) > _LONGEST.get(field, LONGEST_CELL):
            self._error(field, Reason.TOO_LONG)
        return text

    def _error(self, field: Field, reason: str) -> None:
        self._refused = True
        self._find(field, reason, Severity.ERROR)

    def _find(self, field: Field, reason: str, severity: Severity) -> None:
        heading = self.columns[field]
        self.issues.append(Issue(self._row, heading.index, heading.text, severity, reason, text_of(self._cell(field))))

    # One method per column or group of columns, each answering what NewLine wants.

    def _number(self) -> str:
        cell = self._cell(Field.NUMBER)
        try:
            number = normalise_msisdn(cell[: LONGEST_CELL + 1] if isinstance(cell, str) else cell)
        except IdentifierError as error:
            self._error(Field.NUMBER, error.problem)
            return ""
        if number in self._numbers:
            self._error(Field.NUMBER, Reason.NUMBER_TWICE)
        self._numbers.add(number)
        return number

    def _sim(self) -> Iccid | None:
        cell = self._cell(Field.ICCID)
        try:
            sim = normalise_iccid(cell[: LONGEST_CELL + 1] if isinstance(cell, str) else cell)
        except IdentifierError as error:
            self._error(Field.ICCID, error.problem)
            return None
        if sim.core in self._cards:
            self._error(Field.ICCID, Reason.SIM_TWICE)
        self._cards.add(sim.core)
        for warning in sim.warnings:
            self._find(Field.ICCID, warning, Severity.WARNING)
        return sim

    def _employee(self) -> dict[str, str]:
        first, last = self._text(Field.FIRST_NAME), self._text(Field.LAST_NAME)
        email, number = self._email(), self._text(Field.EMPLOYEE_NUMBER)
        if not (first or last):
            if named_by := (number and Field.EMPLOYEE_NUMBER) or (email and Field.EMAIL):
                self._error(named_by, Reason.NAME_MISSING)
        elif number:
            name = heading_key(first + last)
            if self._names.setdefault(number, name) != name:
                self._find(Field.EMPLOYEE_NUMBER, Reason.EMPLOYEE_OTHER_NAME, Severity.WARNING)
        return {
            "first_name": first,
            "last_name": last,
            "email": email,
            "employee_number": number,
            "department": self._text(Field.DEPARTMENT),
            "language": self._language(),
        }

    def _email(self) -> str:
        email = self._text(Field.EMAIL).lower()
        if email and not _PLAIN_EMAIL.fullmatch(email):
            try:
                validate_email(email)
            except ValidationError:
                self._error(Field.EMAIL, Reason.EMAIL)
        return email

    def _language(self) -> str:
        text = self._text(Field.LANGUAGE)
        language = language_of(text)
        if text and not language:
            self._error(Field.LANGUAGE, Reason.LANGUAGE)
        return language

    def _plan(self) -> int | None:
        text = self._text(Field.PLAN)
        plan = self.catalogue.plans.get(wording_key(text))
        if plan is None:
            self._error(Field.PLAN, Reason.PLAN_UNKNOWN if text else Reason.PLAN_MISSING)
        return plan

    def _option_ids(self, plan: int | None) -> tuple[int, ...]:
        text = self._text(Field.OPTIONS)
        if not text:
            return ()
        # The same few combinations return in thousands of rows.
        if (text, plan) not in self._options:
            self._options[text, plan] = self._read_options(text, plan)
        options, problem = self._options[text, plan]
        if problem:
            self._error(Field.OPTIONS, problem)
        return options

    def _read_options(self, text: str, plan: int | None) -> tuple[tuple[int, ...], Reason | None]:
        catalogue = self.catalogue
        words = [wording_key(word) for word in _OPTION_SEPARATOR.split(text)]
        options = [catalogue.options.get(word) for word in dict.fromkeys(words) if word]
        known = tuple(dict.fromkeys(option for option in options if option is not None))
        if None in options:
            return (), Reason.OPTION_UNKNOWN
        if plan is not None and any(plan not in catalogue.plans_of_option[option] for option in known):
            return (), Reason.OPTION_NOT_ON_PLAN
        if any(catalogue.excluded_by.get(option, frozenset()).intersection(known) for option in known):
            return (), Reason.OPTIONS_EXCLUDE
        return known, None

    def _billing_account(self) -> int | None:
        text = self._text(Field.BILLING_ACCOUNT)
        account = self.catalogue.billing_accounts.get(wording_key(text))
        if account is None:
            self._error(Field.BILLING_ACCOUNT, Reason.ACCOUNT_UNKNOWN if text else Reason.ACCOUNT_MISSING)
        return account

    def _cost_centre(self) -> dict[str, int | str | None]:
        text = self._text(Field.COST_CENTRE)
        known = self.catalogue.cost_centres.get(wording_key(text))
        if text and known is None:
            self._find(Field.COST_CENTRE, Reason.CENTRE_NEW, Severity.WARNING)
        return {"cost_centre_id": known, "new_cost_centre": text if known is None else ""}

    def _state(self) -> str:
        text = self._text(Field.STATUS)
        if not text:
            return LineState.ACTIVE
        state = state_of(text)
        if state is None:
            self._error(Field.STATUS, Reason.STATUS)
        elif state not in RUNNING:
            self._error(Field.STATUS, Reason.STATUS_NOT_RUNNING)
        return state or LineState.ACTIVE

    def _split_bill(self) -> bool:
        cell = self._cell(Field.SPLIT_BILL)
        if text_of(cell) == "":
            return False
        answer = yes_or_no(cell)
        if answer is None:
            self._error(Field.SPLIT_BILL, Reason.SPLIT_BILL)
        return bool(answer)

    def _activated_on(self) -> dt.date | None:
        cell = self._cell(Field.ACTIVATED_ON)
        if text_of(cell) == "":
            return None
        day = date_of(cell)
        if day is None:
            self._error(Field.ACTIVATED_ON, Reason.NO_SUCH_DATE)
        elif day > self.today:
            self._error(Field.ACTIVATED_ON, Reason.FUTURE)
        return day
