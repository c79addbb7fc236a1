"""Pages about background work."""

from django.urls import path

from fleetportal.jobs import views

urlpatterns = [
    path("", views.job_list, name="job_list"),
    path("<uuid:job_id>/", views.job, name="job"),
    path("<uuid:job_id>/result/", views.job_result, name="job_result"),
]
