"""The operator's staff: what tickets can be about, and the tickets themselves."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from sims.admin_fleet import ReadOnlyAdmin
from tickets.models import Item, ItemField, Subject, Ticket, TicketMessage


class ItemInline(admin.TabularInline):
    model = Item
    extra = 0
    fields = ("code", "name_nl", "name_fr", "name_en", "answer_days", "position", "is_active")
    show_change_link = True


class ItemFieldInline(admin.StackedInline):
    model = ItemField
    extra = 0


@admin.register(Subject)
class SubjectAdmin(admin.ModelAdmin):
    list_display = ("name_nl", "name_fr", "name_en", "code", "position", "is_active")
    inlines = (ItemInline,)


@admin.register(Item)
class ItemAdmin(admin.ModelAdmin):
    """Tickets that were sent already keep the names and fields they were asked with."""

    list_display = ("name_nl", "subject", "code", "answer_days", "position", "is_active")
    list_filter = ("subject",)
    list_select_related = ("subject",)
    inlines = (ItemFieldInline,)


class TicketMessageInline(admin.TabularInline):
    model = TicketMessage
    extra = 0
    fields = readonly_fields = ("at", "author", "author_name", "action", "text", "received_at", "refusal")
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    """What waits to be sent has a moment in "due"."""

    list_display = ("label", "customer", "item_code", "state", "opened_by_name", "desk_reference", "due_on", "due_at")
    list_filter = ("state", "subject_code")
    search_fields = ("=number", "desk_reference", "customer__slug__exact")
    inlines = (TicketMessageInline,)
