"""Changing companies and people: creating a company, asking people in, letting them in."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from stdnum.be import vat

from accounts.enums import AuditKind
from accounts.models import AccountLimit, BillingAccount, Customer, Invitation, Membership, User
from accounts.permissions import PERMISSIONS, Role
from accounts.queries import hash_of_token
from fleetportal.audit.actors import Actor
from fleetportal.audit.services import record
from fleetportal.wakeup import wake
from fleetportal.web.errors import Refusal

# A mail whose sender fell silent is sent again after this long; longer than the task's time limit.
MAIL_LEASE = timedelta(minutes=5)


class InvitationGone(Refusal):
    """The invitation was used, withdrawn or sent again, or its time is over."""

    def __init__(self) -> None:
        super().__init__(_("This invitation can no longer be used. Ask for a new one."))


def create_customer(*, name: str, enterprise_number: str, slug: str, by: Actor) -> Customer:
    """A new company. The enterprise number may be written in any usual way."""
    customer = Customer(name=name.strip(), slug=slug.strip(), enterprise_number=vat.compact(enterprise_number))
    try:
        customer.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Refusal(messages[0], field=field) from error
    with transaction.atomic():
        customer.save()
        record(
            AuditKind.CUSTOMER_CREATED,
            by=by,
            customer_id=customer.pk,
            subject=customer,
            after={"name": customer.name, "enterprise_number": customer.enterprise_number},
        )
    return customer


def invite(*, customer: Customer, email: str, role: str, language: str, by: Actor) -> Invitation:
    """Ask somebody to manage this fleet as ``role``; the mail goes out by itself.

    Refused for a role above the inviter's own, for who is in already and for who was asked already.
    """
    address = email.strip().lower()
    with transaction.atomic():
        _lock(customer)
        _check_may_give(role, customer=customer, by=by)
        _check_is_new(address, customer=customer)
        invitation: Invitation = Invitation.objects.create(
            customer=customer,
            email=address,
            role=role,
            language=language,
            invited_by_name=by.name if by.kind == "user" else "",
            mail_due_at=Now(),
            expires_at=_deadline(),
        )
        invitation.refresh_from_db(fields=["mail_due_at"])
        _record(AuditKind.INVITATION_CREATED, invitation, by=by)
        wake("accounts.send_invitation", invitation.pk, queue="mail")
    return invitation


def invite_many(*, customer: Customer, emails: list[str], role: str, language: str, by: Actor) -> list[Invitation]:
    """All of them or, when one is refused, none; the refusal then carries the first reason."""
    with transaction.atomic():
        return [invite(customer=customer, email=e, role=role, language=language, by=by) for e in emails]


def resend(*, invitation: Invitation, by: Actor) -> Invitation:
    """Send a new link with a new deadline; the link of the earlier mail stops working at once."""
    with transaction.atomic():
        invitation = _locked(invitation)
        _check_may_give(invitation.role, customer=invitation.customer, by=by)
        if invitation.mail_due_at is not None and not invitation.is_expired:
            return invitation  # Its mail is on its way already.
        invitation.token_hash = None
        invitation.mail_due_at = Now()
        invitation.expires_at = _deadline()
        invitation.save(update_fields=["token_hash", "mail_due_at", "expires_at"])
        invitation.refresh_from_db(fields=["mail_due_at"])
        _record(AuditKind.INVITATION_RESENT, invitation, by=by)
        wake("accounts.send_invitation", invitation.pk, queue="mail")
    return invitation


def revoke(*, invitation: Invitation, by: Actor) -> Invitation:
    """Withdraw an invitation nobody accepted; its link stops working at once."""
    with transaction.atomic():
        invitation = _locked(invitation)
        _check_may_give(invitation.role, customer=invitation.customer, by=by)
        invitation.revoked_at = timezone.now()
        invitation.token_hash = None
        invitation.mail_due_at = None
        invitation.save(update_fields=["revoked_at", "token_hash", "mail_due_at"])
        _record(AuditKind.INVITATION_REVOKED, invitation, by=by)
    return invitation


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What somebody without an account tells when accepting; the address comes from the invitation."""

    first_name: str
    last_name: str
    language: str
    password: str


