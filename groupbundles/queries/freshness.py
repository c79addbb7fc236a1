"""Up to when figures of usage are known: every page that shows one says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Subquery
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import Customer
from groupbundles.enums import UsageImportState
from groupbundles.models import UsageCursor, UsageImport

# Operators deliver at least once a day; after that and half a day of patience, figures are called old.
STALE_AFTER = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Freshness:
    """``at`` is None before the first delivery; ``is_stale`` says that newer figures should have come by now."""

    at: datetime | None
    is_stale: bool


def updated_at(customer: Customer) -> datetime | None:
    """When the last import finished, or the operator last said that there is nothing new; None before the first."""
    imports = UsageImport.objects.for_customer(customer).filter(state=UsageImportState.DONE)
    imported = imports.order_by().values("customer").annotate(at=Max("finished_at")).values_list("at")
    asked = UsageCursor.objects.for_customer(customer).order_by().values_list("checked_at")
    return max((moment for (moment,) in imported.union(asked, all=True) if moment is not None), default=None)


def newest_delivery(customer: Customer) -> Greatest:
    """The same as a column of another query of the company."""
    imports = UsageImport.objects.for_customer(customer).filter(state=UsageImportState.DONE).order_by("-finished_at")
    asked = UsageCursor.objects.for_customer(customer)
    return Greatest(Subquery(imports.values("finished_at")[:1]), Subquery(asked.values("checked_at")[:1]))


def freshness(customer: Customer) -> Freshness:
    return freshness_of(updated_at(customer))


def freshness_of(*moments: datetime | None) -> Freshness:
    """From the moments of the newest deliveries, where a page has read them already."""
    at = max((moment for moment in moments if moment is not None), default=None)
    return Freshness(at, at is not None and timezone.now() - at > STALE_AFTER)
