"""Addresses of the tickets, below ``tickets/``."""

from django.urls import path

from tickets.views import lists, new, thread

urlpatterns = [
    path("", lists.ticket_list, name="ticket_list"),
    path("new/", new.ticket_new, name="ticket_new"),
    path("about-request/<uuid:order_id>/", new.ticket_for_order, name="ticket_for_order"),
    path("files/<uuid:public_id>/", thread.ticket_file, name="ticket_file"),
    path("<uuid:public_id>/", thread.ticket_detail, name="ticket_detail"),
    path("<uuid:public_id>/thread/", thread.ticket_thread, name="ticket_thread"),
    path("<uuid:public_id>/close/", thread.ticket_close, name="ticket_close"),
]
