"""Who pays what in the demo company: a profile of every kind, what was spent this month and the last period's costs."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Customer, User
from fleetportal.audit.actors import Actor
from sims.assignments import assign
from sims.enums import CostCategory, LineState, SplitBillKind
from sims.models import Line, LineCost
from sims.orders import calendar
from sims.services.split_bill import ProfileTerms, add_profile

PROFILES = {
    "Vast bedrag 25 euro": ProfileTerms(SplitBillKind.FIXED_AMOUNT, company_amount=Decimal(25)),
    "Helft": ProfileTerms(SplitBillKind.PERCENTAGE, company_percentage=Decimal(50)),
    "80 procent tot 40 euro": ProfileTerms(
        SplitBillKind.PERCENTAGE_MAX, company_amount=Decimal(40), company_percentage=Decimal(80)
    ),
    "Alleen abonnement en data": ProfileTerms(
        SplitBillKind.PER_CATEGORY, category_percentages={"subscription": "100", "options": "100", "data": "100"}
    ),
    "Alles behalve buitenland": ProfileTerms(
        SplitBillKind.EXCEPT_USAGE, employee_categories=(CostCategory.INTERNATIONAL, CostCategory.ROAMING)
    ),
}
# Euro of usage in the last period, the same for every third line.
USAGE = (
    {CostCategory.VOICE: "3.1250", CostCategory.ROAMING: "12.4000", CostCategory.THIRD_PARTY: "6.50"},
    {CostCategory.DATA: "8.0000", CostCategory.SMS: "1.2000"},
    {CostCategory.INTERNATIONAL: "4.7300", CostCategory.THIRD_PARTY: "24.00"},
)
SPENT = ("6.50", "0.00", "271.00")
LINES = 12


def divide_costs(customer: Customer, owner: User) -> None:
    """A dozen lines with figures, the first of them on each of the profiles."""
    by = Actor.user(owner)
    profiles = [add_profile(customer=customer, name=name, terms=terms, by=by) for name, terms in PROFILES.items()]
    this_period = calendar.local_day(timezone.now()).replace(day=1)
    last_period = (this_period - timedelta(days=1)).replace(day=1)
    lines = Line.objects.for_customer(customer).filter(state=LineState.ACTIVE, plan__isnull=False).order_by("pk")
    costs = []
    for n, line in enumerate(lines.select_related("plan")[:LINES]):
        if n < len(profiles):
            assign(line, profiles[n], since=last_period)
            line.split_bill, line.split_bill_profile = True, profiles[n]
        line.third_party_spent, line.third_party_spent_at = Decimal(SPENT[n % 3]), timezone.now()
        line.save(update_fields=["split_bill", "split_bill_profile", "third_party_spent", "third_party_spent_at"])
        amounts = {CostCategory.SUBSCRIPTION: line.plan.price_month} | USAGE[n % 3]
        costs += [
            LineCost(customer=customer, line=line, period=last_period, category=category, amount=Decimal(amount))
            for category, amount in amounts.items()
        ]
    LineCost.objects.bulk_create(costs)
