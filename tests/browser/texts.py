"""The portal's own Dutch, so that a test reads what a user reads without repeating each translation."""

from django.utils import translation
from django.utils.translation import gettext


def dutch(english: str) -> str:
    """The Dutch text of a source text."""
    with translation.override("nl"):
        return gettext(english)
