"""Which invoices a person may see: those of his company, or only of the billing accounts he is limited to."""

from typing import Any

from django.db.models import Exists, Q

from accounts.models import AccountLimit, BillingAccount, Customer, Membership
from billing.models import Invoice


def visible_invoices(customer: Customer, membership: Membership) -> Any:
    """The invoices and credit notes of the company that this person may see; costs no query of its own."""
    return Invoice.objects.for_customer(customer).filter(_within_limits("billing_account", customer, membership))


def visible_accounts(customer: Customer, membership: Membership) -> Any:
    """The billing accounts whose invoices this person may see."""
    return BillingAccount.objects.for_customer(customer).filter(_within_limits("pk", customer, membership))


def _within_limits(account: str, customer: Customer, membership: Membership) -> Any:
    """Without any limit everything; the limits are read in the same query, so none can come between."""
    limits = AccountLimit.objects.for_customer(customer).filter(membership=membership)
    return Q(**{f"{account}__in": limits.values("billing_account")}) | ~Exists(limits)


def account_ids(membership: Membership) -> list[int] | None:
    """Keys of the billing accounts this person is limited to; None when there is no limit."""
    return list(membership.account_limits.values_list("billing_account_id", flat=True)) or None
