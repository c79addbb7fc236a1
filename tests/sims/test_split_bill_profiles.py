"""The company's split bill profiles: added, renamed, replaced by a new version, retired, and shown in words."""

from decimal import Decimal

import pytest
from django.urls import reverse

from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, CostCategory, SplitBillKind
from sims.models import Line, SplitBillProfile
from sims.queries.costs import in_words
from sims.queries.split_bill import profiles_of
from sims.services.split_bill import ProfileTerms, add_profile, rename_profile, replace_profile, retire_profile
from tests import factories
from tests.audit.expect import expect_audit

pytestmark = pytest.mark.django_db
C = CostCategory


@pytest.fixture
def by(alice) -> Actor:
    alice.language = "en"
    alice.save()
    return Actor.user(alice)


@pytest.fixture
def client(by, alice, client_for):
    return client_for(alice)


@pytest.fixture
def profile(noordkaai) -> SplitBillProfile:
    return factories.SplitBillProfileFactory(customer=noordkaai, name="Fixed")


def usable(customer) -> list[SplitBillProfile]:
    return list(SplitBillProfile.objects.for_customer(customer).filter(retired_at=None))


FORMS = {
    SplitBillKind.FIXED_AMOUNT: ({"amount": "25,50"}, "The company pays € 25,50 per month."),
    SplitBillKind.PERCENTAGE: ({"percentage": "50"}, "The company pays 50%."),
    SplitBillKind.PERCENTAGE_MAX: (
        {"capped_percentage": "80", "maximum": "20"},
        "The company pays 80%, at most € 20,00 per month.",
    ),
    SplitBillKind.PER_CATEGORY: (
        {"share_subscription": "100", "share_voice": "12,5"}
        | {f"share_{c}": "0" for c in ("options", "sms", "data", "roaming", "international")},
        "The company pays: Subscription 100%, Calls 12,50%.",
    ),
    SplitBillKind.EXCEPT_USAGE: (
        {"employee_categories": ["roaming", "sms"]},
        "The company pays everything except: Abroad, Text messages.",
    ),
}


@pytest.mark.parametrize("kind", SplitBillKind)
def test_a_profile_of_each_kind_is_added_and_told_in_words(client, noordkaai, alice, kind):
    alice.language = "nl"
    alice.save()
    fields, _words = FORMS[kind]
    response = client.post(reverse("split_bill_add"), {"name": "Nieuw", "kind": kind, **fields}, follow=True)

    assert response.redirect_chain
    added = usable(noordkaai)[0]
    assert (added.name, added.kind) == ("Nieuw", kind)
    event = expect_audit(AuditKind.SPLIT_BILL_ADDED, subject=added, by=alice)
    assert event.after["terms"]["kind"] == kind
    assert in_words(added) in response.content.decode().replace("&nbsp;", "\u00a0")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"kind": "fixed_amount"}, "amount"),
        ({"kind": "fixed_amount", "amount": "-1"}, "amount"),
        ({"kind": "fixed_amount", "amount": "10001"}, "amount"),
        ({"kind": "fixed_amount", "amount": "1.005"}, "amount"),
        ({"kind": "percentage", "percentage": "101"}, "percentage"),
        ({"kind": "percentage_max", "capped_percentage": "50"}, "maximum"),
        ({"kind": "per_category", "share_voice": "200"}, "share_voice"),
        ({"kind": "except_usage"}, "employee_categories"),
        ({"kind": "except_usage", "employee_categories": ["third_party"]}, "employee_categories"),
        ({"kind": "else"}, "kind"),
        ({"name": "", "kind": "fixed_amount", "amount": "5"}, "name"),
    ],
)
def test_what_is_missing_or_impossible_is_told_beside_its_field(client, noordkaai, fields, wrong):
    response = client.post(reverse("split_bill_add"), {"name": "New", **fields})
    assert response.status_code == 422
    assert wrong in response.context["form"].errors
    assert not usable(noordkaai)


