"""The simulated operator's records and its fault switches, for demonstrations."""

from django.contrib import admin

from fleetportal.operators.simulator.models import (
    Faults,
    NumberPool,
    SimulatedBill,
    SimulatedBundle,
    SimulatedCustomer,
    SimulatedLine,
    SimulatedOffer,
    SimulatedOrder,
    SimulatedSim,
    SimulatedText,
    SimulatedTicket,
    SimulatedTicketEvent,
)


@admin.register(SimulatedOrder)
class SimulatedOrderAdmin(admin.ModelAdmin):
    list_display = ("reference", "action", "status", "number", "iccid", "error_code", "received_at")
    list_filter = ("status", "action")
    search_fields = ("iccid", "number", "external_id")
    show_full_result_count = False


@admin.register(SimulatedLine)
class SimulatedLineAdmin(admin.ModelAdmin):
    list_display = ("number", "iccid", "status", "plan_code", "customer_reference", "activated_on")
    list_filter = ("status",)
    search_fields = ("number", "iccid")
    show_full_result_count = False


@admin.register(SimulatedSim)
class SimulatedSimAdmin(admin.ModelAdmin):
    list_display = ("iccid", "status", "customer_reference")
    list_filter = ("status",)
    search_fields = ("iccid",)
    show_full_result_count = False


@admin.register(SimulatedOffer)
class SimulatedOfferAdmin(admin.ModelAdmin):
    list_display = ("code", "kind", "size", "customer_reference")
    search_fields = ("code",)


@admin.register(SimulatedBundle)
class SimulatedBundleAdmin(admin.ModelAdmin):
    list_display = ("code", "offer", "used", "customer_reference", "starts_on", "ends_on")
    search_fields = ("code",)


@admin.register(SimulatedCustomer)
class SimulatedCustomerAdmin(admin.ModelAdmin):
    list_display = ("name", "reference", "enterprise_number", "next_month")


@admin.register(SimulatedBill)
class SimulatedBillAdmin(admin.ModelAdmin):
    list_display = ("number", "billing_account", "issued_on", "customer_reference")
    search_fields = ("number",)
    show_full_result_count = False


@admin.register(SimulatedText)
class SimulatedTextAdmin(admin.ModelAdmin):
    list_display = ("number", "text", "sent_at")
    search_fields = ("number",)
    show_full_result_count = False


class SimulatedTicketEventInline(admin.TabularInline):
    model = SimulatedTicketEvent
    extra = 0


@admin.register(SimulatedTicket)
class SimulatedTicketAdmin(admin.ModelAdmin):
    """A message that is added here by hand is an answer of the desk."""

    list_display = ("reference", "title", "customer_reference", "received_at")
    search_fields = ("title", "external_id")
    inlines = (SimulatedTicketEventInline,)
    show_full_result_count = False


@admin.register(Faults)
class FaultsAdmin(admin.ModelAdmin):
    list_display = (
        "__str__",
        "busy_times",
        "lose_requests",
        "drop_answers",
        "wrong_answers",
        "delay_after_seconds",
        "desk_is_down",
    )


@admin.register(NumberPool)
class NumberPoolAdmin(admin.ModelAdmin):
    list_display = ("prefix", "next_number")
