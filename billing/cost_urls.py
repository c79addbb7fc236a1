"""The contract, and what everything costs."""

from django.urls import path

from billing.views import contract, cost_lists, costs

urlpatterns = [
    path("contract/", contract.contract, name="contract"),
    path("costs/", costs.cost_overview, name="cost_overview"),
    path("costs/changes/", costs.cost_changes, name="cost_changes"),
    path("costs/unused/", cost_lists.cost_unused, name="cost_unused"),
    path("costs/split-bill/", cost_lists.cost_split_bill, name="cost_split_bill"),
    path("costs/export/", cost_lists.cost_export, name="cost_export"),
]
