"""Templates of barrings, and which of them a line follows."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from accounts.models import Customer
from sims.barrings import labels, without_contained
from sims.enums import LineState
from sims.models import BarringTemplate, Line


def barring_templates(customer: Customer) -> QuerySet[BarringTemplate]:
    """By name."""
    templates: QuerySet[BarringTemplate] = BarringTemplate.objects.for_customer(customer).order_by("name")
    return templates


def followed(templates: Iterable[BarringTemplate], codes: Collection[str]) -> BarringTemplate | None:
    """The template whose barrings are exactly these, the first by name; none when nothing is barred."""
    wanted = without_contained(codes)
    return next((one for one in templates if wanted and without_contained(one.codes) == wanted), None)


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A template with its barrings in words and how many lines follow it."""

    template: BarringTemplate
    barrings: str
    lines: int


def templates_with_use(customer: Customer) -> list[TemplateRow]:
    """By name; lines that have ended do not count."""
    lines = Line.objects.for_customer(customer).exclude(state=LineState.TERMINATED).order_by()
    counts: Counter[tuple[str, ...]] = Counter()
    for codes, count in lines.values_list("barrings").annotate(n=Count("pk")):
        counts[without_contained(codes)] += count
    return [
        TemplateRow(one, labels(one.codes), counts[without_contained(one.codes)]) for one in barring_templates(customer)
    ]
