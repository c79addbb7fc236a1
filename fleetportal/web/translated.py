"""A name, and a description, in the three languages of the portal, for data that staff or catalogues provide."""

from django.db import models
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class TranslatedName(models.Model):
    """``name`` is the name in the active language, Dutch where that one is empty."""

    name_nl = models.CharField(_("name in Dutch"), max_length=120)
    name_fr = models.CharField(_("name in French"), max_length=120, blank=True)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)

    class Meta:
        abstract = True

    @property
    def name(self) -> str:
        return getattr(self, f"name_{(get_language() or 'nl')[:2]}", "") or self.name_nl


class TranslatedDescription(models.Model):
    """``description`` says what is inside, in the active language, Dutch where that one is empty; may be nothing."""

    description_nl = models.CharField(_("description in Dutch"), max_length=300, blank=True, default="", db_default="")
    description_fr = models.CharField(_("description in French"), max_length=300, blank=True, default="", db_default="")
    description_en = models.CharField(
        _("description in English"), max_length=300, blank=True, default="", db_default=""
    )

    class Meta:
        abstract = True

    @property
    def description(self) -> str:
        return getattr(self, f"description_{(get_language() or 'nl')[:2]}", "") or self.description_nl


def name_expression(prefix: str = "") -> models.F | Coalesce:
    """The same name inside a query; ``prefix`` is the way to it, such as ``plan__``."""
    dutch, language = models.F(f"{prefix}name_nl"), (get_language() or "nl")[:2]
    if language not in ("fr", "en"):
        return dutch
    return Coalesce(NullIf(models.F(f"{prefix}name_{language}"), models.Value("")), dutch)
