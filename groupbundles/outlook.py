"""What is said about the month of a bundle: whether it lasts, and how sure that is."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from fleetportal.web import formatting
from groupbundles.enums import Sureness
from groupbundles.forecast import Forecast
from groupbundles.queries.bundle_usage import BundleMonth

# Up to this share of the size, what is expected is well within it.
_WELL_WITHIN = 0.85


@dataclass(frozen=True, slots=True)
class Outlook:
    """One sentence, what stands beside it in smaller letters, and how sure it is; ``tone`` is "", "warn" or "bad"."""

    text: str
    detail: str = ""
    sureness: Sureness | None = None
    tone: str = ""


def outlook_of(month: BundleMonth) -> Outlook:
    """What a manager should know about the rest of this month, or how a month that is over ended."""
    if month.updated_at is None:
        return Outlook(_("No usage has come in yet."))
    found = month.forecast
    if found is None:
        return Outlook(_("Too little is known yet to say what to expect.") if not month.is_over else _("Nothing used."))
    if found.is_final:
        return _ended(month, found)
    if found.is_used_up:
        return _used_up(month, found)
    return _runs_out(month, found) if found.runs_out_on else _stays_within(month, found)


def _words(month: BundleMonth, found: Forecast) -> dict[str, str]:
    """Amounts and days of a forecast as they are read."""

    def amount(value: int) -> str:
        return formatting.usage(value, month.bundle.kind)

    def day(value: date | None) -> str:
        return formatting.day_and_month(value)

    return {
        "used": amount(found.used),
        "size": amount(found.size),
        "expected": amount(found.expected),
        "over": amount(max(0, found.expected - found.size)),
        "low": amount(found.low),
        "high": amount(found.high),
        "last": day(month.last_day),
        "out": day(found.runs_out_on),
        "earliest": day(found.earliest),
        "latest": day(found.latest),
    }


def _ended(month: BundleMonth, found: Forecast) -> Outlook:
    words = _words(month, found)
    if not found.is_used_up:
        return Outlook(_("The bundle was large enough."))
    return Outlook(
        _("Used up on %(out)s.") % words,
        _("%(over)s more than the bundle holds were used.") % words if found.expected > found.size else "",
        tone="bad",
    )


def _used_up(month: BundleMonth, found: Forecast) -> Outlook:
    words = _words(month, found)
    more = _("%(expected)s expected by %(last)s, %(over)s more than the bundle holds.") % words
    return Outlook(_("Used up since %(out)s.") % words, more if found.expected > found.size else "", tone="bad")


def _runs_out(month: BundleMonth, found: Forecast) -> Outlook:
    words = _words(month, found)
    if found.latest is None:
        when = _("On %(earliest)s at the earliest, and perhaps not at all this month.") % words
    elif found.earliest != found.latest:
        when = _("Between %(earliest)s and %(latest)s.") % words
    else:
        when = ""
    more = _("%(expected)s expected by %(last)s, %(over)s more than the bundle holds.") % words
    text = _("Expected to run out on %(out)s.") % words
    return Outlook(text, " ".join(filter(None, (when, more))), found.sureness, "warn")


def _stays_within(month: BundleMonth, found: Forecast) -> Outlook:
    words = _words(month, found)
    if found.expected <= found.size * _WELL_WITHIN:
        text = _("%(expected)s expected by %(last)s, well within the bundle.") % words
    else:
        text = _("%(expected)s expected by %(last)s, within the bundle.") % words
    between = _("Between %(low)s and %(high)s.") % words if found.low < found.high else ""
    risk = _("It may run out from %(earliest)s on.") % words if found.earliest else ""
    return Outlook(text, " ".join(filter(None, (between, risk))), found.sureness)
