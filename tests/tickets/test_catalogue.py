"""The subjects that come with the portal: complete in three languages, added once, editable without being undone."""

import json

import pytest
from django.core.exceptions import ValidationError

from tickets.catalogue.loading import FILE, load
from tickets.enums import FieldType
from tickets.models import Item, ItemField, Subject
from tickets.models.catalogue import texts_of

pytestmark = pytest.mark.django_db

SUBJECTS = ["sim", "network", "roaming", "invoice", "porting", "bundle", "portal", "device"]


def add_all(data=None) -> None:
    load(Subject.objects, Item.objects, ItemField.objects, data)


def test_the_help_desk_of_a_telecom_operator_is_there_from_the_start():
    assert list(Subject.objects.values_list("code", flat=True)) == SUBJECTS
    for subject in Subject.objects.prefetch_related("items__fields"):
        assert 2 <= len(subject.items.all()) <= 5
        for row in (subject, *subject.items.all(), *(f for item in subject.items.all() for f in item.fields.all())):
            row.full_clean()
            assert all(texts_of(row).values())
    assert {field.type for field in ItemField.objects.all()} == set(FieldType.values)


def test_every_text_of_the_file_is_in_three_languages():
    def names(entry):
        yield entry["name"]
        yield from filter(None, [entry.get("help")])
        for part in (*entry.get("items", []), *entry.get("fields", [])):
            yield from names(part)

    found = [texts for subject in json.loads(FILE.read_text(encoding="utf-8")) for texts in names(subject)]
    assert len(found) > 100
    assert all(set(texts) == {"nl", "fr", "en"} and all(texts.values()) for texts in found)


def test_what_staff_changed_or_removed_fields_of_stays_so_when_it_is_loaded_again():
    Subject.objects.filter(code="sim").update(name_nl="Kaarten", is_active=False)
    ItemField.objects.filter(item__code="sim-not-working", code="tried").delete()
    before = (Subject.objects.count(), Item.objects.count(), ItemField.objects.count())

    add_all()

    assert (Subject.objects.count(), Item.objects.count(), ItemField.objects.count()) == before
    assert Subject.objects.get(code="sim").name_nl == "Kaarten"


@pytest.mark.parametrize(
    "choices",
    [
        [],
        "a",
        [{"code": "a", "nl": "A", "fr": "A"}],
        [{"code": "a", "nl": "A", "fr": " ", "en": "A"}],
        [{"code": "a", "nl": "A", "fr": "A", "en": "A"}] * 2,
    ],
)
def test_a_choice_without_complete_choices_is_refused(choices):
    field = ItemField(item=Item.objects.first(), code="which", name_nl="Welke", type=FieldType.CHOICE, choices=choices)

    with pytest.raises(ValidationError):
        field.full_clean()
