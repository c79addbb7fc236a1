"""A hostile colleague of another company: every field, id and cache that could hand over what is not his."""

import uuid

import pytest
from django.core.cache import caches
from django.urls import reverse

from sims.enums import LineState
from sims.models import Line, Order, PortInRequest, SavedView, Subscriber
from sims.queries import counts
from tests import factories
from tests.architecture.world import belongings
from tests.sims.wizard import Shop, answer, walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(noordkaai) -> Shop:
    return Shop(noordkaai)


@pytest.fixture
def theirs(zuidpark) -> Shop:
    shop = Shop(zuidpark)
    shop.person.last_name = "Vreemdeling"
    shop.person.save()
    return shop


@pytest.mark.parametrize("field", ["card", "employee", "plan", "option", "account", "centre", "profile"])
def test_the_wizard_takes_no_key_of_another_company(field, shop, theirs, alice, zuidpark, client_for):
    client, key = client_for(alice), uuid.uuid4()
    factories.SubscriberFactory(customer=zuidpark)
    steps = {
        "card": [shop.card_answers(iccid=theirs.card.iccid)],
        "employee": [shop.card_answers(), shop.employee_answers(subscriber=str(theirs.person.public_id))],
        "plan": [
            *shop.steps()[:2],
            {"plan": theirs.plan.pk, "option": [], "offered_for": theirs.plan.pk},
        ],
        "option": [*shop.steps()[:2], shop.plan_answers(option=[theirs.travel.pk])],
        "account": [*shop.steps()[:3], shop.billing_answers(billing_account=theirs.account.pk)],
        "centre": [*shop.steps()[:3], shop.billing_answers(cost_centre=theirs.centre.pk)],
        "profile": [*shop.steps()[:3], shop.billing_answers(split_bill="yes", split_bill_profile=999_999)],
    }[field]
    if len(steps) > 1:
        walk(client, key, steps[:-1])
    response = answer(client, key, len(steps), steps[-1])
    lines = Line.objects.for_customer(shop.customer)
    if field == "profile":  # none are offered, so none is taken
        assert not lines.exclude(split_bill_profile=None).exists()
    else:
        assert response.status_code == 422
        assert not lines.exists()
    assert theirs.person.last_name not in response.content.decode()


def test_a_draft_kept_with_foreign_keys_is_checked_again_when_it_is_sent(shop, theirs, alice, client_for):
    """Saving a draft checks nothing; sending must."""
    client, key = client_for(alice), uuid.uuid4()
    steps = shop.steps()
    walk(client, key, steps[:3])
    for number, answers in ((1, {"iccid": theirs.card.iccid, "number_kind": "new"}),
                            (2, {"who": "existing", "subscriber": str(theirs.person.public_id)}),
                            (3, {"plan": theirs.plan.pk, "offered_for": theirs.plan.pk})):  # fmt: skip
        answer(client, key, number, answers | {"draft": "1"})
        page = client.get(reverse("sim_add_step", args=[key, number])).content.decode()
        assert theirs.person.full_name not in page
        assert theirs.plan.code not in page
    response = answer(client, key, 4, steps[3])
    assert response.status_code == 422
    assert not Line.objects.for_customer(shop.customer).exists()
    assert not Subscriber.objects.for_customer(shop.customer).exclude(pk=shop.person.pk).exists()


def test_an_owned_card_elsewhere_reads_like_one_nobody_knows(shop, theirs, alice, client_for):
    """Typing numbers must not tell which ones another company has."""
    client = client_for(alice)
    used = Line.objects.for_customer(theirs.customer).select_related("sim").first().sim.iccid
    unknown = factories.iccid(777_000_000)[:14] + "9999" + "0"
    answers = {
        client.get(reverse("sim_add_card"), {"iccid": number}, headers={"HX-Request": "true"}).content
        for number in (theirs.card.iccid, used)
    }
    assert len(answers) == 1
    text = answers.pop().decode()
    assert theirs.customer.name not in text
    assert unknown not in text


def test_a_number_in_use_elsewhere_reads_like_one_of_ones_own(shop, theirs, alice, client_for):
    own = factories.LineFactory(customer=shop.customer, number="+32470000001")
    texts = []
    for number in (own.number, "+32499999999"):
        response = answer(client_for(alice), uuid.uuid4(), 1, shop.transfer_answers() | {"number": number})
        assert response.status_code == 422
        texts.append(str(response.context["form"].errors["number"]))
    assert texts[0] == texts[1]


