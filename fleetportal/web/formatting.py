"""Numbers, money, dates and identifiers as people read them in the active language.

Templates use the same functions as filters. Storage formats (E.164, bare ICCID, Decimal) are not made here.
"""

import datetime as dt
from decimal import Decimal
from functools import lru_cache

import phonenumbers
from babel.numbers import format_currency, format_decimal
from django.utils import formats, timezone
from django.utils.translation import get_language, gettext, ngettext

NBSP = "\u00a0"
NARROW_NBSP = "\u202f"
_BABEL_LOCALES = {"nl": "nl_BE", "fr": "fr_BE", "en": "en_GB"}
_DATA_UNITS = {"fr": ("Mo", "Go")}
MEGABYTE, GIGABYTE = 10**6, 10**9

Number = int | float | Decimal


def language() -> str:
    """The active language as its two letters."""
    return (get_language() or "nl")[:2]


def html_language() -> str:
    """The value of ``<html lang>``: Belgian Dutch and French, plain English."""
    return {"nl": "nl-BE", "fr": "fr-BE"}.get(language(), "en")


def _locale() -> str:
    return _BABEL_LOCALES.get(language(), "nl_BE")


def eur(value: Number | None) -> str:
    """Euro with two decimals: ``€ 1.234,56``, ``1 234,56 €``, ``€1,234.56``. Nothing for None."""
    return money(value, "EUR")


def money(value: Number | None, currency: str) -> str:
    """The same in any currency, by its code of three letters."""
    if value is None:
        return ""
    # The font has no narrow no-break space, the separator of French in the Unicode data.
    return format_currency(value, currency, locale=_locale()).replace(NARROW_NBSP, NBSP)


def number(value: Number | None, decimals: int = 0) -> str:
    """A number with exactly ``decimals`` decimals and thousands grouped."""
    if value is None:
        return ""
    return _number(value, decimals, _locale())


