"""What a line cost in its last period, and who would pay what of it; without invoices, what its plan costs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import Customer, Membership
from fleetportal.web.formatting import eur, number, percent
from sims.enums import CostCategory, SplitBillKind
from sims.models import Line, SplitBillProfile
from sims.split_bill import ORDER, Share, Shares, Terms, split


@dataclass(frozen=True, slots=True)
class Costs:
    """Euro by category in the order of :class:`CostCategory`; ``period`` None: an estimate from plan and options."""

    period: date | None
    by_category: Mapping[CostCategory, Decimal]

    @property
    def total(self) -> Decimal:
        return sum(self.by_category.values(), Decimal())


@dataclass(frozen=True, slots=True)
class Row:
    """One category of a preview."""

    label: str
    share: Share


@dataclass(frozen=True, slots=True)
class Preview:
    """What a profile would have made of a line's costs."""

    costs: Costs
    shares: Shares
    rows: list[Row]


Billed = Callable[[Line, Membership], Costs | None]
_billed: list[Billed] = []


def also_billed(source: Billed) -> None:
    """Let an app that has invoices answer what those that a person may see charge for a line in its last period."""
    if source not in _billed:
        _billed.append(source)


def last_costs(line: Line, membership: Membership) -> Costs:
    """Of the last period that was billed, as far as this person may see it; else the estimate."""
    found = (billed(line, membership) for billed in _billed)
    return next((costs for costs in found if costs is not None), None) or estimated_costs(line)


def estimated_costs(line: Line) -> Costs:
    """A month of plan and options. One query at most for a line read with its plan."""
    fixed = {CostCategory.SUBSCRIPTION: line.plan.price_month} if line.plan else {}
    options = sum((option.price_month for option in line.options.all()), Decimal())
    return Costs(None, fixed | ({CostCategory.OPTIONS: options} if options else {}))


def preview(costs: Costs, profile: Terms | None) -> Preview:
    """None is no profile: the company pays everything."""
    terms = profile or SplitBillProfile(kind=SplitBillKind.PERCENTAGE, company_percentage=Decimal(100))
    shares = split(costs.by_category, terms)
    if profile is None:
        shares = _all_by_the_company(shares)
    return Preview(costs, shares, [Row(str(c.label), share) for c, share in shares.by_category.items()])


def _all_by_the_company(shares: Shares) -> Shares:
    by_category = {c: Share(share.total, Decimal("0.00")) for c, share in shares.by_category.items()}
    return Shares(shares.total, Decimal("0.00"), by_category)


def usable_profiles(customer: Customer) -> list[SplitBillProfile]:
    return list(SplitBillProfile.objects.for_customer(customer).filter(retired_at=None))


def in_words(profile: Terms) -> str:
    """What the company pays, in a sentence."""
    amount, share = eur(profile.company_amount), _percent(profile.company_percentage)
    if profile.kind == SplitBillKind.FIXED_AMOUNT:
        return _("The company pays %(amount)s per month.") % {"amount": amount}
    if profile.kind == SplitBillKind.PERCENTAGE:
        return _("The company pays %(share)s.") % {"share": share}
    if profile.kind == SplitBillKind.PERCENTAGE_MAX:
        return _("The company pays %(share)s, at most %(amount)s per month.") % {"share": share, "amount": amount}
    if profile.kind == SplitBillKind.EXCEPT_USAGE:
        left = ", ".join(str(CostCategory(c).label) for c in profile.employee_categories)
        return _("The company pays everything except: %(usage)s.") % {"usage": left}
    paid = [(c, Decimal(profile.category_percentages.get(c, "0"))) for c in ORDER]
    parts = ", ".join(f"{c.label} {_percent(share)}" for c, share in paid if share)
    return _("The company pays: %(shares)s.") % {"shares": parts or _("nothing")}


def _percent(value: Decimal | None) -> str:
    value = Decimal(value or 0)
    return percent(value) if value == int(value) else percent(0).replace("0", number(value, 2))
