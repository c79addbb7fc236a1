"""Pages about people and companies; sign-in itself is under /accounts/."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/invite/", views.invite, name="invite"),
    path("people/invitations/<uuid:invitation_id>/resend/", views.invitation_resend, name="invitation_resend"),
    path("people/invitations/<uuid:invitation_id>/revoke/", views.invitation_revoke, name="invitation_revoke"),
    path("invitations/asked/", views.invitation_asked, name="invitation_asked"),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("invitations/<str:token>/ask/", views.invitation_ask, name="invitation_ask"),
    path("profile/", views.profile, name="profile"),
    path("companies/", views.companies, name="companies"),
    path("companies/switch/", views.company_switch, name="company_switch"),
]
