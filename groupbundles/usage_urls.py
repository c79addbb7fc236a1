"""The pages about usage, of the company and of a line."""

from django.urls import path

from groupbundles.views import company_usage, itemised, line_usage

urlpatterns = [
    path("usage/", company_usage.company_usage, name="company_usage"),
    path("usage/export/", company_usage.company_usage_export, name="company_usage_export"),
    path("usage/settings/", itemised.usage_settings, name="usage_settings"),
    path("sims/<uuid:public_id>/usage/records/", itemised.line_usage_records, name="line_usage_records"),
    path("sims/<uuid:public_id>/usage/export/", line_usage.line_usage_export, name="line_usage_export"),
]
