"""What a ticket can be about: subjects, their items, and the fields each item asks for.

The same for every company, edited by the operator's staff. A ticket keeps a copy of what it was asked with.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fleetportal.web.translated import TranslatedDescription, TranslatedName
from tickets.enums import FieldType

LANGUAGES = ("nl", "fr", "en")


def texts_of(row: TranslatedName) -> dict[str, str]:
    """The name in every language, Dutch where one is empty."""
    return {code: getattr(row, f"name_{code}") or row.name_nl for code in LANGUAGES}


def in_language(texts: dict[str, str]) -> str:
    """Of texts by language the one in the active language."""
    return texts.get((get_language() or "nl")[:2]) or texts.get("nl", "")


def validate_choices(value: Any) -> None:
    """A list of ``{"code": …, "nl": …, "fr": …, "en": …}``, each code once."""
    wanted = {"code", *LANGUAGES}
    is_list = isinstance(value, list) and all(isinstance(one, dict) and set(one) == wanted for one in value)
    if not is_list or not all(isinstance(text, str) and text.strip() for one in value for text in one.values()):
        raise ValidationError(_("Each choice needs a code and a text in nl, fr and en."))
    if len({one["code"] for one in value}) != len(value):
        raise ValidationError(_("Two choices have the same code."))


class Subject(TranslatedName):
    """The first question: what it is about, such as invoices. ``icon`` is one of the icons of the portal."""

    code = models.SlugField(_("code"), max_length=30, unique=True)
    icon = models.CharField(_("icon"), max_length=30, default="help-circle")
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_active = models.BooleanField(_("can be chosen"), default=True)

    class Meta:
        verbose_name = _("subject of tickets")
        verbose_name_plural = _("subjects of tickets")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class Item(TranslatedName, TranslatedDescription):
    """The second question, "more details". The description helps before one asks.

    ``answer_days`` is in how many working days the help desk answers.
    """

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="items", verbose_name=_("subject"))
    code = models.SlugField(_("code"), max_length=40, unique=True)
    answer_days = models.PositiveSmallIntegerField(
        _("answer within working days"), default=2, validators=[MaxValueValidator(60)]
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_active = models.BooleanField(_("can be chosen"), default=True)

    class Meta:
        verbose_name = _("item of a subject")
        verbose_name_plural = _("items of subjects")
        ordering = ["subject__position", "position", "code"]

    def __str__(self) -> str:
        return self.name


class ItemField(TranslatedName, TranslatedDescription):
    """A field that an item asks for; the description is its help text. ``choices`` are those of a choice."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="fields", verbose_name=_("item"))
    code = models.SlugField(_("code"), max_length=30)
    type = models.CharField(_("type"), max_length=10, choices=FieldType.choices, default=FieldType.TEXT)
    is_required = models.BooleanField(_("required"), default=False)
    choices = models.JSONField(_("choices"), default=list, blank=True, validators=[validate_choices])
    position = models.PositiveSmallIntegerField(_("position"), default=100)

    class Meta:
        verbose_name = _("field of an item")
        verbose_name_plural = _("fields of items")
        ordering = ["position", "code"]
        constraints = [models.UniqueConstraint(fields=["item", "code"], name="item_field_code_once")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if (self.type == FieldType.CHOICE) != bool(self.choices):
            raise ValidationError({"choices": _("A choice needs choices, and no other field has any.")})
