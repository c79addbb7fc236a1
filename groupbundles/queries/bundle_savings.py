"""What a group bundle would have saved a company that has none, from what data outside of any bundle cost it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from accounts.models import Customer
from groupbundles.enums import BundleKind, UsageKind, UsageZone
from groupbundles.models import BundleOffer, LineUsageDay, LineUsageMonth
from groupbundles.periods import periods_until, previous_period

MONTHS = 3
# Euro per month: less is no reason to read about it.
WORTH_TELLING = 1
# Where a bundle of data counts; outside the European Union it never does.
_ZONES = (UsageZone.BE, UsageZone.EU)


@dataclass(frozen=True, slots=True)
class Saving:
    """Euro per month without VAT: what was charged on average over ``months``, and the cheapest offer that holds it."""

    offer: BundleOffer
    months: int
    charged: Decimal

    @property
    def saved(self) -> Decimal:
        return self.charged - self.offer.price_month


def saving(customer: Customer, offers: Iterable[BundleOffer], today: date) -> Saving | None:
    """From the last three complete months with figures, against what the contract offers.

    None without figures, or when no offer is worth its price.
    """
    periods = periods_until(previous_period(today.replace(day=1)), MONTHS)
    known = LineUsageMonth.objects.for_customer(customer).filter(period__in=periods)
    months = known.values("period").distinct().count()
    if not months:
        return None
    outside = LineUsageDay.objects.for_customer(customer).filter(
        kind=UsageKind.DATA, bundle="", zone__in=_ZONES, day__gte=periods[-1], day__lt=today.replace(day=1)
    )
    rows = list(
        outside.annotate(period=TruncMonth("day")).values("period").annotate(amount=Sum("quantity"), cost=Sum("charge"))
    )
    charged = sum((row["cost"] for row in rows), Decimal()) / months
    busiest = max((row["amount"] for row in rows), default=0)
    fitting = (
        offer
        for offer in offers
        if offer.kind == BundleKind.DATA and offer.size >= busiest and charged - offer.price_month >= WORTH_TELLING
    )
    cheapest = min(fitting, key=lambda offer: (offer.price_month, offer.size), default=None)
    return Saving(cheapest, months, charged) if cheapest else None
