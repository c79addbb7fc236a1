"""Charts as SVG made on the server: attributes only, so no inline style, printable, readable as text in tests.

The plot is 600 by 180 units and stretched by CSS; axis labels are HTML around it (``ui/chart.html``, ``{% chart %}``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from fleetportal.web import formatting

WIDTH, HEIGHT = 600, 180
_OPEN = '<svg viewBox="0 0 600 180" preserveAspectRatio="none" role="img" aria-label="{}">'


@dataclass(frozen=True, slots=True)
class Bar:
    """One column: ``label`` says in words what it is; None means that there is no figure (yet)."""

    value: float | None
    label: str = ""
    extra: float = 0
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """The upright axis: where it ends, and what stands beside the lines of the grid from top to bottom."""

    top: float
    labels: list[str]

    @property
    def rows(self) -> int:
        return len(self.labels) - 1


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its axes, for ``{% chart %}``. ``ticks`` stand below it, one per step, most of them empty.

    A tick belongs to the middle of a column (``is_columns``) or to a point of a line.
    """

    drawing: SafeString
    axis: Axis
    ticks: list[str] = field(default_factory=list)
    is_columns: bool = True


_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def axis(most: float, *, unit: str = "", rows: int = 3) -> Axis:
    """An axis of ``rows`` round steps that reaches ``most``; the unit stands beside the highest one only."""
    wanted = (float(most) if most > 0 else rows) / rows
    scale = 10.0 ** math.floor(math.log10(wanted))
    step = next(size for size in _STEPS if size * scale >= wanted * 0.9999) * scale
    decimals = max(0, -Decimal(f"{step:g}").normalize().as_tuple().exponent)  # type: ignore[operator]
    texts = [formatting.number(round(step * n, 6), decimals if n else 0) for n in range(rows, -1, -1)]
    return Axis(top=step * rows, labels=[f"{texts[0]}{formatting.NBSP}{unit}" if unit else texts[0], *texts[1:]])


def _scaled(values: Sequence[float], *, slots: int, top: float, first: int = 0) -> list[tuple[float, float]]:
    """Values as points, the first at step ``first`` from the left edge, ``slots`` steps to the right edge."""
    return [(round(i * WIDTH / slots, 1), round(HEIGHT - v * HEIGHT / top, 1)) for i, v in enumerate(values, first)]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x} {y}" for x, y in points)


def _grid(rows: int = 4) -> SafeString:
    lines = ((WIDTH, f"{HEIGHT * i / rows:g}") for i in range(rows + 1))
    return format_html_join(
        "",
        '<line class="c-grid" x1="0" x2="{}" y1="{}" y2="{}"/>',
        ((x, y, y) for x, y in lines),
    )


def area(
    values: Sequence[float],
    *,
    description: str,
    slots: int,
    top: float,
    previous: Sequence[float] = (),
    forecast: Sequence[float] = (),
    band: Sequence[tuple[float, float]] = (),
    limit: float | None = None,
    rows: int = 4,
) -> SafeString:
    """A running total as a filled line. ``slots`` is the number of steps of the whole period, ``top`` the axis' end.

    The first of ``values`` is at the left edge, ``previous`` is another period to compare with. ``forecast`` are the
    totals expected at the last steps, the last of them at the right edge; it goes on from the last value, inside
    ``band`` (lowest and highest per step). Where it comes to ``limit`` there is a dot.
    """
    parts = [format_html(_OPEN, description), _grid(rows)]
    if previous:
        parts.append(format_html('<path class="c-prev" d="{}"/>', _path(_scaled(previous, slots=slots, top=top))))
    points = _scaled(values, slots=slots, top=top)
    if points:
        parts.append(format_html('<path class="c-area" d="{} L{} 180 L0 180 Z"/>', _path(points), points[-1][0]))
    ahead = points[-1:] + _scaled(forecast, slots=slots, top=top, first=slots - len(forecast) + 1)
    if band and points:
        parts.append(_band(points[-1], band, slots=slots, top=top))
    if limit is not None:
        y = round(HEIGHT - limit * HEIGHT / top, 1)
        parts.append(format_html('<line class="c-limit" x1="0" x2="600" y1="{}" y2="{}"/>', y, y))
    if len(ahead) > 1:
        parts.append(format_html('<path class="c-proj" d="{}"/>', _path(ahead)))
    if len(points) > 1:
        parts.append(format_html('<path class="c-line" d="{}"/>', _path(points)))
    if limit is not None:
        parts.append(_dot(_crossing([*points, *ahead[1:]], y)))
    return format_html("{}</svg>", format_html_join("", "{}", ((part,) for part in parts)))


