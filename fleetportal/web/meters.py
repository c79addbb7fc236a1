"""How much of a limit is used, as HTML. Written in code because a list draws one in every row."""

from decimal import Decimal
from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fleetportal.web import formatting


def meter_html(
    value: formatting.Number | str | None,
    limit: formatting.Number | str | None,
    *,
    unit: str = "GB",
    label: str = "",
    large: bool = False,
    decimals: int = 1,
    bare: bool = False,
) -> SafeString:
    """Warns from 80 %, bad from 100 %. ``label`` names it for screen readers.

    ``bare`` is only the bar, where the figures stand beside it already.
    """
    used, most = Decimal(str(value or 0)), Decimal(str(limit or 0))
    return _drawn(used, most, unit, label or unit, large, decimals, bare, formatting.language())


@lru_cache(maxsize=2048)
def _drawn(
    used: Decimal, most: Decimal, unit: str, label: str, large: bool, decimals: int, bare: bool, _language: str
) -> SafeString:
    share = round(100 * used / most) if most else 0
    tone = "bad" if share >= 100 else "warn" if share >= 80 else ""
    texts = {
        "used_text": formatting.number(used, decimals),
        "limit_text": formatting.number(most, 0 if most == most.to_integral_value() else decimals),
        "share_text": formatting.percent(share),
        "unit": unit,
    }
    figures = format_html(
        '<div class="meter__text"><span><strong>{used_text}</strong> / {limit_text} {unit}</span>'
        "<span>{share_text}</span></div>",
        **texts,
    )
    return format_html(
        # What is inside a meter is not read out: its name and values are.
        '<div class="meter{size}"{tone} role="meter" aria-label="{label}" aria-valuemax="{most}" aria-valuenow="{used}"'
        ' aria-valuetext="{spoken}">{figures}<svg class="meter__bar"><rect width="{width}%"/></svg></div>',
        size=" meter--lg" if large else "",
        tone=format_html(' data-tone="{}"', tone) if tone else "",
        label=label,
        most=f"{most:f}",
        used=f"{used:f}",
        spoken=_("%(used_text)s of %(limit_text)s %(unit)s, %(share_text)s") % texts,
        width=max(0, min(share, 100)),
        figures="" if bare else figures,
    )
