"""What pages and other apps read about companies and people."""

import hashlib
from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Customer, Invitation, Membership, User
from accounts.permissions import PERMISSIONS, Permission, Role
from fleetportal.tenancy.requests import PortalRequest

SESSION_KEY = "membership"


def memberships_of(user: User) -> QuerySet[Membership]:
    """Every company this person works for, by name."""
    memberships: QuerySet[Membership] = (
        Membership.objects.across_customers(reason="a person may belong to several companies")
        .filter(user=user)
        .select_related("customer")
        .order_by("customer__name", "pk")
    )
    return memberships


def membership_of_request(request: PortalRequest) -> Membership | None:
    """The membership this session works in: the chosen one, else the person's first; None for outsiders."""
    if not isinstance(request.user, User) or not request.user.is_authenticated:
        return None
    memberships = list(memberships_of(request.user))
    # The frame of the page lists them too.
    request.memberships = memberships
    chosen = request.session.get(SESSION_KEY)
    return next((m for m in memberships if m.pk == chosen), memberships[0] if memberships else None)


def people_of(customer: Customer) -> QuerySet[Membership]:
    """Who manages this fleet, by name."""
    people: QuerySet[Membership] = (
        Membership.objects.for_customer(customer)
        .select_related("user")
        .order_by("user__last_name", "user__first_name", "pk")
    )
    return people


def open_invitations(customer: Customer) -> QuerySet[Invitation]:
    """Invitations nobody accepted or withdrew, expired ones included, newest first."""
    invitations: QuerySet[Invitation] = Invitation.objects.for_customer(customer).filter(
        accepted_at=None, revoked_at=None
    )
    return invitations


def hash_of_token(token: str) -> str:
    """What is stored of an invitation's token. The token is random and long, so a plain hash keeps it secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def invitation_of_token(token: str) -> Invitation | None:
    """The open invitation, expired or not, whose latest mail holds ``token``."""
    found: Invitation | None = (
        Invitation.objects.across_customers(reason="who opens the link is not signed in yet")
        .filter(token_hash=hash_of_token(token), accepted_at=None, revoked_at=None)
        .select_related("customer")
        .first()
    )
    return found


def usable_invitation(token: str) -> Invitation | None:
    """The same, but only while it can still be accepted."""
    found = invitation_of_token(token)
    return found if found and found.expires_at > timezone.now() else None


def account_of(email: str) -> User | None:
    """The person who signs in with this address, whatever its case."""
    return User.objects.filter(email__iexact=email.strip()).first()


def roles_below(membership: Any) -> list[Role]:
    """The roles this member may give: those that can do nothing he cannot do himself."""
    return [role for role in Role if PERMISSIONS[role] <= PERMISSIONS[membership.role]]


def may(user_id: int, customer_id: int, permission: Permission) -> bool:
    """Whether this person has the right in this company now; asked again when what he wanted is carried out later."""
    memberships = Membership.objects.for_customer(customer_id).filter(user_id=user_id, user__is_active=True)
    return any(membership.can(permission) for membership in memberships)


def people_who(customer_id: int, permission: Permission) -> list[int]:
    """The keys of everybody who has the right in this company now."""
    roles = [role for role, rights in PERMISSIONS.items() if permission in rights]
    memberships = Membership.objects.for_customer(customer_id).filter(role__in=roles, user__is_active=True)
    return list(memberships.order_by("user_id").values_list("user_id", flat=True))


def active_members(customer_id: int, user_ids: Collection[int]) -> dict[int, Membership]:
    """Those of these people who work for the company now and may sign in, by the person's key."""
    memberships = Membership.objects.for_customer(customer_id).filter(user_id__in=user_ids, user__is_active=True)
    return {membership.user_id: membership for membership in memberships.select_related("user")}
