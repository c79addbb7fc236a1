"""Keeping the simulated operator in step with a contract. A real operator knows what it offers."""

from accounts.models import Customer
from fleetportal.operators.simulator.inventory import offer_bundles
from groupbundles.models import BundleOffer
from sims.orders.kinds.base import customer_reference
from sims.services.simulated_fleet import is_simulated


def tell_simulator(customer: Customer) -> None:
    """Make the simulator offer what the company's contract has. Call after that was committed."""
    if is_simulated():
        offers = BundleOffer.objects.for_customer(customer).filter(is_available=True)
        offer_bundles(customer_reference(customer), offers.values_list("code", "kind", "size"))
