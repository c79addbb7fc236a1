"""Asking people in and letting them in: services and the outbox of mails."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import queries, services, tasks
from accounts.enums import AuditKind
from accounts.models import Invitation, Membership, User
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from tests.audit.expect import expect_audit

OPS = Actor.ops("test")
PERSON = services.NewPerson("Jef", "Vermeulen", "fr", "drie groene olifanten")


def invited(customer, email="jef@noordkaai.example", role=Role.MANAGER, by=OPS, language="nl") -> Invitation:
    return services.invite(customer=customer, email=email, role=role, language=language, by=by)


def token_in(mail) -> str:
    return mail.body.split("/invitations/")[1].split("/")[0]


def sent_token(invitation, mailoutbox) -> str:
    """Run the mail task and take the link's token out of the mail, as the invited person would."""
    tasks.send_invitation(invitation.pk)
    return token_in(mailoutbox[-1])


def test_an_invitation_is_recorded_with_who_asked(noordkaai, owner):
    invitation = invited(noordkaai, by=Actor.user(owner))
    assert (invitation.role, invitation.invited_by_name) == (Role.MANAGER, "Olga Owner")
    assert timedelta(hours=71) < invitation.expires_at - timezone.now() <= timedelta(hours=72)
    expect_audit(AuditKind.INVITATION_CREATED, customer=noordkaai, subject=invitation, by=owner)


def test_the_address_is_kept_without_case(noordkaai):
    assert invited(noordkaai, email=" Jef@Noordkaai.Example ").email == "jef@noordkaai.example"


def test_only_the_hash_of_the_token_is_stored(noordkaai, mailoutbox):
    invitation = invited(noordkaai)
    assert invitation.token_hash is None
    token = sent_token(invitation, mailoutbox)
    invitation.refresh_from_db()
    assert len(token) >= 43
    assert invitation.token_hash == queries.hash_of_token(token)
    assert token not in str(Invitation.objects.for_customer(noordkaai).values().get())


@pytest.mark.parametrize("email", ["bob@noordkaai.example", "BOB@noordkaai.example"])
def test_who_is_in_already_is_not_invited(noordkaai, bob, email):
    with pytest.raises(Refusal) as refusal:
        invited(noordkaai, email=email)
    assert refusal.value.field == "emails"


def test_a_second_open_invitation_is_refused_but_another_company_may_ask(noordkaai, zuidpark):
    invited(noordkaai)
    with pytest.raises(Refusal):
        invited(noordkaai, email="JEF@noordkaai.example")
    assert invited(zuidpark).customer == zuidpark


def test_several_at_once_are_all_invited_or_none(noordkaai, owner, bob):
    with pytest.raises(Refusal):
        services.invite_many(
            customer=noordkaai,
            emails=["jef@noordkaai.example", "bob@noordkaai.example"],
            role=Role.VIEWER,
            language="nl",
            by=Actor.user(owner),
        )
    assert not queries.open_invitations(noordkaai).exists()


@pytest.mark.parametrize(("who", "role"), [("alice", Role.OWNER), ("bob", Role.MANAGER), ("bob", Role.OWNER)])
def test_nobody_gives_a_role_above_his_own(noordkaai, request, who, role):
    with pytest.raises(Refusal) as refusal:
        invited(noordkaai, role=role, by=Actor.user(request.getfixturevalue(who)))
    assert refusal.value.field == "role"


def test_a_member_of_another_company_gives_nothing_here(noordkaai, charlie):
    with pytest.raises(Refusal):
        invited(noordkaai, role=Role.VIEWER, by=Actor.user(charlie))


def test_an_unknown_role_is_refused(noordkaai):
    with pytest.raises(Refusal):
        invited(noordkaai, role="superadmin")


