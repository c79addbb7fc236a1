"""The inbox, its bell in the top bar, and what a person wants to hear of."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fleetportal.notifications import queries, services
from fleetportal.notifications.events import events_for
from fleetportal.notifications.forms import PreferencesForm
from fleetportal.notifications.models import Notification
from fleetportal.tenancy.access import customer_required
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.htmx import is_fragment, layout, toast
from fleetportal.web.pagination import paginate
from fleetportal.web.parameters import whole_number

UNREAD = "unread"


@require_safe
@customer_required(None)
def notification_list(request: PortalRequest) -> HttpResponse:
    only_unread = request.GET.get("show") == UNREAD
    notifications = queries.inbox(request.membership, only_unread=only_unread)
    page = paginate(notifications, request.GET.get("page"))
    newest = queries.inbox(request.membership).values_list("pk", flat=True).order_by("-pk").first()
    context = {
        "layout": layout(request, "inbox"),
        "page": page,
        "days": queries.by_day(page),
        "only_unread": only_unread,
        "newest": newest,
    }
    return render(request, "notifications/list.html", context)


@require_safe
@customer_required(None)
def notification_bell(request: PortalRequest) -> HttpResponse:
    """What the top bar asks for every minute; as a page, the inbox."""
    if not is_fragment(request):
        return redirect("notification_list")
    return render(request, "notifications/_bell.html")


@require_POST
@customer_required(None)
def notification_open(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Read it and go to what it is about."""
    notification = _mine(request, public_id)
    services.mark_read(membership=request.membership, notification=notification)
    return redirect(notification.url or "notification_list")


@require_POST
@customer_required(None)
def notification_read(request: PortalRequest, public_id: UUID) -> HttpResponse:
    """Read, or unread again, and stay."""
    mark = services.mark_unread if request.POST.get("unread") else services.mark_read
    mark(membership=request.membership, notification=_mine(request, public_id))
    return redirect(_back(request))


@require_POST
@customer_required(None)
def notification_read_all(request: PortalRequest) -> HttpResponse:
    """Everything he was shown; what came in meanwhile stays unread."""
    until = whole_number(request.POST.get("until")) or 0
    services.mark_all_read(membership=request.membership, until=until)
    toast(request, _("All notifications marked as read."))
    return redirect(_back(request))


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required(None)
def notification_settings(request: PortalRequest) -> HttpResponse:
    wishes = queries.preferences_of(request.membership)
    events = [event for event in events_for(request.membership) if event.code in wishes]
    form = PreferencesForm(request.POST or None, events=events, wishes=wishes)
    if request.method == "POST" and form.is_valid():
        services.save_preferences(membership=request.membership, wishes=form.wishes(), by=request.actor)
        toast(request, _("Notification settings saved."))
        return redirect("notification_settings")
    return render(request, "notifications/settings.html", {"form": form}, status=422 if form.errors else 200)


def _mine(request: PortalRequest, public_id: UUID) -> Notification:
    return get_object_or_404(queries.inbox(request.membership), public_id=public_id)


def _back(request: PortalRequest) -> str:
    """The same page of the inbox."""
    page = whole_number(request.POST.get("page")) or 1
    parts = [f"show={UNREAD}"] if request.POST.get("show") == UNREAD else []
    parts += [f"page={page}"] if page > 1 else []
    return reverse("notification_list") + (f"?{'&'.join(parts)}" if parts else "")
