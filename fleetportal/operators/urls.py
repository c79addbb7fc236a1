"""Where the operator calls back."""

from django.urls import path

from fleetportal.operators import views

urlpatterns = [path("events/", views.receive_event, name="operator_events")]