def test_a_new_person_gets_account_membership_and_a_proven_address(noordkaai, mailoutbox):
    invitation = invited(noordkaai)
    membership = services.accept_as_new_person(token=sent_token(invitation, mailoutbox), person=PERSON)
    user = membership.user
    assert (membership.customer, membership.role) == (noordkaai, Role.MANAGER)
    assert (user.email, user.language, user.get_full_name()) == ("jef@noordkaai.example", "fr", "Jef Vermeulen")
    assert user.check_password(PERSON.password)
    assert user.emailaddress_set.get().verified
    expect_audit(AuditKind.INVITATION_ACCEPTED, customer=noordkaai, subject=invitation, by=user)


def test_a_link_works_once(noordkaai, mailoutbox):
    token = sent_token(invited(noordkaai), mailoutbox)
    services.accept_as_new_person(token=token, person=PERSON)
    with pytest.raises(services.InvitationGone):
        services.accept_as_new_person(token=token, person=PERSON)
    assert User.objects.filter(email="jef@noordkaai.example").count() == 1


def test_an_expired_link_lets_nobody_in(noordkaai, mailoutbox):
    invitation = invited(noordkaai)
    token = sent_token(invitation, mailoutbox)
    Invitation.objects.for_customer(noordkaai).update(expires_at=timezone.now())
    with pytest.raises(services.InvitationGone):
        services.accept_as_new_person(token=token, person=PERSON)
    assert not User.objects.filter(email=invitation.email).exists()


def test_withdrawing_kills_the_link(noordkaai, owner, mailoutbox):
    invitation = invited(noordkaai)
    token = sent_token(invitation, mailoutbox)
    services.revoke(invitation=invitation, by=Actor.user(owner))
    expect_audit(AuditKind.INVITATION_REVOKED, customer=noordkaai, subject=invitation, by=owner)
    with pytest.raises(services.InvitationGone):
        services.accept_as_new_person(token=token, person=PERSON)
    with pytest.raises(Refusal):
        services.resend(invitation=invitation, by=Actor.user(owner))


def test_sending_again_kills_the_older_link_and_gives_new_time(noordkaai, owner, mailoutbox):
    invitation = invited(noordkaai)
    old = sent_token(invitation, mailoutbox)
    Invitation.objects.for_customer(noordkaai).update(expires_at=timezone.now())
    services.resend(invitation=invitation, by=Actor.user(owner))
    assert queries.usable_invitation(old) is None
    new = sent_token(invitation, mailoutbox)
    assert queries.usable_invitation(new) == invitation
    expect_audit(AuditKind.INVITATION_RESENT, customer=noordkaai, subject=invitation, by=owner)


def test_sending_again_twice_at_once_sends_one_mail(noordkaai, owner, mailoutbox):
    invitation = invited(noordkaai)
    sent_token(invitation, mailoutbox)
    services.resend(invitation=invitation, by=Actor.user(owner))
    services.resend(invitation=invitation, by=Actor.user(owner))
    tasks.send_invitation(invitation.pk)
    tasks.send_invitation(invitation.pk)
    assert len(mailoutbox) == 2
    expect_audit(AuditKind.INVITATION_RESENT, subject=invitation)


def test_a_known_person_joins_with_the_invited_role(noordkaai, charlie, mailoutbox):
    token = sent_token(invited(noordkaai, email=charlie.email, role=Role.VIEWER), mailoutbox)
    membership = services.accept(token=token, user=charlie)
    assert (membership.customer, membership.role) == (noordkaai, Role.VIEWER)
    assert Membership.objects.for_customer(noordkaai).filter(user=charlie).count() == 1


def test_a_known_person_cannot_use_the_link_of_another(noordkaai, charlie, mailoutbox):
    token = sent_token(invited(noordkaai), mailoutbox)
    with pytest.raises(services.InvitationGone):
        services.accept(token=token, user=charlie)
    assert queries.usable_invitation(token)


def test_an_invitation_of_a_known_address_makes_no_second_account(noordkaai, charlie, mailoutbox):
    token = sent_token(invited(noordkaai, email=charlie.email), mailoutbox)
    with pytest.raises(Refusal):
        services.accept_as_new_person(token=token, person=PERSON)
    assert queries.usable_invitation(token)


