"""Tariff plans and options of a company's contract."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned
from fleetportal.web.translated import TranslatedDescription, TranslatedName


class TariffPlan(TranslatedName, TranslatedDescription, CustomerOwned):
    """A subscription the contract allows; prices are euro per month without VAT."""

    code = models.CharField(_("code"), max_length=40)
    category = models.CharField(_("category"), max_length=60, blank=True)
    price_month = models.DecimalField(
        _("price per month"), max_digits=9, decimal_places=2, validators=[MinValueValidator(0)]
    )
    data_gb = models.DecimalField(_("data in GB"), max_digits=8, decimal_places=2, null=True, blank=True)
    is_available = models.BooleanField(_("can be chosen"), default=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("tariff plan")
        verbose_name_plural = _("tariff plans")
        ordering = ["price_month", "code"]
        constraints = [models.UniqueConstraint(fields=["customer", "code"], name="plan_code_once_per_company")]

    def __str__(self) -> str:
        return self.name


class PlanOption(TranslatedName, TranslatedDescription, CustomerOwned):
    """An add-on; ``plans`` are those it may go with, ``excludes`` the options it cannot stand beside."""

    code = models.CharField(_("code"), max_length=40)
    price_month = models.DecimalField(
        _("price per month"), max_digits=9, decimal_places=2, validators=[MinValueValidator(0)]
    )
    plans = models.ManyToManyField(TariffPlan, verbose_name=_("goes with"), related_name="options", blank=True)
    excludes = models.ManyToManyField("self", verbose_name=_("excludes"), blank=True)
    is_available = models.BooleanField(_("can be chosen"), default=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["customer", "code"], name="option_code_once_per_company")]

    def __str__(self) -> str:
        return self.name
