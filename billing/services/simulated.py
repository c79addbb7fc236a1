"""Keeping the simulated operator in step with whom it bills. A real operator knows its prices and addresses."""

from collections.abc import Iterable
from datetime import date

from accounts.models import BillingAccount, Customer
from fleetportal.operators.simulator.inventory import Payer, adopt_payer
from groupbundles.models import BundleOffer
from sims.models import Line, PlanOption, TariffPlan
from sims.orders.kinds.base import customer_reference
from sims.services.simulated_fleet import is_simulated


def tell_simulator(customer: Customer, *, since: date, direct_debit_accounts: Iterable[str] = ()) -> None:
    """What an invoice to this company says; one that is told for the first time is billed from the month ``since``."""
    if not is_simulated():
        return
    catalogue = [
        row
        for model in (TariffPlan, PlanOption, BundleOffer)
        for row in model.objects.for_customer(customer).values_list("code", "name_nl", "price_month")
    ]
    accounts = BillingAccount.objects.for_customer(customer).order_by("number").values_list("number", flat=True)
    lines = Line.objects.for_customer(customer).filter(number__isnull=False, cost_centre__isnull=False)
    payer = Payer(
        name=customer.name,
        enterprise_number=customer.enterprise_number,
        billing_accounts=list(accounts),
        prices={code: str(price) for code, _name, price in catalogue},
        names={code: name for code, name, _price in catalogue},
        cost_centres=dict(lines.values_list("number", "cost_centre__code")),
    )
    adopt_payer(customer_reference(customer), payer, since=since, direct_debit_accounts=direct_debit_accounts)
