"""The empty file people fill in, and the file that lists what is wrong with the one they sent."""

from collections.abc import Iterable
from pathlib import Path

from django.utils.translation import gettext as _
from stdnum import luhn

from accounts.models import BillingAccount, CostCentre, Customer
from fleetportal.spreadsheets.writing import Column, Value, write_xlsx
from sims.enums import LineState
from sims.models import TariffPlan
from sims.spreadsheets.columns import Field, heading_of
from sims.spreadsheets.report import Issue, reason_label
from sims.spreadsheets.words import state_word, yes_no_word

_WIDTHS = {Field.ICCID: 24, Field.EMAIL: 32, Field.NUMBER: 18}


def write_template(path: Path, *, customer: Customer, language: str) -> None:
    """Every column in this language with one example row that speaks of the company's own plans and accounts."""
    columns = [Column(heading_of(field, language), _WIDTHS.get(field, 18)) for field in Field]
    write_xlsx(path, title=_("SIM cards"), columns=columns, rows=[_example(customer, language)])


def _example(customer: Customer, language: str) -> list[Value]:
    """The number is incomplete, so that an example somebody forgot to remove is refused."""
    plan = TariffPlan.objects.for_customer(customer).filter(is_available=True).first()
    account = BillingAccount.objects.for_customer(customer).first()
    centre = CostCentre.objects.for_customer(customer).first()
    card = "893203000000000000"
    values: dict[Field, Value] = {
        Field.NUMBER: "0468 .. .. ..",
        Field.ICCID: card + luhn.calc_check_digit(card),
        Field.FIRST_NAME: "Sofie",
        Field.LAST_NAME: "Janssens",
        Field.EMAIL: "sofie.janssens@example.be",
        Field.EMPLOYEE_NUMBER: "10234",
        Field.DEPARTMENT: "",
        Field.LANGUAGE: language,
        Field.COST_CENTRE: centre.code if centre else "",
        Field.BILLING_ACCOUNT: account.number if account else "",
        Field.PLAN: plan.name if plan else "",
        Field.STATUS: state_word(LineState.ACTIVE, language),
        Field.SPLIT_BILL: yes_no_word(False, language),
    }
    return [values.get(field) for field in Field]


def write_issues(path: Path, issues: Iterable[Issue]) -> int:
    """Every finding with its cell, in the active language."""
    columns = [
        Column(_("Cell"), 8),
        Column(_("Row"), 8),
        Column(_("Column"), 22),
        Column(_("Value"), 28),
        Column(_("Kind"), 14),
        Column(_("What is wrong"), 50),
    ]
    rows: Iterable[list[Value]] = (
        [issue.cell, issue.row, issue.column, issue.value, str(issue.severity.label), reason_label(issue.reason)]
        for issue in issues
    )
    return write_xlsx(path, title=_("Findings"), columns=columns, rows=rows)
