"""Which invoices a person may see: those of his company, or only of the billing accounts he is limited to."""

from typing import Any

from accounts.models import Customer, Membership
from billing.models import Invoice


def account_ids(membership: Membership) -> list[int] | None:
    """Keys of the billing accounts this person is limited to; None when there is no limit."""
    return list(membership.account_limits.values_list("billing_account_id", flat=True)) or None


def visible_invoices(customer: Customer, membership: Membership) -> Any:
    """The invoices and credit notes of the company that this person may see."""
    invoices = Invoice.objects.for_customer(customer)
    ids = account_ids(membership)
    return invoices if ids is None else invoices.filter(billing_account__in=ids)
