"""Templates of barrings, and which of them a line follows."""

from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from accounts.models import Customer
from sims.barrings import without_contained
from sims.models import BarringTemplate


def barring_templates(customer: Customer) -> QuerySet[BarringTemplate]:
    """By name."""
    templates: QuerySet[BarringTemplate] = BarringTemplate.objects.for_customer(customer).order_by("name")
    return templates


def followed(templates: Iterable[BarringTemplate], codes: Collection[str]) -> BarringTemplate | None:
    """The template whose barrings are exactly these, the first by name; none when nothing is barred."""
    wanted = without_contained(codes)
    return next((one for one in templates if wanted and without_contained(one.codes) == wanted), None)
