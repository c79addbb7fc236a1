"""Companies, their accounts and cost centres, and the people who manage them."""

from accounts.models.companies import BillingAccount, CostCentre, Customer
from accounts.models.people import AccountLimit, Invitation, Membership, User

__all__ = ["AccountLimit", "BillingAccount", "CostCentre", "Customer", "Invitation", "Membership", "User"]
