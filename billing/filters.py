"""The filter of the list of invoices: read from an address, written back to one, applied to what a person may see.

The list and its Excel file share it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.db.models import Case, F, IntegerField, OrderBy, Q, QuerySet, When
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Membership
from billing.enums import InvoiceKind, InvoiceState
from billing.queries.access import visible_invoices
from billing.queries.invoices import today, with_month, with_state
from billing.search import matching
from fleetportal.web.filters import ListFilter
from fleetportal.web.parameters import whole_number

ALL = "all"
CREDIT_NOTES = "credit"
# The tabs above the list, in their order: what each is called and the state it holds ("" are credit notes).
VIEWS: dict[str, tuple[str | Promise, str | None]] = {
    ALL: (_("All"), None),
    "open": (_("To be paid"), InvoiceState.OPEN),
    "overdue": (_("Overdue"), InvoiceState.OVERDUE),
    "debit": (_("Direct debit"), InvoiceState.DEBIT),
    "paid": (_("Paid"), InvoiceState.PAID),
    CREDIT_NOTES: (_("Credit notes"), ""),
}
URGENCY = "urgency"
_URGENCIES = (InvoiceState.OVERDUE, InvoiceState.OPEN, InvoiceState.DEBIT)
# The one the list opens in is read from the most urgent; the others from the highest first unless they are names.
SORTS = (URGENCY, "number", "month", "account", "due", "amount")
LONGEST_TEXT = 100
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class InvoiceFilter(ListFilter):
    """What the person asked to see. Every field has its parameter of the same name; the default stands for "no wish".

    ``account`` is a primary key, ``period`` the first day of a month, ``kind`` an ``InvoiceKind``; ``sort`` is one of
    :data:`SORTS`, with "-" in front for descending.
    """

    q: str = ""
    view: str = ALL
    account: int | None = None
    period: date | None = None
    kind: str = ""
    sort: str = URGENCY

    @classmethod
    def from_query(cls, params: QueryDict | Mapping[str, str]) -> Self:
        """Read an address; what makes no sense is left out, because an old link should still open."""
        view, kind, sort = params.get("view", ALL), params.get("kind", ""), params.get("sort", URGENCY)
        month = _MONTH.fullmatch(params.get("period", ""))
        return cls(
            q=params.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT],
            view=view if view in VIEWS else ALL,
            account=whole_number(params.get("account")),
            period=date(int(month[1]), int(month[2]), 1) if month else None,
            kind=kind if kind in InvoiceKind.values else "",
            sort=sort if sort.removeprefix("-") in SORTS and sort != f"-{URGENCY}" else URGENCY,
        )

    @property
    def narrows(self) -> bool:
        """Whether it asks for more than one of the tabs."""
        return bool(self.params().keys() - {"view", "sort"})

    def apply(self, customer: Customer, membership: Membership) -> QuerySet[Any]:
        """What fits of what the person may see, with state and month, unsorted."""
        invoices = with_month(with_state(visible_invoices(customer, membership), today()))
        state = VIEWS[self.view][1]
        exact = {"state": state, "billing_account_id": self.account, "month": self.period, "kind": self.kind or None}
        found = invoices.filter(**{column: value for column, value in exact.items() if value is not None})
        return found.filter(matching(self.q)) if self.q else found

    def order(self) -> list[Any]:
        """A complete order: equal documents always stand in the same order, whatever the page."""
        newest = [F("issued_on").desc(), F("pk").desc()]
        if self.sort == URGENCY:
            urgency = Case(
                *(When(state=state, then=n) for n, state in enumerate(_URGENCIES)),
                default=len(_URGENCIES),
                output_field=IntegerField(),
            )
            due = Case(When(Q(state__in=_URGENCIES), then=F("due_on")))
            return [urgency.asc(), OrderBy(due, nulls_last=True), *newest]
        key = {"number": "number", "month": "month", "account": "billing_account__name", "due": "due_on"}.get(
            self.sort.removeprefix("-"), "payable"
        )
        column = F(key)
        by = column.desc(nulls_last=True) if self.sort.startswith("-") else column.asc(nulls_last=True)
        return [by, *newest]