def test_what_was_left_in_another_part_of_the_form_does_no_harm(client, noordkaai):
    fields = {"name": "New", "kind": "fixed_amount", "amount": "5", "percentage": "abc", "share_voice": "900"}
    assert client.post(reverse("split_bill_add"), fields).status_code == 302
    assert usable(noordkaai)[0].company_amount == 5


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (ProfileTerms(SplitBillKind.FIXED_AMOUNT), "amount"),
        (ProfileTerms(SplitBillKind.FIXED_AMOUNT, company_amount=Decimal(10_001)), "amount"),
        (ProfileTerms(SplitBillKind.PERCENTAGE), "percentage"),
        (ProfileTerms(SplitBillKind.PERCENTAGE, company_percentage=Decimal("100.01")), "percentage"),
        (ProfileTerms(SplitBillKind.PER_CATEGORY, category_percentages={C.VOICE: "-1"}), "percentage"),
        (ProfileTerms(SplitBillKind.PER_CATEGORY, category_percentages={C.THIRD_PARTY: "10"}), None),
        (ProfileTerms(SplitBillKind.EXCEPT_USAGE, employee_categories=(C.SUBSCRIPTION,)), "employee_categories"),
    ],
)
def test_the_service_refuses_impossible_terms(noordkaai, by, terms, field):
    with pytest.raises(Refusal) as refusal:
        add_profile(customer=noordkaai, name="New", terms=terms, by=by)
    assert refusal.value.field == field


def test_a_name_is_taken_once(client, noordkaai, zuidpark, by, profile):
    factories.SplitBillProfileFactory(customer=zuidpark, name="Other")
    terms = {"kind": "fixed_amount", "amount": "5"}
    response = client.post(reverse("split_bill_add"), {"name": "Fixed", **terms})
    assert "name" in response.context["form"].errors
    assert client.post(reverse("split_bill_add"), {"name": "Other", **terms}).status_code == 302


def test_a_name_changes_without_the_terms(client, by, profile):
    client.post(reverse("split_bill_rename", args=[profile.public_id]), {"name": "Sales"})
    profile.refresh_from_db()
    assert profile.name == "Sales"
    event = expect_audit(AuditKind.SPLIT_BILL_RENAMED, subject=profile)
    assert (event.before["name"], event.after["name"]) == ("Fixed", "Sales")
    rename_profile(profile=profile, name="Sales", by=by)
    expect_audit(AuditKind.SPLIT_BILL_RENAMED, subject=profile)


def test_new_terms_are_a_new_version_and_lines_keep_the_old_one(client, noordkaai, profile):
    line = factories.LineFactory(customer=noordkaai, split_bill=True, split_bill_profile=profile)
    client.post(reverse("split_bill_replace", args=[profile.public_id]), {"kind": "percentage", "percentage": "60"})

    new = usable(noordkaai)[0]
    assert (new.name, new.kind, new.replaces) == ("Fixed", SplitBillKind.PERCENTAGE, profile)
    line.refresh_from_db()
    assert line.split_bill_profile == profile
    assert line.split_bill_profile.company_amount == 25
    expect_audit(AuditKind.SPLIT_BILL_REPLACED, subject=new)
    assert [(row.profile, row.lines, row.is_retired) for row in profiles_of(noordkaai)] == [
        (new, 0, False),
        (profile, 1, True),
    ]


def test_the_same_terms_are_no_new_version(noordkaai, by, profile):
    same = ProfileTerms(SplitBillKind.FIXED_AMOUNT, company_amount=Decimal("25.00"))
    with pytest.raises(Refusal, match="already"):
        replace_profile(profile=profile, terms=same, by=by)
    assert usable(noordkaai) == [profile]


def test_a_retired_profile_is_over(client, noordkaai, by, profile):
    url = reverse("split_bill_retire", args=[profile.public_id])
    assert client.post(url).status_code == 303
    expect_audit(AuditKind.SPLIT_BILL_RETIRED, subject=profile)
    assert not usable(noordkaai)
    assert not profiles_of(noordkaai)
    assert client.post(url).status_code == 404
    with pytest.raises(Refusal, match="meantime"):
        retire_profile(profile=profile, by=by)
    with pytest.raises(Refusal, match="meantime"):
        rename_profile(profile=profile, name="Again", by=by)


def test_the_list_counts_living_lines_only(noordkaai, profile):
    factories.LineFactory.create_batch(2, customer=noordkaai, split_bill=True, split_bill_profile=profile)
    Line.objects.for_customer(noordkaai).filter(pk=Line.objects.for_customer(noordkaai)[0].pk).update(
        state="terminated"
    )
    assert [row.lines for row in profiles_of(noordkaai)] == [1]


@pytest.mark.parametrize("who", ["bob", "rita"])
def test_who_may_not_change_lines_reads_the_profiles_and_changes_none(request, client_for, profile, who):
    client = client_for(request.getfixturevalue(who))
    page = client.get(reverse("split_bill_list")).content.decode()
    assert "Fixed" in page and reverse("split_bill_add") not in page
    assert client.post(reverse("split_bill_rename", args=[profile.public_id]), {"name": "X"}).status_code == 403