def test_figures_kept_in_memory_are_those_of_ones_own_company(
    noordkaai, zuidpark, alice, charlie, client_for, monkeypatch
):
    monkeypatch.setattr(counts, "LARGE_FLEET", 0)
    caches["memory"].clear()
    factories.LineFactory.create_batch(3, customer=noordkaai)
    client_for(alice).get("/sims/")
    assert counts.fleet_counts(noordkaai).lines == 3
    response = client_for(charlie).get("/sims/")
    assert response.context["page"].total == 1
    assert counts.fleet_counts(zuidpark).lines == 1
    caches["memory"].clear()


@pytest.mark.parametrize("text", ["Zuiderling", "0499 99 99 99", "499999999", "zuiderling an"])
def test_no_search_reaches_another_company(text, noordkaai, zuidpark, alice, client_for):
    client = client_for(alice)
    for url, headers in (
        (reverse("search"), {}),
        (reverse("search"), {"HX-Request": "true", "HX-Request-Type": "partial"}),
        (reverse("sim_list"), {}),
        (reverse("sim_add_employees"), {"HX-Request": "true"}),
    ):
        page = client.get(url, {"q": text}, headers=headers).content.decode().replace(text, "")
        assert "Zuiderling" not in page
        assert "99 99 99" not in page


@pytest.mark.parametrize("name", ["plan", "account", "centre"])
def test_a_filter_on_another_companys_key_finds_nothing_and_names_nothing(name, noordkaai, zuidpark, alice, client_for):
    line = Line.objects.for_customer(zuidpark).get()
    keys = {"plan": line.plan_id, "account": line.billing_account_id, "centre": line.cost_centre_id}
    factories.LineFactory(customer=noordkaai)
    response = client_for(alice).get("/sims/", {name: keys[name]})
    assert response.context["page"].total == 0
    for text in (str(line.billing_account), str(line.cost_centre)):
        assert text not in response.content.decode()


def test_a_viewer_changes_nothing_with_forged_forms(noordkaai, owner, bob, client_for):
    ours = belongings(noordkaai, owner)
    client = client_for(bob)
    before = list(Order.objects.for_customer(noordkaai).values())
    waiting = Line.objects.for_customer(noordkaai).filter(state=LineState.NEW)
    new_before = set(waiting.values_list("pk", flat=True))
    for url in (
        reverse("order_cancel", args=[ours.order.pk]),
        reverse("order_reschedule", args=[ours.order.pk]),
        reverse("line_activate", args=[ours.new_line.public_id]),
        reverse("import_start", args=[ours.check.pk]),
        reverse("sim_add_step", args=[uuid.uuid4(), 1]),
        reverse("invite"),
    ):
        assert client.post(url, {"when": "first", "role": "owner", "emails": "x@y.example"}).status_code == 403
    assert list(Order.objects.for_customer(noordkaai).values()) == before
    assert set(waiting.all().values_list("pk", flat=True)) == new_before


def test_a_private_view_of_a_colleague_is_neither_seen_nor_removed(noordkaai, owner, bob, client_for):
    view = SavedView.objects.create(customer=noordkaai, owner=owner, name="My secret list", query="q=sofie")
    client = client_for(bob)
    assert "My secret list" not in client.get("/sims/").content.decode()
    assert client.post(reverse("saved_view_delete", args=[view.public_id])).status_code == 404


@pytest.mark.parametrize(
    "text", ["😀" * 100, "é" * 100, "%" * 100, "電" * 100], ids=["emoji", "accent", "percent", "kanji"]
)
def test_the_longest_search_in_any_alphabet_can_be_kept_and_exported(text, alice, noordkaai, client_for):
    client = client_for(alice)
    response = client.post(f"{reverse('saved_view_add')}?q={text}", {"name": "Longest"})
    assert response.status_code == 302
    view = SavedView.objects.for_customer(noordkaai).get()
    form = {"scope": "query", "query": view.query, "columns": "all", "format": "csv"}
    exported = client.post(reverse("sim_export"), form)
    assert exported.status_code == 200
    b"".join(exported.streaming_content)


def test_a_transfer_that_another_company_asked_for_is_not_told(noordkaai, zuidpark, shop, alice, client_for):
    line = factories.LineFactory(customer=zuidpark, number=None, state=LineState.NEW)
    PortInRequest.objects.create(
        customer=zuidpark, line=line, number="+32478112233", donor="Orange", donor_customer_number="1",
        holder_name="Zuidpark BV", mandate_by_name="C", mandate_at=line.created_at, mandate_text_version="1",
    )  # fmt: skip
    response = answer(client_for(alice), uuid.uuid4(), 1, shop.transfer_answers())
    assert b"Zuidpark" not in response.content
    assert response.status_code == 303
