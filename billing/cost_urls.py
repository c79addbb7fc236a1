"""The contract, and what everything costs."""

from django.urls import path

from billing.views import contract

urlpatterns = [
    path("contract/", contract.contract, name="contract"),
]