def accept_as_new_person(*, token: str, person: NewPerson) -> Membership:
    """Make the account and the membership. The actor is the person who comes into being here."""
    with transaction.atomic():
        invitation = _claimed(token)
        try:
            with transaction.atomic():
                user = User.objects.create_user(
                    invitation.email,
                    person.password,
                    first_name=person.first_name,
                    last_name=person.last_name,
                    language=person.language,
                )
                # The link reached this mailbox: the address is proven.
                EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        except IntegrityError as error:
            raise Refusal(_("There is an account with this address. Sign in with it to accept.")) from error
        return _admit(invitation, user)


def accept(*, token: str, user: User) -> Membership:
    """Let a person who has an account, and is signed in with it, into the company."""
    with transaction.atomic():
        invitation = _claimed(token)
        if invitation.email.lower() != user.email.lower():
            raise InvitationGone
        return _admit(invitation, user)


def remove_member(*, membership: Membership, by: Actor) -> None:
    """End somebody's access to this company; raises ``Refusal`` for its last main fleet manager."""
    with transaction.atomic():
        _lock(membership.customer)
        members = Membership.objects.for_customer(membership.customer_id).select_related("user")
        present: Membership | None = members.filter(pk=membership.pk).first()
        if present is None:
            return
        if present.role == Role.OWNER and members.filter(role=Role.OWNER).count() == 1:
            raise Refusal(_("A company keeps at least one main fleet manager. Make somebody else one first."))
        _check_may_give(present.role, customer=membership.customer, by=by)
        record(
            AuditKind.MEMBER_REMOVED,
            by=by,
            customer_id=present.customer_id,
            subject=present,
            label=str(present.user),
            before={"email": present.user.email, "role": present.role},
        )
        present.delete()


def limit_to_accounts(*, membership: Membership, accounts: Iterable[BillingAccount], by: Actor) -> None:
    """From now on he sees and pays only the invoices of these billing accounts; none takes the limit away.

    Raises ``Refusal`` for a main fleet manager, who decides about everything, and for accounts of another company.
    """
    with transaction.atomic():
        _lock(membership.customer)
        wanted = {account.pk: account for account in accounts}
        if any(account.customer_id != membership.customer_id for account in wanted.values()):
            raise Refusal(_("Choose billing accounts of the same company."), field="accounts")
        if wanted and membership.role == Role.OWNER:
            raise Refusal(_("A main fleet manager sees everything. Give another role first."), field="accounts")
        limits = AccountLimit.objects.for_customer(membership.customer_id).filter(membership=membership)
        before = {limit.billing_account_id: limit for limit in limits.select_related("billing_account")}
        if before.keys() == wanted.keys():
            return
        limits.exclude(billing_account__in=wanted).delete()
        for key in wanted.keys() - before.keys():
            AccountLimit.objects.create(
                customer_id=membership.customer_id, membership=membership, billing_account_id=key
            )
        record(
            AuditKind.ACCOUNTS_LIMITED,
            by=by,
            customer_id=membership.customer_id,
            subject=membership,
            label=str(membership.user),
            before={"accounts": sorted(limit.billing_account.number for limit in before.values())},
            after={"accounts": sorted(account.number for account in wanted.values())},
        )


def change_profile(*, user: User, first_name: str, last_name: str, language: str, customer_id: int | None) -> User:
    """A person changes his own name and language; ``customer_id`` is the company he works in now."""
    names = ("first_name", "last_name", "language")
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        before = {name: getattr(user, name) for name in names}
        user.first_name, user.last_name, user.language = first_name, last_name, language
        after = {name: getattr(user, name) for name in names}
        if before != after:
            user.save(update_fields=names)
            record(
                AuditKind.PROFILE_CHANGED,
                by=Actor.user(user),
                customer_id=customer_id,
                subject=user,
                before=before,
                after=after,
            )
    return user


@dataclass(frozen=True, slots=True)
class MailClaim:
    """The right to send one invitation's mail now, and the only place where its token exists in the clear."""

    invitation: Invitation
    token: str


