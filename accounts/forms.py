"""What people type about people: an invitation, the answer to one, their own profile."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation, User
from accounts.permissions import Role

MOST_INVITATIONS = 20
_SEPARATORS = re.compile(r"[\s,;]+")


class InviteForm(forms.Form):
    """Several addresses at once, one role and language for all. ``roles`` are those the inviter may give."""

    emails = forms.CharField(
        label=_("E-mail addresses"),
        help_text=_("One or more, with a comma, a space or a new line in between."),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Enter at least one e-mail address.")},
    )
    role = forms.ChoiceField(
        label=_("Role"),
        help_text=_(
            "A main fleet manager does everything and invites others. A fleet manager adds and changes SIM cards. "
            "What a requester asks waits for approval. Read only sees and exports."
        ),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a role.")},
    )
    language = forms.ChoiceField(label=_("Language of the invitation"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in roles]  # type: ignore[attr-defined]

    def clean_emails(self) -> list[str]:
        """The addresses in lower case, each once, in the order they were typed."""
        found = dict.fromkeys(part.lower() for part in _SEPARATORS.split(self.cleaned_data["emails"]) if part)
        wrong = [address for address in found if not _is_address(address)]
        if wrong:
            raise ValidationError([_("Check this address: %(address)s.") % {"address": a[:80]} for a in wrong[:5]])
        if len(found) > MOST_INVITATIONS:
            raise ValidationError(_("Invite at most %(most)d people at a time.") % {"most": MOST_INVITATIONS})
        return list(found)


def _is_address(text: str) -> bool:
    try:
        EmailValidator()(text)
    except ValidationError:
        return False
    return len(text) <= 254


class PersonForm(forms.Form):
    """Name and language, as everybody may change them for himself."""

    first_name = forms.CharField(
        label=_("First name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": _("Enter your first name.")},
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": _("Enter your last name.")},
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class RegisterForm(PersonForm):
    """The answer of somebody without an account. The password is checked against his own name and address too."""

    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 12 characters. A sentence works well."),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Choose a password.")},
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("password"):
            person = User(
                email=self.invitation.email,
                first_name=data.get("first_name", ""),
                last_name=data.get("last_name", ""),
            )
            try:
                validate_password(data["password"], person)
            except ValidationError as error:
                self.add_error("password", error)
        return data
