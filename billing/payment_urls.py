"""Addresses of paying."""

from django.urls import path

from billing.views import payment_services, payments

urlpatterns = [
    path("invoices/pay/", payments.payment_new, name="payment_new"),
    path("invoices/pay/transfer/", payments.payment_transfer, name="payment_transfer"),
    path("payments/webhook/", payment_services.payment_webhook, name="payment_webhook"),
    path("payments/simulated/<str:reference>/", payment_services.payment_simulated, name="payment_simulated"),
    path("payments/<uuid:public_id>/", payments.payment_return, name="payment_return"),
    path("payments/<uuid:public_id>/continue/", payments.payment_continue, name="payment_continue"),
    path("payments/<uuid:public_id>/check/", payments.payment_check, name="payment_check"),
    path("payments/<uuid:public_id>/cancel/", payments.payment_cancel, name="payment_cancel"),
]
