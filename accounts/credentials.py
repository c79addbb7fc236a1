"""Remembers when somebody's password or address changed: what is hard to undo is held back for a while then."""

from typing import Any

from allauth.account.signals import email_changed, password_changed, password_reset, password_set
from django.db.models.functions import Now

from accounts.models import User


def note_change(user: User, **_about: Any) -> None:
    """Called by django-allauth after the change was stored."""
    User.objects.filter(pk=user.pk).update(credentials_changed_at=Now())


def listen() -> None:
    for signal in (password_changed, password_reset, password_set, email_changed):
        signal.connect(note_change, dispatch_uid="accounts.credentials")
