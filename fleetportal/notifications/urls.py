"""Pages about what people are told."""

from django.urls import path

from fleetportal.notifications import views

urlpatterns = [
    path("notifications/", views.notification_list, name="notification_list"),
    path("notifications/bell/", views.notification_bell, name="notification_bell"),
    path("notifications/read/", views.notification_read_all, name="notification_read_all"),
    path("notifications/<uuid:public_id>/open/", views.notification_open, name="notification_open"),
    path("notifications/<uuid:public_id>/read/", views.notification_read, name="notification_read"),
    path("settings/notifications/", views.notification_settings, name="notification_settings"),
]