def claim_mail(*, invitation_id: int) -> MailClaim | None:
    """Compare-and-set: None when it is not due, somebody else is sending it, or it is no longer open.

    Should the sender die after sending and before :func:`mark_sent`, a second mail follows after :data:`MAIL_LEASE`;
    its link works and the first mail's does not. No mail is ever left out.
    """
    token = secrets.token_urlsafe(32)
    mine = Invitation.objects.across_customers(reason="mails of every company are sent alike").filter(pk=invitation_id)
    claimed = mine.filter(
        mail_due_at__lte=Now(), accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    ).update(token_hash=hash_of_token(token), mail_due_at=Now() + MAIL_LEASE)
    return MailClaim(mine.select_related("customer").get(), token) if claimed else None


def mark_sent(*, claim: MailClaim) -> None:
    """Nothing more to send, unless it was asked for again in the meantime."""
    Invitation.objects.for_customer(claim.invitation.customer_id).filter(
        pk=claim.invitation.pk, token_hash=hash_of_token(claim.token)
    ).update(mail_due_at=None, sent_at=Now())


def sweep_mails() -> int:
    """Wake a worker for every mail that is due: what a lost message or a dead worker left. Returns how many."""
    due = Invitation.objects.across_customers(reason="lost mails of every company are found again").filter(
        mail_due_at__lte=Now(), accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    )
    ids = list(due.order_by("mail_due_at").values_list("pk", flat=True)[:200])
    for invitation_id in ids:
        wake("accounts.send_invitation", invitation_id, queue="mail")
    return len(ids)


def _deadline() -> datetime:
    return timezone.now() + timedelta(hours=settings.INVITATION_LIFETIME_HOURS)


def _lock(customer: Customer) -> None:
    """Invitations of one company are made one after the other."""
    Customer.objects.select_for_update().get(pk=customer.pk)


def _locked(invitation: Invitation) -> Invitation:
    """The invitation as it is now, locked; refused when it is no longer open."""
    found: Invitation = (
        Invitation.objects.for_customer(invitation.customer_id)
        .select_for_update(of=("self",))
        .select_related("customer")
        .get(pk=invitation.pk)
    )
    if not found.is_open:
        raise Refusal(_("This invitation was accepted or withdrawn in the meantime."))
    return found


def _claimed(token: str) -> Invitation:
    """The usable invitation of ``token``, locked, so that two clicks let one person in once."""
    found: Invitation | None = (
        Invitation.objects.across_customers(reason="who opens the link is not in a company yet")
        .select_for_update(of=("self",))
        .select_related("customer")
        .filter(token_hash=hash_of_token(token), accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
        .first()
    )
    if found is None:
        raise InvitationGone
    return found


def _check_may_give(role: str, *, customer: Customer, by: Actor) -> None:
    """Nobody gives more than he has; read from the database now, not from the session."""
    if role not in Role.values:
        raise Refusal(_("Choose one of the roles."), field="role")
    if by.kind != "user":
        return
    own = Membership.objects.for_customer(customer).filter(user_id=by.id).values_list("role", flat=True).first()
    if own is None or not PERMISSIONS[role] <= PERMISSIONS[own]:
        raise Refusal(_("You can only give a role that is not above your own."), field="role")


def _check_is_new(email: str, *, customer: Customer) -> None:
    if Membership.objects.for_customer(customer).filter(user__email__iexact=email).exists():
        raise Refusal(_("%(email)s manages this fleet already.") % {"email": email}, field="emails")
    waiting = Invitation.objects.for_customer(customer).filter(accepted_at=None, revoked_at=None)
    if waiting.filter(email__iexact=email).exists():
        message = _("%(email)s has an open invitation. Send that one again from the list.")
        raise Refusal(message % {"email": email}, field="emails")


def _admit(invitation: Invitation, user: User) -> Membership:
    membership: Membership
    membership, _made = Membership.objects.for_customer(invitation.customer).get_or_create(
        customer=invitation.customer, user=user, defaults={"role": invitation.role}
    )
    invitation.accepted_at = timezone.now()
    invitation.token_hash = None
    invitation.mail_due_at = None
    invitation.save(update_fields=["accepted_at", "token_hash", "mail_due_at"])
    _record(AuditKind.INVITATION_ACCEPTED, invitation, by=Actor.user(user))
    return membership


def _record(kind: AuditKind, invitation: Invitation, *, by: Actor) -> None:
    record(
        kind,
        by=by,
        customer_id=invitation.customer_id,
        subject=invitation,
        label=invitation.email,
        after={"role": invitation.role, "language": invitation.language, "expires_at": str(invitation.expires_at)},
    )
