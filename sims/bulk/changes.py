"""The changes that can be made on many lines at once, with their words. A new one is an entry here and a form.

Most of them place orders of one kind; one without a kind is written at once, without the operator.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import Customer
from accounts.permissions import Permission
from fleetportal.web.formatting import number
from sims.bulk import cost_centre
from sims.enums import OrderKind
from sims.models import Line
from sims.orders.kinds import KINDS, Payload, Wish, kind_of
from sims.orders.kinds.base import no_cost

Words = Any  # ngettext_lazy: "n" chooses the form, "count" is the number as people read it


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """``title`` names the change on a button of the bulk bar, ``question`` asks about so many lines, ``answer`` is the
    button below it. ``explanation`` says what the lines' users notice.

    ``needs_password``: it cannot be taken back, so the password is asked for again first. ``gives_way``: what is
    planned already for the same kind is taken back instead of standing in the way.
    """

    code: str
    title: str | Promise
    icon: str
    question: Words
    answer: Words
    explanation: str | Promise = ""
    kind: OrderKind | None = None
    direct_wish: type[Wish] | None = None
    direct_prepare: Callable[[Customer, Any], Callable[[Line], Payload]] | None = None
    is_danger: bool = False
    needs_password: bool = False
    gives_way: bool = False
    is_in_bar: bool = False

    @property
    def permission(self) -> Permission:
        """What needs no operator needs no approval either, so only who may change lines may ask it."""
        return Permission.REQUEST_CHANGES if self.kind else Permission.MANAGE_LINES

    @property
    def wish(self) -> type[Wish]:
        found = kind_of(self.kind).wish if self.kind else self.direct_wish
        assert found is not None, self.code
        return found

    def prepare(self, customer: Customer, wish: Wish) -> Callable[[Line], Payload]:
        """See ``Kind.prepare``; raises ``Refusal`` at once for what nobody can have."""
        prepare = kind_of(self.kind).prepare if self.kind else self.direct_prepare
        assert prepare is not None, self.code
        return prepare(customer, wish)

    @property
    def cost(self) -> Callable[[Line, Any], tuple[Decimal, Decimal]]:
        return kind_of(self.kind).cost if self.kind else no_cost

    def asks(self, count: int) -> str:
        return str(self.question % {"n": count, "count": number(count)})

    def answers(self, count: int) -> str:
        return str(self.answer % {"n": count, "count": number(count)})


_ALL = (
    Change(
        code="plan",
        kind=OrderKind.PLAN,
        title=_("Plan"),
        icon="device-sim",
        question=ngettext_lazy("Change the plan of %(count)s SIM card", "Change the plan of %(count)s SIM cards", "n"),
        answer=ngettext_lazy("Change %(count)s SIM card", "Change %(count)s SIM cards", "n"),
        is_in_bar=True,
    ),
    Change(
        code="options",
        kind=OrderKind.PLAN,
        title=_("Options"),
        icon="packages",
        question=ngettext_lazy("Options of %(count)s SIM card", "Options of %(count)s SIM cards", "n"),
        answer=ngettext_lazy("Change %(count)s SIM card", "Change %(count)s SIM cards", "n"),
        is_in_bar=True,
    ),
    Change(
        code="barrings",
        kind=OrderKind.BARRINGS,
        title=_("Barrings"),
        icon="adjustments-horizontal",
        question=ngettext_lazy("Barrings of %(count)s SIM card", "Barrings of %(count)s SIM cards", "n"),
        answer=ngettext_lazy("Change %(count)s SIM card", "Change %(count)s SIM cards", "n"),
        is_in_bar=True,
    ),
    Change(
        code="block",
        kind=OrderKind.BLOCK,
        title=_("Block"),
        icon="lock",
        question=ngettext_lazy("Block %(count)s SIM card?", "Block %(count)s SIM cards?", "n"),
        answer=ngettext_lazy("Block %(count)s SIM card", "Block %(count)s SIM cards", "n"),
        explanation=_(
            "No calls, text messages or data until you lift the block. Emergency calls stay possible. The subscription "
            "goes on."
        ),
        is_danger=True,
        is_in_bar=True,
    ),
    Change(
        code="unblock",
        kind=OrderKind.UNBLOCK,
        title=_("Unblock"),
        icon="lock-open",
        question=ngettext_lazy("Unblock %(count)s SIM card?", "Unblock %(count)s SIM cards?", "n"),
        answer=ngettext_lazy("Unblock %(count)s SIM card", "Unblock %(count)s SIM cards", "n"),
        explanation=_("Calls, text messages and data work again within a few minutes."),
        gives_way=True,
    ),
    Change(
        code="third_party_limit",
        kind=OrderKind.THIRD_PARTY_LIMIT,
        title=_("PayByMobile limit"),
        icon="credit-card",
        question=ngettext_lazy(
            "PayByMobile limit of %(count)s SIM card", "PayByMobile limit of %(count)s SIM cards", "n"
        ),
        answer=ngettext_lazy("Change %(count)s SIM card", "Change %(count)s SIM cards", "n"),
    ),
    Change(
        code="roaming_limit",
        kind=OrderKind.ROAMING_LIMIT,
        title=_("Roaming data limit"),
        icon="plane",
        question=ngettext_lazy(
            "Roaming data limit of %(count)s SIM card", "Roaming data limit of %(count)s SIM cards", "n"
        ),
        answer=ngettext_lazy("Change %(count)s SIM card", "Change %(count)s SIM cards", "n"),
    ),
    Change(
        code="billing_account",
        kind=OrderKind.BILLING_ACCOUNT,
        title=_("Billing account"),
        icon="receipt-euro",
        question=ngettext_lazy("Billing account of %(count)s SIM card", "Billing account of %(count)s SIM cards", "n"),
        answer=ngettext_lazy("Change %(count)s SIM card", "Change %(count)s SIM cards", "n"),
    ),
    Change(
        code="cost_centre",
        direct_wish=cost_centre.CostCentreWish,
        direct_prepare=cost_centre.prepare,
        title=_("Cost centre"),
        icon="building",
        question=ngettext_lazy("Cost centre of %(count)s SIM card", "Cost centre of %(count)s SIM cards", "n"),
        answer=ngettext_lazy("Change %(count)s SIM card", "Change %(count)s SIM cards", "n"),
        explanation=_("Nothing changes for the operator: it counts for your own reports from now on."),
    ),
    Change(
        code="split_bill",
        kind=OrderKind.SPLIT_BILL,
        title=_("Split bill"),
        icon="users",
        question=ngettext_lazy("Split bill of %(count)s SIM card", "Split bill of %(count)s SIM cards", "n"),
        answer=ngettext_lazy("Change %(count)s SIM card", "Change %(count)s SIM cards", "n"),
    ),
    Change(
        code="end",
        kind=OrderKind.END,
        title=_("Terminate"),
        icon="circle-minus",
        question=ngettext_lazy("Terminate %(count)s SIM card?", "Terminate %(count)s SIM cards?", "n"),
        answer=ngettext_lazy("Terminate %(count)s SIM card", "Terminate %(count)s SIM cards", "n"),
        explanation=_("The subscription ends and the number is lost. This cannot be undone after the date."),
        is_danger=True,
        needs_password=True,
    ),
)
# Those whose kind of order this portal knows.
CHANGES: dict[str, Change] = {change.code: change for change in _ALL if change.kind is None or change.kind in KINDS}


def change_of(code: str) -> Change:
    return CHANGES[code]
