"""All counters of a company, for checking them against a list from elsewhere."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet, Sum

from accounts.models import Customer
from groupbundles.models import BundleMember, BundleUsageDay, LineUsageDay, LineUsageMonth
from groupbundles.queries.freshness import updated_at


def usage_report(customer: Customer) -> dict[str, Any]:
    """Per line and month, by number; per group bundle, by code. ``group_bundle`` is the one when there is just one."""
    bundles = _bundles(customer)
    updated = updated_at(customer)
    return {
        "customer": customer.slug,
        "updated_at": updated.isoformat() if updated else None,
        "group_bundle": bundles[0] if len(bundles) == 1 else None,
        "group_bundles": bundles,
        "lines": list(_lines(customer)),
    }


def _lines(customer: Customer) -> Iterable[dict[str, Any]]:
    months = (
        LineUsageMonth.objects.for_customer(customer)
        .select_related("line")
        .only("period", "data_bytes", "voice_seconds", "sms", "services", "out_of_bundle", "line__number")
    )
    for month in months.order_by("line__number", "line_id", "period").iterator(chunk_size=2000):
        yield {
            "msisdn": month.line.number,
            "period": _name(month.period),
            "data_bytes": month.data_bytes,
            "voice_seconds": month.voice_seconds,
            "sms": month.sms,
            "services": month.services,
            "out_of_bundle_eur": f"{month.out_of_bundle:.4f}",
        }


def _bundles(customer: Customer) -> list[dict[str, Any]]:
    used: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: {"data_bytes": {}, "voice_seconds": {}})
    days: QuerySet[Any] = BundleUsageDay.objects.for_customer(customer)
    for code, kind, day, quantity in days.values_list("code", "kind", "day").annotate(Sum("quantity")).order_by("day"):
        measure = {"data": "data_bytes", "voice": "voice_seconds"}.get(kind)
        if measure:
            sums, period = used[code][measure], _name(day)
            sums[period] = sums.get(period, 0) + quantity
    members = _members(customer)
    return [
        {"code": code, "members": members.get(code) or _users(customer, code)}
        | {measure: dict(reversed(sums.items())) for measure, sums in used[code].items() if sums}
        for code in sorted(used)
    ]


def _members(customer: Customer) -> dict[str, list[str]]:
    """Numbers of the lines in each bundle now."""
    found: dict[str, list[str]] = defaultdict(list)
    inside = BundleMember.objects.for_customer(customer).filter(until=None, line__number__isnull=False)
    for code, number in inside.order_by("line__number").values_list("bundle__code", "line__number"):
        found[code].append(number)
    return found


def _users(customer: Customer, code: str) -> list[str]:
    """Numbers of the lines that used a bundle of which we do not know the members."""
    days = LineUsageDay.objects.for_customer(customer).filter(bundle=code)
    return sorted(set(days.values_list("line__number", flat=True)))


def _name(day: date) -> str:
    return f"{day:%Y-%m}"
