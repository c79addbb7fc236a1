"""Writes bank statements in CODA, record by record, as a Belgian bank sends them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ACCOUNT = "BE71096123456769"
DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Move:
    """``structured`` is a structured communication of twelve digits, ``text`` a free one. ``parts`` are its details."""

    amount: Decimal
    structured: str = ""
    text: str = ""
    name: str = "NOORDKAAI LOGISTICS NV"
    account: str = "BE43068999999501"
    code: str = "00150000"
    parts: tuple["Move", ...] = ()


def statement(moves: Sequence[Move], *, number: int = 101, opening: Decimal = Decimal(1000), day: date = DAY) -> str:
    """One statement with its balances and sums."""
    closing = opening + sum((move.amount for move in moves), Decimal(0))
    credit = sum((move.amount for move in moves if move.amount > 0), Decimal(0))
    debit = -sum((move.amount for move in moves if move.amount < 0), Decimal(0))
    holder = f"{ACCOUNT:<34}EUR"
    records = [f"12{number:03d}{holder}{_signed(opening)}{_day(day)}{'NOORDZEE MOBIEL NV':<26}{'':35}{number:03d}"]
    for position, move in enumerate(moves, 1):
        records += _move(move, position, 0, day)
        for detail, part in enumerate(move.parts, 1):
            records += _move(part, position, detail, day)
    records.append(f"8{number:03d}{holder}{_signed(closing)}{_day(day)}")
    head = f"00000{_day(day)}09605{'':8}{'00000001':<10}{'NOORDZEE MOBIEL NV':<26}{'KREDBEBB':<11}{'00403170701':<11}"
    tail = f"9{'':15}{len(records):06d}{_cents(debit)}{_cents(credit)}"
    lines = [f"{head:<127}2", *records, tail]
    return "".join(f"{line:<128}\r\n" for line in lines)


def _move(move: Move, position: int, detail: int, day: date) -> list[str]:
    key = f"{position:04d}{detail:04d}"
    said = f"1101{move.structured}" if move.structured else f"0{move.text[:53]}"
    first = f"21{key}{'REF':<21}{_signed(move.amount)}{_day(day)}{move.code}{said:<54}{_day(day)}101"
    return [first, f"23{key}{move.account + ' EUR':<37}{move.name[:35]:<35}{'':43}"]


def _day(day: date) -> str:
    return f"{day:%d%m%y}"


def _cents(amount: Decimal) -> str:
    return f"{int(amount * 1000):015d}"


def _signed(amount: Decimal) -> str:
    return f"{1 if amount < 0 else 0}{_cents(abs(amount))}"
