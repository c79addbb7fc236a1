"""Handing out and withdrawing the private address of a calendar feed."""

import secrets

from django.db import transaction

from accounts.models import Customer, User
from accounts.queries import hash_of_token
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from sims.enums import AuditKind
from sims.models import CalendarFeed

TOKEN_BYTES = 32


def open_feed(*, customer: Customer, user: User, by: Actor) -> str:
    """A new token for this person's feed, told once; an older address stops working."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        CalendarFeed.objects.for_customer(customer).filter(user=user).delete()
        feed = CalendarFeed.objects.create(customer=customer, user=user, token_hash=hash_of_token(token))
        audit.record(AuditKind.FEED_OPENED, by=by, customer_id=customer.pk, subject=feed, label=str(user))
    return token


def close_feed(*, customer: Customer, user: User, by: Actor) -> None:
    """The address stops working; nothing happens where there is none."""
    with transaction.atomic():
        for feed in CalendarFeed.objects.for_customer(customer).filter(user=user).select_for_update():
            audit.record(AuditKind.FEED_CLOSED, by=by, customer_id=customer.pk, subject=feed, label=str(user))
            feed.delete()
