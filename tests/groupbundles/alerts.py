"""Usage and rules for tests of alerts: what a line or bundle used in a month, told in the units people think in."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import Customer
from fleetportal.audit.actors import Actor
from groupbundles.alert_rules import Wanted
from groupbundles.enums import AlertKind
from groupbundles.models import Alert, BundleMember, BundleUsageDay, GroupBundle, LineUsageMonth
from groupbundles.queries.alerts import company_alerts
from groupbundles.services import alerts
from groupbundles.services.alert_rules import save_bundle_alerts, save_company_alerts, save_line_alerts
from sims.models import Line

# The middle of a month, so that nothing here depends on the day of the test.
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
NOVEMBER, OCTOBER, AUGUST = date(2026, 11, 1), date(2026, 10, 1), date(2026, 8, 1)
GIGABYTE = 10**9
BY = Actor.ops("test")


def wanted(*thresholds: float, employee: bool = False) -> Wanted:
    return Wanted(True, tuple(Decimal(str(one)).quantize(Decimal("0.01")) for one in thresholds), employee)


def company_wants(customer: Customer, **kinds: Wanted) -> None:
    """Switch on for the company and look at the present month, as the worker does."""
    save_company_alerts(customer=customer, wanted={AlertKind(kind): one for kind, one in kinds.items()}, by=BY)
    alerts.check_rules(customer_id=customer.pk)


def line_wants(line: Line, **kinds: Wanted | None) -> None:
    save_line_alerts(line=line, wanted={AlertKind(kind): one for kind, one in kinds.items()}, by=BY)
    alerts.check_rules(customer_id=line.customer_id)


def bundle_wants(bundle: GroupBundle, **kinds: Wanted | None) -> None:
    save_bundle_alerts(bundle=bundle, wanted={AlertKind(kind): one for kind, one in kinds.items()}, by=BY)
    alerts.check_rules(customer_id=bundle.customer_id)


def counts(line: Line, period: date = NOVEMBER, **columns: Any) -> None:
    """The counters of a line stand at these values; nothing is evaluated."""
    defaults = {"customer": line.customer, "first_used_at": NOW, "last_used_at": NOW, **columns}
    LineUsageMonth.objects.for_customer(line.customer).update_or_create(line=line, period=period, defaults=defaults)


def uses(line: Line, period: date = NOVEMBER, **columns: Any) -> int:
    """The counters of a line come to these values in an import; says how many alerts fired."""
    counts(line, period, **columns)
    return alerts.evaluate(customer_id=line.customer_id, periods=[period], lines=[line.pk], bundle_codes=[])


def bundle_with(customer: Customer, *lines: Line, gigabytes: int = 100) -> GroupBundle:
    bundle = GroupBundle.objects.create(
        customer=customer,
        code="GB-1",
        name="Data 100 GB",
        kind="data",
        size=gigabytes * GIGABYTE,
        price_month=50,
        starts_on=date(2026, 1, 1),
    )
    BundleMember.objects.bulk_create(
        BundleMember(customer=customer, bundle=bundle, line=line, kind="data", since=bundle.starts_on) for line in lines
    )
    return bundle


def bundle_uses(bundle: GroupBundle, day: date, gigabytes: int) -> int:
    BundleUsageDay.objects.create(
        customer=bundle.customer, code=bundle.code, kind="data", day=day, quantity=gigabytes * GIGABYTE, records=1
    )
    period = day.replace(day=1)
    return alerts.evaluate(customer_id=bundle.customer_id, periods=[period], lines=[], bundle_codes=[bundle.code])


def fired(customer: Customer) -> list[tuple[str, float, date]]:
    """Kind, threshold and month of everything that fired, in the order of firing."""
    alerts_of = Alert.objects.for_customer(customer).order_by("pk")
    return [(one.kind, float(one.threshold), one.period) for one in alerts_of]


def due(customer: Customer) -> set[tuple[str, float, int, date]]:
    """What must have fired of the company's alerts about lines, from the counters as they are: each once."""
    wanted = company_alerts(customer)
    found = set()
    for month in LineUsageMonth.objects.for_customer(customer):
        values = {
            "out_of_bundle": month.out_of_bundle,
            "third_party": month.third_party_charge,
            "first_premium": month.premium_records,
        }
        found |= {
            (kind, float(threshold), month.line_id, month.period)
            for kind, value in values.items()
            for threshold in wanted[kind].thresholds
            if value > 0 and value >= threshold
        }
    return found


def assert_all_fired_once(customer: Customer) -> None:
    rows = [(one.kind, float(one.threshold), one.line_id, one.period) for one in Alert.objects.for_customer(customer)]
    assert len(rows) == len(set(rows))
    assert set(rows) == due(customer)
    assert rows
