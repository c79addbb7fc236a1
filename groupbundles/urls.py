"""Group bundles and what is used of them, under ``/bundles/``."""

from django.urls import path

from groupbundles.views import alerts, asking, bundle_usage, bundles

urlpatterns = [
    path("", bundles.bundle_list, name="bundle_list"),
    path("new/", asking.bundle_new, name="bundle_new"),
    path("alerts/", alerts.alert_rules, name="alert_rules"),
    path("alerts/switch/", alerts.alert_switch, name="alert_switch"),
    path("alerts/fired/", alerts.alert_list, name="alert_list"),
    path("alerts/fired/export/", alerts.alert_export, name="alert_export"),
    path("alerts/lines/<uuid:public_id>/", alerts.line_alerts, name="line_alerts"),
    path("alerts/bundles/<uuid:public_id>/", alerts.bundle_alerts, name="bundle_alerts"),
    path("<uuid:public_id>/", bundles.bundle_detail, name="bundle_detail"),
    path("<uuid:public_id>/status/", bundles.bundle_status, name="bundle_status"),
    path("<uuid:public_id>/change/", asking.bundle_change, name="bundle_change"),
    path("<uuid:public_id>/end/", asking.bundle_end, name="bundle_end"),
    path("<uuid:public_id>/usage/", bundle_usage.bundle_users, name="bundle_users"),
    path("<uuid:public_id>/usage/export/", bundle_usage.bundle_usage_export, name="bundle_usage_export"),
    path("<uuid:public_id>/members/", bundles.bundle_members, name="bundle_members"),
]
