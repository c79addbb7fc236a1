"""Invoices and credit notes: the list, one document, its files."""

from django.urls import path

from billing.views import documents, invoice, invoices

urlpatterns = [
    path("invoices/", invoices.invoice_list, name="invoice_list"),
    path("invoices/export/", documents.invoice_export, name="invoice_export"),
    path("invoices/<uuid:public_id>/", invoice.invoice_detail, name="invoice_detail"),
    path("invoices/<uuid:public_id>/export/", documents.invoice_lines_export, name="invoice_lines_export"),
    path("invoices/<uuid:public_id>/pdf/", documents.invoice_pdf, name="invoice_pdf"),
    path("invoices/<uuid:public_id>/ubl/", documents.invoice_ubl, name="invoice_ubl"),
]
