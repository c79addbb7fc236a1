"""The parts of pages as tags and filters, loaded in every template. Their look is ``static/css/fleet.css``."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from fleetportal.web import charts, formatting
from fleetportal.web.meters import meter_html
from fleetportal.web.pagination import Page
from fleetportal.web.states import Look, look_of
from fleetportal.web.widgets import Switch

register = template.Library()

for _name in (
    "eur",
    "money",
    "number",
    "percent",
    "rate",
    "data_volume",
    "data_allowance",
    "talk_time",
    "usage",
    "phone",
    "iccid",
    "iban",
    "hue",
    "colon",
):
    register.filter(_name, getattr(formatting, _name))
for _name in ("short_date", "long_date", "day_and_month", "month", "short_month", "date_time", "clock", "relative_day"):
    register.filter(_name, getattr(formatting, _name), expects_localtime=True)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; with ``label`` it speaks, without it is decoration."""
    if label:
        href = f"{static('img/icons.svg')}#{name}"
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return _decoration(name)


@lru_cache(maxsize=512)
def _decoration(name: str) -> SafeString:
    """A page holds some forty of these; where the sprite stands does not change while the portal runs."""
    href = f"{static('img/icons.svg')}#{name}"
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag
def badge(state: str, label: str = "", large: bool = False) -> SafeString:
    """A state as colour, icon and word. ``label`` replaces the usual word."""
    look = look_of(str(state))
    return _badge(look, str(label or look.label), large)


@lru_cache(maxsize=512)
def _badge(look: Look, word: str, large: bool) -> SafeString:
    """A list shows the same few in every row."""
    variant = " badge--lg" if large else ""
    return format_html('<span class="badge{}" data-state="{}">{}{}</span>', variant, look.key, icon(look.icon), word)


@register.simple_tag
def meter(
    value: Any,
    limit: Any,
    unit: str = "GB",
    label: str = "",
    large: bool = False,
    decimals: int = 1,
    bare: bool = False,
) -> SafeString:
    """See :func:`fleetportal.web.meters.meter_html`."""
    return meter_html(value, limit, unit=unit, label=str(label), large=large, decimals=decimals, bare=bare)


_CLASSES: list[tuple[type[forms.Widget], str]] = [
    (forms.Select, "select"),
    (Switch, "switch"),
    (forms.CheckboxInput, "check"),
    (forms.Textarea, "input input--area"),
    (forms.ClearableFileInput, "file"),
    (forms.FileInput, "file"),
    (forms.widgets.Input, "input"),
]


def _css_class(widget: forms.Widget) -> str:
    own = str(widget.attrs.get("class", ""))
    usual = next((css for kind, css in _CLASSES if isinstance(widget, kind)), "")
    return f"{usual} {own}".strip()


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, hint: str = "", label: str = "", *, needed: bool = False) -> dict[str, Any]:
    """A form field with label, hint, error and control, in that order. Hidden fields are only their control.

    ``needed``: not marked as optional, because the choice that shows it makes it required.
    """
    widget = bound.field.widget
    is_group = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    attrs: dict[str, Any] = {} if is_group else {"class": _css_class(widget)}
    if is_group:
        # Its choices are drawn one by one in the template; each gets the class of the group.
        widget.attrs.setdefault("class", "check" if isinstance(widget, forms.CheckboxSelectMultiple) else "radio")
    help_text = hint or bound.help_text
    if hint and not is_group:
        described = [
            f"{bound.auto_id}_helptext",
            *([f"{bound.auto_id}_error"] if bound.errors else []),
        ]
        attrs["aria-describedby"] = " ".join(described)
    return {
        "field": bound,
        "label": label or bound.label,
        "hint": help_text,
        "control": "" if is_group else bound.as_widget(attrs=attrs),
        "is_group": is_group,
        "is_checkbox": isinstance(widget, forms.CheckboxInput),
        "is_optional": not (bound.field.required or needed),
    }


@register.inclusion_tag("ui/errors.html")
def error_summary(*bound_forms: forms.BaseForm) -> dict[str, Any]:
    """What must be corrected in these forms, each line a link to its field. Nothing while there is no error."""
    found: list[tuple[str, str]] = []
    for form in bound_forms:
        if not form.is_bound:
            continue
        found += [("", str(message)) for message in form.non_field_errors()]
        for bound in form:
            target = f"{bound.auto_id}_0" if bound.use_fieldset else bound.id_for_label or bound.auto_id
            found += [(target, str(message)) for message in bound.errors]
    return {"errors": found}


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context: template.Context, page: Page, target: str = "") -> dict[str, Any]:
    """Where one is in a list and links to its other pages. ``target`` is the id HTMX swaps, such as ``sims``."""
    return {
        "request": context["request"],
        "page": page,
        "target": target,
    }


@register.simple_tag
def bar_chart(columns: Sequence[charts.Bar], description: str, top: float, rows: int = 3) -> SafeString:
    """See :func:`fleetportal.web.charts.bars`."""
    return charts.bars(columns, description=description, top=top, rows=rows)


@register.inclusion_tag("ui/chart.html")
def chart(drawn: charts.Chart, small: bool = True) -> dict[str, Any]:
    """A drawing with its axes. The page gives the same figures as a table beside it."""
    return {"chart": drawn, "small": small}


@register.simple_tag
def spark(values: Sequence[float]) -> SafeString:
    """A tiny line; see :func:`fleetportal.web.charts.spark`."""
    return charts.spark(values)


@register.simple_tag
def moment(value: Any, relative: bool = False) -> str:
    """A point in time as ``<time>``; ``relative`` says "yesterday" and keeps the date as title."""
    if not value:
        return ""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    full = formatting.date_time(local)
    if not relative:
        return format_html('<time datetime="{}">{}</time>', local.isoformat(), full)
    text = formatting.relative_day(local)
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), full, text)
