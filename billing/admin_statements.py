"""The operator's staff: bank statements to take in, and transfers to match to the invoices they pay."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.enums import EntryState
from billing.forms.staff import AsideForm, MatchForm, StatementForm
from billing.models import BankEntry, BankStatement, InvoiceBooking
from billing.services.bank_statements import (
    MOST_BYTES,
    import_statements,
    match_by_hand,
    set_aside,
    suggestions,
    undo_match,
)
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.admin_fleet import LookedAtAdmin


@admin.register(BankStatement)
class BankStatementAdmin(LookedAtAdmin):
    list_display = ("dated_on", "account", "number", "currency", "opening", "closing", "file_name", "uploaded_by_name")
    search_fields = ("account", "number__exact")
    ordering = ("-dated_on", "-pk")
    change_list_template = "admin/billing/bankstatement/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        own = path("upload/", self.admin_site.admin_view(self.upload), name="billing_bankstatement_upload")
        return [own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"may_upload": _may_upload(request)} | (extra_context or {}))

    def upload(self, request: HttpRequest) -> HttpResponseBase:
        if not _may_upload(request):
            raise PermissionDenied
        form = StatementForm(request.POST, request.FILES) if request.method == "POST" else StatementForm()
        if form.is_bound and form.is_valid() and self._taken(request, form):
            return redirect("admin:billing_bankentry_changelist")
        context = self.admin_site.each_context(request) | {
            "title": _("Take in a bank statement"),
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, "admin/billing/form.html", context)

    def _taken(self, request: HttpRequest, form: StatementForm) -> bool:
        file = form.cleaned_data["statement"]
        try:
            content = file.read(MOST_BYTES + 1)
            found = import_statements(content=content, file_name=file.name, by=Actor.user(request.user))
        except Refusal as refusal:
            form.add_error("statement", str(refusal))
            return False
        figures = {
            "new": len(found.statements),
            "known": found.known,
            "entries": found.entries,
            "matched": found.matched,
        }
        text = _("%(new)s new statements, %(known)s known before: %(entries)s lines, %(matched)s matched at once.")
        self.message_user(request, text % figures, messages.SUCCESS)
        return True


def _may_upload(request: HttpRequest) -> bool:
    return request.user.has_perm("billing.add_bankstatement")


class WaitingFilter(admin.SimpleListFilter):
    """Opens on what waits to be matched."""

    title = gettext_lazy("state")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        others = [(state.value, state.label) for state in EntryState if state != EntryState.OPEN]
        return [*others, ("all", gettext_lazy("All transfers"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": EntryState.OPEN.label}
        yield from others

    def queryset(self, request: HttpRequest, queryset: "QuerySet[BankEntry]") -> "QuerySet[BankEntry]":
        if self.value() == "all":
            return queryset
        return queryset.filter(state=self.value() or EntryState.OPEN)


@admin.register(BankEntry)
class BankEntryAdmin(LookedAtAdmin):
    list_display = ("valued_on", "deal", "payer_name", "amount", "reference", "communication", "state", "matched")
    list_display_links = None
    list_filter = (WaitingFilter,)
    list_select_related = ("statement",)
    search_fields = ("reference__exact", "payer_name", "payer_account", "communication")
    ordering = ("-valued_on", "-pk")

    @admin.display(description=gettext_lazy("match"))
    def deal(self, entry: BankEntry) -> str:
        text = _("Match") if entry.state == EntryState.OPEN else _("View")
        return format_html('<a href="{}">{}</a>', reverse("admin:billing_bankentry_match", args=[entry.pk]), text)

    def get_urls(self) -> list[URLPattern]:
        own = path("<int:pk>/match/", self.admin_site.admin_view(self.match), name="billing_bankentry_match")
        return [own, *super().get_urls()]

    def match(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """What a transfer is for: the invoices it pays, or nothing of ours; or the match undone."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        entry = get_object_or_404(BankEntry.objects.select_related("statement"), pk=pk)
        may_act = request.user.has_perm("billing.change_bankentry")
        action = request.POST.get("action", "") if request.method == "POST" else ""
        if action and not may_act:
            raise PermissionDenied
        proposed = suggestions(entry) if entry.state == EntryState.OPEN else []
        numbers = ", ".join(invoice.number for invoice, _why in proposed[:1])
        match_form = MatchForm(request.POST if action == "match" else None, initial={"invoices": numbers})
        aside_form = AsideForm(request.POST if action == "aside" else None)
        form = {"match": match_form, "aside": aside_form}.get(action, forms.Form({}))
        if action and form.is_valid() and self._acted(request, action, entry, form):
            return redirect("admin:billing_bankentry_changelist")
        bookings = InvoiceBooking.objects.across_customers(reason="the operator's staff serve every company")
        context = self.admin_site.each_context(request) | {
            "title": _("Bank transfer"),
            "opts": self.opts,
            "entry": entry,
            "suggestions": proposed,
            "bookings": bookings.filter(entry=entry).select_related("invoice", "customer"),
            "match_form": match_form,
            "aside_form": aside_form,
            "may_act": may_act,
        }
        return TemplateResponse(request, "admin/billing/bankentry/match.html", context)

    def _acted(self, request: HttpRequest, action: str, entry: BankEntry, form: forms.Form) -> bool:
        by = Actor.user(request.user)
        try:
            if action == "match":
                match_by_hand(entry=entry, invoices=form.cleaned_data["invoices"], by=by)
            elif action == "aside":
                set_aside(entry=entry, note=form.cleaned_data["note"], by=by)
            else:
                undo_match(entry=entry, by=by)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            return False
        self.message_user(request, _("Done."), messages.SUCCESS)
        return True
