"""The columns of one kind of use per day, with the conclusion that somebody who cannot see them hears."""

from datetime import date

from django.utils.translation import gettext as _

from fleetportal.web import formatting
from fleetportal.web.charts import Bar, Chart, column_chart
from groupbundles.enums import UsageKind
from groupbundles.periods import last_day
from groupbundles.queries.line_usage import LineUsage, Used

Days = list[tuple[date, Used | None]]


def day_chart(usage: LineUsage, kind: UsageKind) -> Chart:
    """What counts towards a bundle below, what is outside of any on top of it."""
    days = usage.per_day(kind)
    unit, size = _unit(days, kind)
    return column_chart(
        [_bar(day, used, kind, size) for day, used in days],
        description=_conclusion(usage, days, kind),
        unit=unit,
        ticks=[str(day.day) if day.day == 1 or day.day % 5 == 0 else "" for day, _used in days],
    )


def _unit(days: Days, kind: UsageKind) -> tuple[str, int]:
    """The unit of the axis, and how many bytes or seconds it is."""
    if kind == UsageKind.DATA:
        most = max((used.total for _day, used in days if used), default=0)
        return formatting.data_unit(most)
    return ("min", 60) if kind == UsageKind.VOICE else ("", 1)


def _bar(day: date, used: Used | None, kind: UsageKind, size: int) -> Bar:
    if used is None:
        return Bar(None)
    text = _("%(day)s: %(amount)s") % _words(day, used.total, kind)
    if used.outside:
        outside = _("%(amount)s out of bundle") % {"amount": formatting.usage(used.outside, kind)}
        text = f"{text}, {outside}"
    return Bar(used.inside / size, text, extra=used.outside / size)


def _words(day: date, amount: int, kind: UsageKind) -> dict[str, str]:
    return {"day": formatting.day_and_month(day), "amount": formatting.usage(amount, kind)}


def _conclusion(usage: LineUsage, days: Days, kind: UsageKind) -> str:
    known = [(used.total, day) for day, used in days if used]
    texts = [_("%(kind)s per day in %(month)s.") % {"kind": kind.label, "month": formatting.month(usage.period)}]
    if not known or not (most := max(known, key=lambda found: (found[0], -found[1].toordinal())))[0]:
        return f"{texts[0]} " + _("Nothing used.")
    texts.append(_("Most on %(day)s: %(amount)s.") % _words(most[1], most[0], kind))
    total = {"amount": formatting.usage(sum(amount for amount, _day in known), kind)}
    if usage.known_until == last_day(usage.period) or usage.known_until is None:
        texts.append(_("%(amount)s in total.") % total)
    else:
        until = {"day": formatting.day_and_month(usage.known_until)}
        texts.append(_("%(amount)s up to %(day)s.") % (total | until))
    return " ".join(texts)
