"""Up to when figures of usage are known: every page that shows one says so."""

from datetime import datetime

from django.db.models import Max

from accounts.models import Customer
from groupbundles.enums import UsageImportState
from groupbundles.models import UsageCursor, UsageImport


def updated_at(customer: Customer) -> datetime | None:
    """When the last import finished or the operator last had nothing new to tell; None before the first time."""
    imported = UsageImport.objects.for_customer(customer).filter(state=UsageImportState.DONE)
    asked = UsageCursor.objects.for_customer(customer)
    moments = (
        imported.aggregate(at=Max("finished_at"))["at"],
        asked.aggregate(at=Max("checked_at"))["at"],
    )
    return max((moment for moment in moments if moment is not None), default=None)
