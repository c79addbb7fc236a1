"""Everything a printed invoice says, as the XML said it: parties, amounts, and its lines number by number."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Sum

from billing.models import Invoice
from billing.queries.invoice_lines import KindAmount, centre_names, kind_amounts, lines_of

CHUNK = 2_000
# Beyond this the lines stand in the workbook and the XML alone; so what it takes to make the document has an end.
MOST_LINES = 10_000
MOST_CENTRES = 200


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One line; ``net`` without VAT."""

    description: str
    start: date | None
    end: date | None
    vat_rate: Decimal
    net: Decimal


@dataclass(slots=True)
class PaperBlock:
    """The lines of one number in one cost centre, both possibly empty."""

    number: str
    centre: str
    lines: list[PaperLine] = field(default_factory=list)

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class Paper:
    """``lines`` is how many there are; ``blocks`` is empty where they are too many to print."""

    lines: int
    vat_rows: list[Any]
    kinds: list[KindAmount]
    centres: list[tuple[str, str, Decimal]]
    blocks: list[PaperBlock]


def paper_of(invoice: Invoice) -> Paper:
    count = lines_of(invoice).count()
    blocks = list(_blocks(invoice)) if count <= MOST_LINES else []
    return Paper(count, list(invoice.vat_rows.all()), kind_amounts(invoice, None), _centres(invoice), blocks)


def _centres(invoice: Invoice) -> list[tuple[str, str, Decimal]]:
    """Code, name and amount per cost centre; nothing where there is one only, or too many to be read."""
    rows = lines_of(invoice).order_by("cost_centre_code").values("cost_centre_code").annotate(total=Sum("net"))
    found = list(rows.values_list("cost_centre_code", "total")[: MOST_CENTRES + 1])
    if not 1 < len(found) <= MOST_CENTRES:
        return []
    names = centre_names(invoice, [code for code, _net in found])
    return [(code, names.get(code, ""), net) for code, net in found]


def _blocks(invoice: Invoice) -> Iterator[PaperBlock]:
    """What belongs to no number first, then number by number."""
    columns = ("number", "cost_centre_code", "description", "period_start_on", "period_end_on", "vat_rate", "net")
    rows = lines_of(invoice).order_by("number", "cost_centre_code", "position").values_list(*columns)
    for (number, centre), lines in groupby(rows.iterator(chunk_size=CHUNK), key=lambda row: row[:2]):
        yield PaperBlock(number, centre, [PaperLine(*row[2:]) for row in lines])
