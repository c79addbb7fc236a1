"""Files on tickets: kept as drafts of a form until what they belong to is sent, removed when that never happens."""

import hashlib
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.orders.calendar import local_day, start_of_day
from tickets.files import CheckedFile
from tickets.models import Attachment, Ticket, TicketMessage

DRAFT_LIFETIME = timedelta(hours=24)


def add_draft(
    *, customer: Customer, draft: uuid.UUID, file: CheckedFile, by: Actor, ticket: Ticket | None = None
) -> Attachment:
    """Keep a checked file with its form; the same file added twice is one. Raises ``Refusal`` for one too many.

    ``ticket`` is the one the form belongs to, whose files count too.
    """
    content = file.content
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        # Files of one company one after the other: the limits hold for all of them together.
        Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        mine = Attachment.objects.for_customer(customer).filter(draft=draft, owner_id=by.id)
        known: Attachment | None = mine.filter(sha256=digest).first()
        if known is not None:
            return known
        others = Attachment.objects.for_customer(customer).filter(message__ticket=ticket).count() if ticket else 0
        if mine.count() + others >= settings.TICKET_MOST_FILES:
            text = _("%(name)s was left out: at most %(n)s files on a ticket.")
            raise Refusal(text % {"name": file.name, "n": settings.TICKET_MOST_FILES})
        if _of_this_month(customer) + len(content) > settings.TICKET_MONTH_MAX_BYTES:
            raise Refusal(_("Your company has added too many files this month. Describe in words what is in this one."))
        attachment = Attachment(
            customer=customer,
            draft=draft,
            owner_id=by.id or 0,
            name=file.name,
            content_type=file.content_type,
            size=len(content),
            sha256=digest,
        )
        attachment.file.save(file.name, ContentFile(content), save=False)
        attachment.save()
    return attachment


def _of_this_month(customer: Customer) -> int:
    first: datetime = start_of_day(local_day(timezone.now()).replace(day=1))
    files = Attachment.objects.for_customer(customer).filter(created_at__gte=first)
    return int(files.aggregate(total=Sum("size"))["total"] or 0)


def remove_draft(*, customer: Customer, draft: uuid.UUID, public_id: uuid.UUID, by: Actor) -> None:
    """Take a file off a form that was not sent yet."""
    drafts = Attachment.objects.for_customer(customer).filter(draft=draft, owner_id=by.id, message=None)
    for attachment in drafts.filter(public_id=public_id):
        _remove(attachment)


def take_drafts(*, message: TicketMessage, draft: uuid.UUID, by: Actor) -> int:
    """The files of a form go with the message that was sent with it. Returns how many."""
    drafts = Attachment.objects.for_customer(message.customer_id).filter(draft=draft, owner_id=by.id, message=None)
    return int(drafts.update(message=message))


def remove_old_drafts() -> int:
    """What was added to a form that was never sent. Returns how many."""
    drafts = Attachment.objects.across_customers(reason="drafts of every company are kept equally long")
    old = list(drafts.filter(message=None, created_at__lt=timezone.now() - DRAFT_LIFETIME)[:1000])
    for attachment in old:
        _remove(attachment)
    return len(old)


def _remove(attachment: Attachment) -> None:
    name = str(attachment.file.name)
    with transaction.atomic():
        attachment.delete()
        transaction.on_commit(lambda: attachment.file.storage.delete(name))
