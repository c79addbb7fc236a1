"""What people type to find an invoice: its number, a structured communication in any notation, an amount."""

import re
from decimal import Decimal

from django.db.models import Q

from billing.models import Invoice

_SIGNS = re.compile(r"[\s\u00a0\u202f.,/+*€-]")
_AMOUNT = re.compile(r"(\d{1,3}(?:[ .,\u00a0\u202f]\d{3})+|\d{1,12})(?:([.,])(\d{1,2}))?")
SHORTEST_REFERENCE = 3
CURRENCIES = ("€", "eur", "EUR", "Eur")


def matching(text: str) -> Q:
    """Documents whose number holds ``text``, whose reference holds its digits, or that come to this amount."""
    number = Q(number__icontains=text) | Q(corrects_number__icontains=text)
    digits = _SIGNS.sub("", text)
    if digits.isascii() and digits.isdigit() and len(digits) >= SHORTEST_REFERENCE:
        number |= Q(reference__contains=digits)
    elif len(text) >= SHORTEST_REFERENCE:
        number |= Q(reference__icontains=text)
    amount = amount_in(text)
    return number | _of_amount(*amount) if amount else number


def _of_amount(low: Decimal, high: Decimal) -> Q:
    between = (low, high)
    return Q(total__range=between) | Q(payable__range=between) | Q(net__range=between)


def amount_in(text: str) -> tuple[Decimal, Decimal] | None:
    """The lowest and highest amount that ``2.790,60``, ``2790.6`` or ``€ 2790`` can mean; None when it is no amount.

    Whole euros mean any number of cents, one decimal the ten that begin with it.
    """
    bare = text.strip()
    for sign in CURRENCIES:
        bare = bare.removeprefix(sign).removesuffix(sign).strip()
    match = _AMOUNT.fullmatch(bare)
    if not match:
        return None
    whole = re.sub(r"\D", "", match[1])
    cents = match[3] or ""
    low = Decimal(f"{whole}.{cents.ljust(2, '0')}")
    high = Decimal(f"{whole}.{cents.ljust(2, '9')}")
    most = Invoice._meta.get_field("total").max_digits - 2
    return (low, high) if len(whole) <= most else None
