"""Who pays what in the demo company: a profile of every kind, and what was spent on paid services this month."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Customer, User
from fleetportal.audit.actors import Actor
from sims.assignments import assign
from sims.enums import CostCategory, LineState, SplitBillKind
from sims.models import Line
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
# Euro spent on paid services this month, the same for every third line.
SPENT = ("6.50", "0.00", "271.00")
LINES = 12


def divide_costs(customer: Customer, owner: User) -> None:
    """A dozen lines that spent something, the first of them on each of the profiles."""
    by = Actor.user(owner)
    profiles = [add_profile(customer=customer, name=name, terms=terms, by=by) for name, terms in PROFILES.items()]
    this_period = calendar.local_day(timezone.now()).replace(day=1)
    last_period = (this_period - timedelta(days=1)).replace(day=1)
    lines = Line.objects.for_customer(customer).filter(state=LineState.ACTIVE, plan__isnull=False).order_by("pk")
    for n, line in enumerate(lines.select_related("plan")[:LINES]):
        if n < len(profiles):
            assign(line, profiles[n], since=last_period)
            line.split_bill, line.split_bill_profile = True, profiles[n]
        line.third_party_spent, line.third_party_spent_at = Decimal(SPENT[n % 3]), timezone.now()
        line.save(update_fields=["split_bill", "split_bill_profile", "third_party_spent", "third_party_spent_at"])
