"""Building the mails of this app, each in the language of the person who reads it."""

from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Invitation
from fleetportal.web.letters import link_to, mail_of


def invitation_mail(invitation: Invitation, token: str) -> EmailMultiAlternatives:
    """Who asks, for which company, the link and when it ends. The token stands nowhere else in the clear."""
    with translation.override(invitation.language):
        context = {
            "invitation": invitation,
            "company": invitation.customer.name,
            "link": link_to(reverse("invitation", args=[token])),
        }
        subject = _("Invitation to manage the SIM cards of %(company)s") % context
        return mail_of(subject, "invitation", context, invitation.email)
