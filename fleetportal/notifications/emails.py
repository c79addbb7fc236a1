"""Building the mails of notifications, each in the language of the person who reads it."""

from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from fleetportal.notifications.events import shown_of
from fleetportal.notifications.models import Notification
from fleetportal.notifications.outbox import Letter
from fleetportal.web.letters import link_to, mail_of


def mail_for(letter: Letter) -> EmailMultiAlternatives:
    """One notification, or all that came together that day."""
    with translation.override(letter.language):
        told = [_told(notification) for notification in letter.notifications]
        n = len(told)
        name = "notification_digest" if letter.is_digest else "notification"
        together = ngettext("%(n)s notification about %(company)s", "%(n)s notifications about %(company)s", n)
        context = {
            "company": letter.row.customer.name,
            "told": told,
            "has_account": letter.row.user_id is not None,
            "settings": link_to(reverse("notification_settings")),
        }
        subject = together % {"n": n, "company": context["company"]} if letter.is_digest else told[0]["title"]
        return mail_of(subject, name, context, letter.to, message_id=f"<{name}-{letter.row.public_id}@fleetportal>")


def _told(notification: Notification) -> dict[str, Any]:
    seen = shown_of(notification)
    return {"title": seen.title, "body": seen.body, "link": link_to(seen.url or reverse("notification_list"))}
