"""How sign-in behaves here: no open sign-up, mails in the reader's language, redirects only to ourselves."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.queries import account_of


class AccountAdapter(DefaultAccountAdapter):
    """django-allauth asks this class wherever a project may differ."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People come in by invitation only."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """``next`` may only name a page of this very host."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def format_email_subject(self, subject: str) -> str:
        return str(subject)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Our own texts (``templates/mails/``) in the language of the account; the page's where there is no account."""
        context = {name: _at_home(value) if name.endswith("_url") else value for name, value in context.items()}
        account = context.get("user") or account_of(email)
        language = account.language if account else translation.get_language()
        with translation.override(language):
            super().send_mail(template_prefix.replace("account/email/", "mails/"), email, context)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")


def _at_home(url: str) -> str:
    """The same address on the portal's own host: what the request calls the host is up to whoever sends it."""
    parts = urlsplit(url)
    return settings.PORTAL_URL + urlunsplit(("", "", parts.path, parts.query, parts.fragment))
