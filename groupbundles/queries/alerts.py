"""What the pages about usage alerts read: the rules, and what fired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from fleetportal.web.pagination import Page, paginate
from groupbundles.alert_rules import Wanted, wanted_of
from groupbundles.announcements import passed, threshold_of
from groupbundles.enums import BUNDLE_ALERTS, LINE_ALERTS, AlertKind
from groupbundles.models import Alert, AlertRule, GroupBundle
from groupbundles.periods import period_of, shifted
from sims.models import Line

# How many months back the list offers.
MONTHS_SHOWN = 13


def company_alerts(customer: Customer) -> dict[str, Wanted]:
    """What the company is told of, by kind; a kind without rules is missing."""
    return wanted_of(AlertRule.objects.for_customer(customer).filter(line=None, bundle=None))


@dataclass(frozen=True, slots=True)
class SubjectAlerts:
    """What is told about one line or group bundle: ``own`` by kind, and the company's of the same ``kinds``."""

    kinds: Sequence[str]
    own: Mapping[str, Wanted]
    company: Mapping[str, Wanted]

    @property
    def follows_company(self) -> bool:
        return not self.own

    @property
    def effective(self) -> dict[str, Wanted]:
        """By kind, those that are on."""
        both = {**self.company, **self.own}
        return {kind: both[kind] for kind in self.kinds if kind in both and both[kind].is_on}

    @property
    def words(self) -> list[str]:
        """Each alert that is on, in a few words."""
        return [_words(kind, wanted) for kind, wanted in self.effective.items()]


def alerts_of_line(line: Line) -> SubjectAlerts:
    return _alerts_of(line.customer_id, LINE_ALERTS, Q(line=line))


def alerts_of_bundle(bundle: GroupBundle) -> SubjectAlerts:
    return _alerts_of(bundle.customer_id, BUNDLE_ALERTS, Q(bundle=bundle))


def _alerts_of(customer_id: int, kinds: Sequence[str], own: Q) -> SubjectAlerts:
    rules = AlertRule.objects.for_customer(customer_id).filter(own | Q(line=None, bundle=None), kind__in=kinds)
    found = list(rules)
    return SubjectAlerts(
        kinds,
        own=wanted_of(rule for rule in found if rule.line_id or rule.bundle_id),
        company=wanted_of(rule for rule in found if not (rule.line_id or rule.bundle_id)),
    )


def words_of(kind: str, wanted: Wanted | None) -> str:
    """From where it is told, in a few words; nothing for what is off."""
    if wanted is None or not wanted.is_on:
        return ""
    return ", ".join(filter(None, (threshold_of(kind, one) for one in wanted.thresholds))) or _("on")


def _words(kind: str, wanted: Wanted) -> str:
    label = str(AlertKind(kind).label)
    return label if kind == AlertKind.FIRST_PREMIUM else f"{label}: {words_of(kind, wanted)}"


def company_words(alerts: Mapping[str, Wanted]) -> list[str]:
    """Every alert of the company that is on."""
    return [_words(kind, alerts[kind]) for kind in AlertKind if kind in alerts and alerts[kind].is_on]


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts somebody wants to see; ``kind`` may be empty."""

    period: date
    kind: str = ""

    @classmethod
    def from_query(cls, params: Mapping[str, str]) -> "AlertFilter":
        """What makes no sense is left out: the present month, and all kinds."""
        kind = params.get("kind", "")
        return cls(_period(params.get("month", "")), kind if kind in AlertKind.values else "")

    @property
    def month(self) -> str:
        return f"{self.period:%Y-%m}"


def _period(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return period_of(timezone.now())


def months() -> list[date]:
    """The present month and those before it."""
    now = period_of(timezone.now())
    return [shifted(now, -n) for n in range(MONTHS_SHOWN)]


def fired(customer: Customer, wanted: AlertFilter) -> "QuerySet[Alert]":
    """What fired for this month, newest first."""
    alerts: QuerySet[Alert] = Alert.objects.for_customer(customer).filter(period=wanted.period)
    if wanted.kind:
        alerts = alerts.filter(kind=wanted.kind)
    return alerts.select_related("line__subscriber", "bundle").order_by("-fired_at", "-pk")


@dataclass(frozen=True, slots=True)
class FiredRow:
    """One alert in words."""

    alert: Alert
    what: str
    threshold: str
    is_late: bool


def fired_page(customer: Customer, wanted: AlertFilter, number: str | None) -> Page:
    page = paginate(fired(customer, wanted), number)
    return Page(items=[row_of(one) for one in page], number=page.number, per_page=page.per_page, total=page.total)


def row_of(alert: Alert) -> FiredRow:
    unit = alert.bundle.kind if alert.bundle else "data"
    what = passed(alert.kind, alert.value, alert.of, unit)
    return FiredRow(alert, what, threshold_of(alert.kind, alert.threshold), alert.period < period_of(alert.fired_at))


def numbers_outside(customer: Any) -> QuerySet[Line]:
    """The lines that passed their amount outside the bundle this month."""
    alerts = Alert.objects.for_customer(customer).filter(kind=AlertKind.OUT_OF_BUNDLE, period=period_of(timezone.now()))
    lines: QuerySet[Line] = Line.objects.for_customer(customer).filter(pk__in=alerts.values("line"))
    return lines
