"""Building a mail from its two templates, plain and HTML. What it says is the business of each app's ``emails.py``."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


def mail_of(
    subject: str, name: str, context: Mapping[str, Any], to: str, *, message_id: str = ""
) -> EmailMultiAlternatives:
    """The mail ``templates/mails/<name>.txt`` and ``.html`` in the active language; the subject becomes one line.

    With ``message_id`` every copy has the same one, so that mail programs show a copy that was sent twice once.
    """
    headers = {"Auto-Submitted": "auto-generated"} | ({"Message-ID": message_id} if message_id else {})
    body = render_to_string(f"mails/{name}.txt", dict(context))
    mail = EmailMultiAlternatives(subject=" ".join(subject.split()), body=body, to=[to], headers=headers)
    mail.attach_alternative(render_to_string(f"mails/{name}.html", dict(context)), "text/html")
    return mail


def link_to(path: str) -> str:
    """A page of the portal as a mail names it; a task has no request to ask."""
    return settings.PORTAL_URL + path