def _band(start: tuple[float, float], band: Sequence[tuple[float, float]], *, slots: int, top: float) -> SafeString:
    first = slots - len(band) + 1
    low = _scaled([low for low, _high in band], slots=slots, top=top, first=first)
    high = _scaled([min(high, top) for _low, high in band], slots=slots, top=top, first=first)
    return format_html('<path class="c-band" d="{} Z"/>', _path([start, *high, *reversed(low)]))


def _crossing(points: Sequence[tuple[float, float]], y: float) -> tuple[float, float] | None:
    """Where a rising line comes to the height ``y``."""
    for (x1, y1), (x2, y2) in pairwise(points):
        if y1 > y >= y2:
            return round(x1 + (x2 - x1) * (y1 - y) / (y1 - y2), 1), y
    return None


def _dot(place: tuple[float, float] | None) -> SafeString:
    """A line without length and with round ends: a circle would be stretched with the plot."""
    return format_html('<path class="c-dot" d="M{} {}h0"/>', *place) if place else mark_safe("")


def area_chart(
    values: Sequence[float],
    *,
    description: str,
    slots: int,
    unit: str = "",
    ticks: Sequence[str] = (),
    previous: Sequence[float] = (),
    forecast: Sequence[float] = (),
    band: Sequence[tuple[float, float]] = (),
    limit: float | None = None,
) -> Chart:
    """A running total with its axes; values stand in ``unit``. ``ticks`` are spread evenly below it.

    The axis reaches everything but the upper end of ``band``, which may be far above what matters.
    """
    most = max([*values, *previous, *forecast, limit or 0], default=0)
    scale = min((axis(most, unit=unit, rows=rows) for rows in (4, 5, 3)), key=lambda found: found.top)
    drawing = area(
        values,
        description=description,
        slots=slots,
        top=scale.top,
        previous=previous,
        forecast=forecast,
        band=band,
        limit=limit,
        rows=scale.rows,
    )
    return Chart(drawing, scale, list(ticks), is_columns=False)


def bars(columns: Sequence[Bar], *, description: str, top: float, rows: int = 3) -> SafeString:
    """Columns side by side; ``extra`` of a bar stands on top of it in another colour."""
    width = WIDTH / max(1, len(columns))
    gap = min(11.0, width * 0.15)
    parts = [format_html(_OPEN, description), _grid(rows)]
    for i, bar in enumerate(columns):
        parts.append(
            _bar(
                bar,
                x=round(i * width + gap, 1),
                width=round(width - 2 * gap, 1),
                top=top,
            )
        )
    return format_html("{}</svg>", format_html_join("", "{}", ((part,) for part in parts)))


def column_chart(columns: Sequence[Bar], *, description: str, unit: str = "", ticks: Sequence[str] = ()) -> Chart:
    """Columns with their axes; values stand in ``unit``. ``ticks`` has one text per column."""
    most = max((bar.value + bar.extra for bar in columns if bar.value is not None), default=0)
    scale = min((axis(most, unit=unit, rows=rows) for rows in (3, 4)), key=lambda found: found.top)
    return Chart(bars(columns, description=description, top=scale.top, rows=scale.rows), scale, list(ticks))


def _bar(bar: Bar, *, x: float, width: float, top: float) -> SafeString:
    if bar.value is None:
        return format_html('<rect class="c-bar--mute" x="{}" y="178" width="{}" height="2"/>', x, width)
    height = round(bar.value * HEIGHT / top, 1)
    above = round(bar.extra * HEIGHT / top, 1)
    second = (
        format_html(
            '<rect class="c-bar--2" x="{}" y="{}" width="{}" height="{}" rx="1.5"/>',
            x,
            round(HEIGHT - height - above - 1.5, 1),
            width,
            above,
        )
        if above
        else ""
    )
    return format_html(
        '<g><title>{}</title><rect class="c-bar{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>{}</g>',
        bar.label,
        " c-bar--now" if bar.is_current else "",
        x,
        round(HEIGHT - height, 1),
        width,
        height,
        second,
    )


def spark(values: Sequence[float]) -> SafeString:
    """A tiny line beside a figure; decoration, so hidden from screen readers."""
    if len(values) < 2:
        return mark_safe("")
    low, spread = min(values), (max(values) - min(values)) or 1
    points = [
        (
            round(2 + i * 84 / (len(values) - 1), 1),
            round(28 - (v - low) * 24 / spread, 1),
        )
        for i, v in enumerate(values)
    ]
    return format_html(
        '<svg class="tile__spark" viewBox="0 0 88 32" aria-hidden="true" focusable="false">'
        '<path class="c-line" d="{}"/>'
        '<circle class="c-bar" cx="{}" cy="{}" r="2.6"/></svg>',
        _path(points),
        *points[-1],
    )
