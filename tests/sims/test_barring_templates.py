"""Templates of barrings: kept under a name, applied as a request of its own."""

import pytest
from django.utils import translation

from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, OrderKind
from sims.forms.activation import Days
from sims.forms.barrings import BarringsOfManyForm
from sims.forms.plan_change import OptionsForm, PlanForm
from sims.models import BarringTemplate
from sims.orders.kinds.barrings import BarringsWish, exactly
from sims.orders.kinds.plan import PlanWish
from sims.queries.barrings import barring_templates, followed
from sims.services import barring_templates as services
from tests import factories
from tests.audit.expect import expect_audit


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def by_alice(alice):
    return Actor.user(alice)


@pytest.fixture
def save(noordkaai, by_alice):
    def _save(name="At home", codes=("ROAM_ALL",), **arguments) -> BarringTemplate:
        return services.save_template(customer=noordkaai, name=name, codes=codes, by=by_alice, **arguments)

    return _save


def test_a_template_keeps_what_is_not_contained(save, noordkaai):
    template = save(codes=("ROAM_ALL", "ROAM_DATA", "DCB"))

    assert template.codes == ["DCB", "ROAM_ALL"]
    event = expect_audit(AuditKind.BARRING_TEMPLATE_SAVED, customer=noordkaai, subject=template)
    assert (event.before, event.after) == ({}, {"name": "At home", "codes": ["DCB", "ROAM_ALL"]})


def test_a_change_is_recorded_with_what_was(save):
    template = save()
    assert save(name="Nowhere", codes=("DATA_ALL",), template=template).pk == template.pk

    event = expect_audit(AuditKind.BARRING_TEMPLATE_SAVED, subject=template, count=2)
    assert (event.before["codes"], event.after["name"]) == (["ROAM_ALL"], "Nowhere")


def test_a_name_is_unique_in_a_company_only(save, zuidpark, by_alice):
    save()
    with pytest.raises(Refusal, match="this name already") as refused:
        save()
    assert refused.value.field == "name"
    services.save_template(customer=zuidpark, name="At home", codes=("MMS",), by=by_alice)


@pytest.mark.parametrize("codes", [(), ("VOICEMAIL",)])
def test_a_template_bars_something_that_can_be_barred(save, codes):
    with pytest.raises(Refusal):
        save(codes=codes)


def test_a_company_keeps_thirty(save, noordkaai, monkeypatch):
    monkeypatch.setattr(services, "MOST_TEMPLATES", 1)
    template = save()
    with pytest.raises(Refusal, match="There are 1 templates"):
        save(name="Another")
    save(name="The same", template=template)


def test_what_was_removed_meanwhile_is_not_made_again(save, noordkaai, by_alice):
    template = save()
    services.remove_template(template=barring_templates(noordkaai).get(), by=by_alice)

    expect_audit(AuditKind.BARRING_TEMPLATE_REMOVED, customer=noordkaai)
    with pytest.raises(Refusal, match="removed this template"):
        save(name="Again", template=template)
    assert not barring_templates(noordkaai).exists()


def test_a_line_follows_a_template_with_exactly_its_barrings(save, noordkaai):
    template = save()
    templates = list(barring_templates(noordkaai))
    assert followed(templates, ["ROAM_ALL", "ROAM_DATA"]) == template
    assert followed(templates, ["ROAM_ALL", "DCB"]) is None
    assert followed(templates, []) is None


def many(customer, **data) -> BarringsOfManyForm:
    return BarringsOfManyForm({"when": "now", **data}, days=Days(OrderKind.BARRINGS), customer=customer)


def test_many_lines_get_a_template_or_some_barrings(save, noordkaai):
    template = save()
    form = many(noordkaai, template=template.public_id)
    assert form.is_valid(), form.errors
    assert form.wish() == exactly(("ROAM_ALL",))

    form = many(noordkaai, bar=["DCB"], allow=["MMS"])
    assert form.is_valid(), form.errors
    assert form.wish() == BarringsWish(bar=("DCB",), allow=("MMS",))


def test_a_wish_for_many_lines_makes_sense(noordkaai):
    assert "Choose a template" in str(many(noordkaai).errors)
    assert "“Data roaming” cannot be barred and allowed" in str(
        many(noordkaai, bar=["ROAM_ALL"], allow=["ROAM_DATA"]).errors
    )


def test_a_template_of_another_company_does_not_exist(save, noordkaai, zuidpark):
    assert "Choose a template from the list" in str(many(zuidpark, template=save().public_id).errors)


def test_many_lines_get_another_plan_or_options(noordkaai):
    plan = factories.TariffPlanFactory(customer=noordkaai, code="MAX")
    old = factories.TariffPlanFactory(customer=noordkaai, is_available=False)
    option = factories.PlanOptionFactory(customer=noordkaai, code="WORLD", is_available=False)
    fixed = {"customer": noordkaai, "days": Days(OrderKind.PLAN)}

    form = PlanForm({"when": "now", "plan": plan.code}, **fixed)
    assert form.is_valid(), form.errors
    assert form.wish() == PlanWish(plan="MAX")
    assert "Choose another one" in str(PlanForm({"when": "now", "plan": old.code}, **fixed).errors)

    form = OptionsForm({"when": "now", "remove": [option.code]}, **fixed)
    assert form.is_valid(), form.errors
    assert form.wish() == PlanWish(remove=("WORLD",))
    assert "cannot be chosen any more" in str(OptionsForm({"when": "now", "add": [option.code]}, **fixed).errors)
    assert "Choose an option" in str(OptionsForm({"when": "now"}, **fixed).errors)