# --- the outbox of mails ---------------------------------------------------------------------------------------------


def test_the_mail_speaks_the_invited_persons_language_and_holds_nothing_but_the_link(noordkaai, owner, mailoutbox):
    invitation = invited(noordkaai, by=Actor.user(owner), language="en")
    token = sent_token(invitation, mailoutbox)
    mail = mailoutbox[0]
    html = mail.alternatives[0].content
    assert mail.to == ["jef@noordkaai.example"]
    assert mail.subject == "Invitation to manage the SIM cards of Noordkaai Logistics NV"
    for body in (mail.body, html):
        assert "Olga Owner invites you" in body
        assert f"http://localhost:8000/invitations/{token}/" in body
    assert '<html lang="en">' in html


def test_one_mail_however_often_the_task_runs(noordkaai, mailoutbox):
    invitation = invited(noordkaai)
    for _ in range(3):
        tasks.send_invitation(invitation.pk)
    invitation.refresh_from_db()
    assert len(mailoutbox) == 1
    assert invitation.sent_at
    assert invitation.mail_due_at is None


def test_the_sweep_finds_a_mail_whose_message_was_lost(noordkaai, django_capture_on_commit_callbacks):
    invitation = invited(noordkaai)
    with django_capture_on_commit_callbacks() as woken:
        assert services.sweep_mails() == 1
    assert len(woken) == 1
    tasks.send_invitation(invitation.pk)
    assert services.sweep_mails() == 0


def test_a_mail_server_that_is_gone_delays_the_mail_and_loses_nothing(noordkaai, settings, mailoutbox):
    invitation = invited(noordkaai)
    usual = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    tasks.send_invitation(invitation.pk)
    invitation.refresh_from_db()
    assert invitation.sent_at is None
    assert timezone.now() < invitation.mail_due_at <= timezone.now() + services.MAIL_LEASE
    assert services.sweep_mails() == 0
    settings.EMAIL_BACKEND = usual
    Invitation.objects.for_customer(noordkaai).update(mail_due_at=timezone.now() - timedelta(seconds=1))
    assert services.sweep_mails() == 1
    assert queries.usable_invitation(sent_token(invitation, mailoutbox)) == invitation


def test_a_sender_that_died_after_sending_leads_to_one_more_mail_whose_link_works(noordkaai, mailoutbox):
    invitation = invited(noordkaai)
    lost = services.claim_mail(invitation_id=invitation.pk)
    assert services.claim_mail(invitation_id=invitation.pk) is None
    Invitation.objects.for_customer(noordkaai).update(mail_due_at=timezone.now() - timedelta(seconds=1))
    token = sent_token(invitation, mailoutbox)
    services.mark_sent(claim=lost)
    assert queries.usable_invitation(lost.token) is None
    assert queries.usable_invitation(token) == invitation
    assert len(mailoutbox) == 1


def test_no_mail_goes_out_for_what_is_withdrawn_or_expired(noordkaai, zuidpark, mailoutbox):
    withdrawn = services.revoke(invitation=invited(noordkaai), by=OPS)
    expired = invited(zuidpark)
    Invitation.objects.for_customer(zuidpark).update(expires_at=timezone.now())
    for invitation in (withdrawn, expired):
        tasks.send_invitation(invitation.pk)
    assert services.sweep_mails() == 0
    assert not mailoutbox


def test_an_invitation_mail_is_never_shared_between_companies(noordkaai, zuidpark, mailoutbox):
    first, second = invited(noordkaai), invited(zuidpark)
    token = sent_token(first, mailoutbox)
    tasks.send_invitation(second.pk)
    assert services.accept_as_new_person(token=token, person=PERSON).customer == noordkaai
    assert not Membership.objects.for_customer(zuidpark).filter(user__email="jef@noordkaai.example").exists()
