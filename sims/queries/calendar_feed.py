"""The calendar feed: whose it is, and what it holds as iCalendar (RFC 5545)."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from accounts.models import Customer, Membership
from accounts.permissions import Permission
from accounts.queries import hash_of_token
from sims.models import CalendarFeed
from sims.orders.kinds import name_of, page_of
from sims.queries.planning import Planned, planned_orders


def reader_of(token: str) -> Membership | None:
    """The membership behind a feed's address; None for an unknown one and for who may no longer see lines."""
    feeds = CalendarFeed.objects.across_customers(reason="a calendar program is not signed in")
    feed = feeds.filter(token_hash=hash_of_token(token), user__is_active=True).first()
    if feed is None:
        return None
    members = Membership.objects.for_customer(feed.customer_id).select_related("customer", "user")
    member: Membership | None = members.filter(user=feed.user_id).first()
    return member if member and member.can(Permission.VIEW_LINES) else None


def calendar_text(customer: Customer) -> bytes:
    """All that is planned, one event of a whole day per request, in the active language."""
    feed = Calendar()
    feed.add("prodid", "-//Fleet Portal//Planning//")
    feed.add("version", "2.0")
    feed.add("x-wr-calname", _("Planned changes, %(company)s") % {"company": customer.name})
    feed.add("refresh-interval;value=duration", "PT1H")
    for planned in planned_orders(customer):
        feed.add_component(_event(planned))
    text: bytes = feed.to_ical()
    return text


def _event(planned: Planned) -> Event:
    order = planned.order
    event = Event()
    event.add("uid", f"{order.pk}@fleet-portal")
    event.add("dtstamp", timezone.now())
    event.add("dtstart", planned.on)
    event.add("dtend", planned.on + timedelta(days=1))
    event.add("summary", ", ".join(filter(None, (order.get_kind_display(), name_of(order)))))
    asked = _("Asked by %(name)s") % {"name": order.requested_by_name}
    event.add("description", "\n".join(filter(None, (planned.what, asked))))
    event.add("url", settings.PORTAL_URL + page_of(order))
    event.add("transp", "TRANSPARENT")
    return event
