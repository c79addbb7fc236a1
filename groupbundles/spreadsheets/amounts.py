"""Amounts of use as numbers of a spreadsheet: GB, minutes and pieces."""

from decimal import Decimal

from fleetportal.web import formatting
from groupbundles.enums import UsageKind


def amount_of(quantity: int, kind: str) -> Decimal | int:
    """Bytes as GB, seconds as minutes, to three decimals; pieces as they are."""
    if kind == UsageKind.DATA:
        return round(Decimal(quantity) / formatting.GIGABYTE, 3)
    if kind == UsageKind.VOICE:
        return round(Decimal(quantity) / 60, 3)
    return quantity


def unit_of(kind: str) -> str:
    return formatting.usage_unit(kind)[0] if kind in (UsageKind.DATA, UsageKind.VOICE) else ""