@lru_cache(maxsize=4096)
def _number(value: Number, decimals: int, locale: str) -> str:
    """Babel reads its pattern anew each time; pages show the same small numbers over and over."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=locale).replace(NARROW_NBSP, NBSP)


def percent(value: Number | None, decimals: int = 0) -> str:
    """A percentage, whole unless told; ``value`` is already in per cent."""
    if value is None:
        return ""
    return f"{number(value, decimals)}{'' if language() == 'en' else NBSP}%"


def rate(value: Decimal | None) -> str:
    """A rate in per cent with as many decimals as it has: ``21 %``, ``5,5 %``."""
    if value is None:
        return ""
    bare = value.normalize()
    return percent(bare, max(0, -int(bare.as_tuple().exponent)))


def data_volume(amount: Number | None) -> str:
    """Bytes as people read them: ``310 MB``, from 1 GB (10^9 bytes, as plans and bundles count) ``12,4 GB``.

    From 100 GB on without decimals; French says Mo, Go. Bundles stay in GB, so that used and size compare at a glance.
    """
    if amount is None:
        return ""
    small, large = _DATA_UNITS.get(language(), ("MB", "GB"))
    # Rounded to megabytes first: 999,6 MB is 1,0 GB and not 1.000 MB.
    if (megabytes := round(amount / MEGABYTE)) < 1000:
        return f"{number(megabytes)}{NBSP}{small}"
    gigabytes = Decimal(megabytes) / 1000
    return f"{number(gigabytes, 1 if gigabytes < 100 else 0)}{NBSP}{large}"


def talk_time(seconds: Number | None) -> str:
    """Seconds of calls as whole minutes, ``1.234 min``; less than one in seconds."""
    if seconds is None:
        return ""
    if 0 < seconds < 60:
        return f"{number(seconds)}{NBSP}s"
    return f"{number(round(seconds / 60))}{NBSP}min"


def usage(amount: Number | None, kind: str) -> str:
    """An amount of a kind of use: bytes of ``data``, seconds of ``voice``, anything else in pieces."""
    shown = {"data": data_volume, "voice": talk_time}.get(str(kind), number)
    return shown(amount)


def data_unit(most: Number) -> tuple[str, int]:
    """The unit in which amounts of data up to ``most`` bytes stand beside each other, and how many bytes it is."""
    small, large = _DATA_UNITS.get(language(), ("MB", "GB"))
    return (large, GIGABYTE) if most >= GIGABYTE else (small, MEGABYTE)


def usage_unit(kind: str) -> tuple[str, int]:
    """The unit in which a bundle of this kind is compared, and how many bytes or seconds it is."""
    if str(kind) == "voice":
        return "min", 60
    return _DATA_UNITS.get(language(), ("MB", "GB"))[1], GIGABYTE


def data_allowance(gigabytes: Number | None) -> str:
    """What a plan holds: ``20 GB``, ``1,5 GB``; nothing for None."""
    if gigabytes is None:
        return ""
    is_whole = gigabytes == int(gigabytes)
    return f"{number(gigabytes, 0 if is_whole else 1)}{NBSP}{_DATA_UNITS.get(language(), ('MB', 'GB'))[1]}"


def phone(e164: str | None) -> str:
    """``+32468123456`` as ``0468 12 34 56``; foreign numbers keep their country code; other text stays."""
    if not e164:
        return ""
    if e164.startswith("+324") and len(e164) == 12:  # Belgian mobile: by far most of them, and parsing is slow
        return f"0{e164[3:6]} {e164[6:8]} {e164[8:10]} {e164[10:]}"
    try:
        parsed = phonenumbers.parse(e164, "BE")
    except phonenumbers.NumberParseException:
        return e164
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, style.NATIONAL if parsed.country_code == 32 else style.INTERNATIONAL)


def identifier(text: str) -> str:
    """A stored number or SIM number as people read it; any other text as it is."""
    if text.startswith("+"):
        return phone(text)
    return iccid(text) if text.isdigit() and text.startswith("89") and 18 <= len(text) <= 22 else text


def colon(word: object, text: object) -> str:
    """``Plan: Mobile Pro``; French keeps a space before the colon."""
    return gettext("%(word)s: %(text)s") % {"word": word, "text": text}


def iban(text: str | None) -> str:
    """An account number in groups of four: ``BE71 0961 2345 6769``."""
    return " ".join((text or "")[i : i + 4] for i in range(0, len(text or ""), 4))


def iccid(text: str | None) -> str:
    """A SIM number in groups of four, the rest last: ``8932 0400 1200 3456 780``."""
    return " ".join((text or "")[i : i + 4] for i in range(0, len(text or ""), 4))


def _local(value: dt.date | dt.datetime) -> dt.date | dt.datetime:
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def short_date(value: dt.date | dt.datetime | None) -> str:
    """``23/11/2026`` in every language."""
    return formats.date_format(_local(value), "SHORT_DATE_FORMAT") if value else ""


def long_date(value: dt.date | dt.datetime | None) -> str:
    """``23 november 2026``."""
    return formats.date_format(_local(value), "DATE_FORMAT") if value else ""


def day_and_month(value: dt.date | dt.datetime | None) -> str:
    """``1 december``, for a day that is near."""
    return formats.date_format(_local(value), "j F") if value else ""


def month(value: dt.date | dt.datetime | None) -> str:
    """``november 2026``."""
    return formats.date_format(_local(value), "F Y") if value else ""


def short_month(value: dt.date | dt.datetime | None) -> str:
    """``nov``, where there is little room; English says ``Nov``."""
    return formats.date_format(_local(value), "M" if language() == "en" else "b") if value else ""


def date_time(value: dt.datetime | None) -> str:
    """``23/11/2026 om 08:42``, Belgian time."""
    return formats.date_format(_local(value), "SHORT_DATETIME_FORMAT") if value else ""


def hue(name: object) -> int:
    """The colour of an avatar (0 to 4), always the same for the same name."""
    return sum(map(ord, str(name))) % 5


def clock(value: dt.datetime | None) -> str:
    """``08:42``, Belgian time."""
    return formats.date_format(_local(value), "TIME_FORMAT") if value else ""


def relative_day(value: dt.datetime | None, *, now: dt.datetime | None = None) -> str:
    """How long ago in words, for less than seven days; older moments as a date."""
    if not value:
        return ""
    today = timezone.localtime(now).date() if now else timezone.localdate()
    days = (today - timezone.localtime(value).date()).days
    if days == 0:
        return gettext("today at %(time)s") % {"time": clock(value)}
    if days == 1:
        return gettext("yesterday at %(time)s") % {"time": clock(value)}
    if 1 < days < 7:
        return ngettext("%(days)s day ago", "%(days)s days ago", days) % {"days": days}
    return short_date(value)
