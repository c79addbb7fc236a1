"""The page of fleet managers: who sees it, who may act on it, and never another company's."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts import queries, services
from accounts.enums import AuditKind
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from tests.audit.expect import expect_audit

FORM = {"emails": "jef@noordkaai.example", "role": "manager", "language": "fr"}


@pytest.fixture
def invitation(noordkaai):
    return services.invite(
        customer=noordkaai, email="jef@noordkaai.example", role=Role.MANAGER, language="nl", by=Actor.ops("test")
    )


@pytest.fixture
def foreign_invitation(zuidpark):
    return services.invite(
        customer=zuidpark, email="zoe@zuidpark.example", role=Role.MANAGER, language="nl", by=Actor.ops("test")
    )


@pytest.mark.parametrize("who", ["owner", "alice", "bob"])
def test_every_member_sees_who_manages_the_fleet(request, who, client_for, invitation, foreign_invitation, charlie):
    page = client_for(request.getfixturevalue(who)).get(reverse("people")).content.decode()
    assert "jef@noordkaai.example" in page
    assert "zuidpark" not in page.lower()


def test_only_owners_see_the_actions(owner, alice, client_for, invitation):
    assert reverse("invite") in client_for(owner).get(reverse("people")).content.decode()
    for name in ("invitation_resend", "invitation_revoke"):
        url = reverse(name, args=[invitation.public_id])
        assert url in client_for(owner).get(reverse("people")).content.decode()
        assert url not in client_for(alice).get(reverse("people")).content.decode()


@pytest.mark.parametrize("who", ["alice", "bob"])
@pytest.mark.parametrize("name", ["invite", "invitation_resend", "invitation_revoke"])
def test_without_the_right_nothing_can_be_done(request, who, name, client_for, invitation):
    client = client_for(request.getfixturevalue(who))
    args = [] if name == "invite" else [invitation.public_id]
    assert client.post(reverse(name, args=args), FORM | {"emails": "new@x.example"}).status_code == 403
    assert queries.open_invitations(invitation.customer).get() == invitation


@pytest.mark.parametrize("name", ["people", "invite"])
def test_strangers_are_sent_to_sign_in(name, db):
    assert Client().get(reverse(name)).url.startswith(reverse("account_login"))


def test_inviting_several_people(owner, noordkaai, client_for):
    answer = client_for(owner).post(
        reverse("invite"), FORM | {"emails": "jef@noordkaai.example, Mia@noordkaai.example\nmia@noordkaai.example"}
    )
    assert answer.url == reverse("people")
    found = queries.open_invitations(noordkaai).order_by("email")
    assert [(i.email, i.role, i.language) for i in found] == [
        ("jef@noordkaai.example", "manager", "fr"),
        ("mia@noordkaai.example", "manager", "fr"),
    ]
    expect_audit(AuditKind.INVITATION_CREATED, customer=noordkaai, by=owner, count=2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"emails": ""}, "emails"),
        ({"emails": "jef@noordkaai.example, geen adres"}, "emails"),
        ({"emails": " ".join(f"p{n}@x.example" for n in range(21))}, "emails"),
        ({"emails": "owner@noordkaai.example"}, "emails"),
        ({"role": "superadmin"}, "role"),
        ({"role": ""}, "role"),
        ({"language": "de"}, "language"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_nobody_is_invited(owner, noordkaai, client_for, change, field):
    answer = client_for(owner).post(reverse("invite"), FORM | change)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not queries.open_invitations(noordkaai).exists()


def test_a_forged_company_is_not_listened_to(owner, noordkaai, zuidpark, client_for):
    client_for(owner).post(reverse("invite"), FORM | {"customer": zuidpark.pk, "company": zuidpark.slug})
    assert queries.open_invitations(noordkaai).count() == 1
    assert not queries.open_invitations(zuidpark).exists()


def test_the_invite_answer_does_not_tell_whether_an_address_has_an_account_elsewhere(owner, charlie, client_for):
    client = client_for(owner)
    known = client.post(reverse("invite"), FORM | {"emails": charlie.email})
    unknown = client.post(reverse("invite"), FORM | {"emails": "nobody@zuidpark.example"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_withdrawing_asks_first(owner, client_for, invitation):
    client = client_for(owner)
    url = reverse("invitation_revoke", args=[invitation.public_id])
    assert client.get(url).status_code == 200
    assert queries.open_invitations(invitation.customer).exists()
    assert client.post(url).url == reverse("people")
    assert not queries.open_invitations(invitation.customer).exists()


@pytest.mark.parametrize("name", ["invitation_resend", "invitation_revoke"])
def test_another_companys_invitation_is_not_found(owner, client_for, foreign_invitation, name):
    answer = client_for(owner).post(reverse(name, args=[foreign_invitation.public_id]))
    assert answer.status_code == 404
    foreign_invitation.refresh_from_db()
    assert foreign_invitation.is_open


def test_sending_again_by_get_does_nothing(owner, client_for, invitation):
    assert client_for(owner).get(reverse("invitation_resend", args=[invitation.public_id])).status_code == 405


def test_the_page_costs_the_same_with_one_and_with_three_invitations(
    owner, noordkaai, client_for, django_assert_max_num_queries, invitation
):
    client = client_for(owner)
    client.get(reverse("people"))
    with django_assert_max_num_queries(50) as one:
        client.get(reverse("people"))
    for n in range(2):
        services.invite(
            customer=noordkaai, email=f"p{n}@x.example", role=Role.VIEWER, language="nl", by=Actor.ops("test")
        )
    with django_assert_max_num_queries(len(one)):
        client.get(reverse("people"))
