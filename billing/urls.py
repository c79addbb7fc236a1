"""Invoices, payments, the contract and costs."""

from django.urls import include, path

urlpatterns = [
    path("", include("billing.cost_urls")),
    path("", include("billing.payment_urls")),
    path("", include("billing.invoice_urls")),
]
