"""Usage alerts: when somebody wants to be told, and what he was told. They only tell; usage is never blocked."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fleetportal.tenancy.models import CustomerOwned
from groupbundles.enums import LINE_ALERTS, MOST_ALERTS_OF_A_LINE, AlertKind
from groupbundles.models.bundles import GroupBundle
from sims.models import Line

_OF_A_LINE = Q(kind__in=LINE_ALERTS)
_OF_A_BUNDLE = ~_OF_A_LINE


class AlertRule(CustomerOwned):
    """When to tell: of every line or bundle of the company, or of one ``line`` or one ``bundle``.

    A line or bundle with rules of its own of a kind, active or not, does not follow the company's of that kind.
    ``threshold`` is per cent or euro without VAT, 0 where the first use is told. ``slot`` numbers the active rules of a
    line, or those of the company about lines: the database has no sixth. That both together are no more than five is
    looked after by ``services.alert_rules`` alone: which of the company's rules concern a line depends on the line's
    own, which no constraint can see. ``checked_at`` is when the present month was looked at with the rule as it is,
    None while that is still to be done.
    """

    kind = models.CharField(_("kind"), max_length=16, choices=AlertKind.choices)
    threshold = models.DecimalField(_("threshold"), max_digits=12, decimal_places=2)
    line = models.ForeignKey(Line, on_delete=models.CASCADE, null=True, related_name="alert_rules")
    bundle = models.ForeignKey(GroupBundle, on_delete=models.CASCADE, null=True, related_name="alert_rules")
    is_active = models.BooleanField(_("on"), default=True)
    tells_employee = models.BooleanField(_("the employee is told too"), default=False)
    slot = models.PositiveSmallIntegerField(null=True)
    checked_at = models.DateTimeField(null=True)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")
        ordering = ["kind", "threshold"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "threshold", "line", "bundle"],
                nulls_distinct=False,
                name="alert_rule_once_per_subject",
            ),
            models.UniqueConstraint(
                fields=["customer", "line", "slot"],
                condition=Q(slot__isnull=False),
                nulls_distinct=False,
                name="alert_rule_slot_once",
            ),
            models.CheckConstraint(
                condition=Q(_OF_A_LINE, is_active=True, slot__isnull=False, slot__range=(1, MOST_ALERTS_OF_A_LINE))
                | (Q(slot__isnull=True) & (Q(is_active=False) | _OF_A_BUNDLE)),
                name="alert_rule_of_a_line_has_a_slot",
            ),
            models.CheckConstraint(condition=Q(line=None) | _OF_A_LINE, name="alert_rule_of_a_line_is_about_lines"),
            models.CheckConstraint(
                condition=Q(bundle=None) | _OF_A_BUNDLE, name="alert_rule_of_a_bundle_is_about_bundles"
            ),
            models.CheckConstraint(condition=Q(threshold__gte=0), name="alert_rule_threshold_is_not_negative"),
        ]
        indexes = [
            models.Index(fields=["customer"], condition=Q(checked_at=None, is_active=True), name="alert_rule_to_check")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.threshold}"


class Alert(CustomerOwned):
    """What was passed, once per subject, kind, threshold and period, however often and by whom it was looked for.

    ``value`` is what fired it, in the unit of ``threshold``; ``of`` what a percentage is of: bytes, seconds or euro.
    """

    kind = models.CharField(_("kind"), max_length=16, choices=AlertKind.choices)
    threshold = models.DecimalField(_("threshold"), max_digits=12, decimal_places=2)
    line = models.ForeignKey(Line, on_delete=models.CASCADE, null=True, related_name="+")
    bundle = models.ForeignKey(GroupBundle, on_delete=models.CASCADE, null=True, related_name="+")
    period = models.DateField(_("month"))
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=4)
    of = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    tells_employee = models.BooleanField(default=False)
    fired_at = models.DateTimeField(_("moment"), default=timezone.now)

    class Meta(CustomerOwned.Meta):
        verbose_name = _("usage alert")
        verbose_name_plural = _("usage alerts")
        ordering = ["-fired_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "threshold", "line", "bundle", "period"],
                nulls_distinct=False,
                name="alert_fires_once",
            ),
            models.CheckConstraint(
                condition=Q(line__isnull=False, bundle=None) | Q(line=None, bundle__isnull=False),
                name="alert_has_one_subject",
            ),
        ]
        indexes = [models.Index(fields=["customer", "period", "-fired_at"], name="alert_customer_period")]

    def __str__(self) -> str:
        return f"{self.kind} {self.threshold} {self.period}"
