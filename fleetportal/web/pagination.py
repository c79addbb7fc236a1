"""Lists in numbered pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from fleetportal.web import formatting
from fleetportal.web.parameters import page_number

PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Page:
    """One numbered page of a longer list. ``first`` and ``last`` count from 1; both are 0 when the list is empty."""

    items: Sequence[Any]
    number: int
    per_page: int
    total: int

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.per_page + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * self.per_page, self.total)

    @property
    def total_text(self) -> str:
        """The total as it is shown; a list that was not counted to its end says so here."""
        return formatting.number(self.total)

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None

    @property
    def numbers(self) -> list[int | None]:
        """Page numbers to link: the ends and two around this one; None stands for a gap."""
        wanted = {
            1,
            self.pages,
            *range(max(1, self.number - 1), min(self.pages, self.number + 1) + 1),
        }
        found: list[int | None] = []
        for n in sorted(wanted):
            if found and isinstance(found[-1], int) and n - found[-1] == 2:
                found.append(n - 1)  # a gap of one page is the page itself
            elif found and isinstance(found[-1], int) and n - found[-1] > 2:
                found.append(None)
            found.append(n)
        return found


def paginate(
    queryset: QuerySet[Any],
    number: str | int | None,
    *,
    per_page: int = PER_PAGE,
    total: int | None = None,
) -> Page:
    """The page ``number`` (text from the address, or nothing for the first); past the end gives the last page.

    Rows are found by key first, so a far page of wide rows skips only index entries. ``total`` saves the count when
    the caller knows it. The queryset must have a complete ordering.
    """
    total = queryset.count() if total is None else total
    pages = max(1, -(-total // per_page))
    wanted = min(page_number(number), pages)
    start = (wanted - 1) * per_page
    if not total:
        return Page(items=[], number=1, per_page=per_page, total=0)
    keys = list(queryset.values_list("pk", flat=True)[start : start + per_page])
    rows = {row.pk: row for row in queryset.filter(pk__in=keys)}
    return Page(
        items=[rows[key] for key in keys if key in rows],
        number=wanted,
        per_page=per_page,
        total=total,
    )
