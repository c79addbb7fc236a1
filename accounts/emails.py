"""Building the mails of this app, each in the language of the person who reads it."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Invitation


def invitation_mail(invitation: Invitation, token: str) -> EmailMultiAlternatives:
    """Who asks, for which company, the link and when it ends. The token stands nowhere else in the clear."""
    company = " ".join(invitation.customer.name.split())  # a header has one line
    with translation.override(invitation.language):
        context = {
            "invitation": invitation,
            "company": invitation.customer.name,
            "link": settings.PORTAL_URL + reverse("invitation", args=[token]),
        }
        mail = EmailMultiAlternatives(
            subject=_("Invitation to manage the SIM cards of %(company)s") % {"company": company},
            body=render_to_string("mails/invitation.txt", context),
            to=[invitation.email],
            headers={"Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("mails/invitation.html", context), "text/html")
    return mail
