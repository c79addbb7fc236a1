"""Fixed lists of the accounts app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditKind(models.TextChoices):
    """What can happen to companies and people."""

    CUSTOMER_CREATED = "customer.created", _("Company created")
    INVITATION_CREATED = "invitation.created", _("Fleet manager invited")
    INVITATION_RESENT = "invitation.resent", _("Invitation sent again")
    INVITATION_REVOKED = "invitation.revoked", _("Invitation withdrawn")
    INVITATION_ACCEPTED = "invitation.accepted", _("Invitation accepted")
    MEMBER_REMOVED = "membership.removed", _("Fleet manager removed")
    ACCOUNTS_LIMITED = "membership.accounts_limited", _("Billing accounts somebody sees changed")
    PROFILE_CHANGED = "user.profile_changed", _("Profile changed")
