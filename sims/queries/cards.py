"""Which SIM card a typed number means for a company, and whether it may carry a new line. What the operator knows of a
card that is not in stock is asked by the form, never here.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from accounts.models import Customer
from sims.enums import SimState
from sims.identifiers import Iccid, IdentifierError, clean, normalise_iccid
from sims.models import Sim

# People read the last digits from the card; fewer than these could be another one's.
SHORTEST_ENDING = 12
SHORTEST_NUMBER = 18
_SEPARATORS = re.compile(r"[\s./\u00b7\u2010-\u2015-]+")


class Standing(Enum):
    """What a typed SIM card number turned out to be."""

    IN_STOCK = auto()
    NOT_IN_STOCK = auto()
    TAKEN = auto()
    SPENT = auto()
    ELSEWHERE = auto()
    ENDING_UNKNOWN = auto()
    ENDING_OF_SEVERAL = auto()


@dataclass(frozen=True, slots=True)
class FoundCard:
    """``sim`` is a card of the company, ``typed`` the full number when all of it was typed."""

    standing: Standing
    sim: Sim | None = None
    typed: Iccid | None = None


def digits_of(typed: str) -> str:
    """What was typed without separators and padding; may still hold other characters than digits."""
    return _SEPARATORS.sub("", clean(typed)).rstrip("Ff")


def find_card(customer: Customer, typed: str) -> FoundCard:
    """The card meant by a full number or by its last 12 digits or more; raises ``IdentifierError`` for the rest."""
    digits = digits_of(typed)
    if digits.isascii() and digits.isdigit() and SHORTEST_ENDING <= len(digits) < SHORTEST_NUMBER:
        return _by_ending(customer, digits)
    number = normalise_iccid(typed)
    sim = Sim.objects.for_customer(customer).filter(iccid_core=number.core).select_related("line").first()
    if sim is not None:
        return FoundCard(_standing(sim), sim, number)
    everywhere = Sim.objects.across_customers(reason="a card exists once over all companies")
    elsewhere = everywhere.filter(iccid_core=number.core).exists()
    return FoundCard(Standing.ELSEWHERE if elsewhere else Standing.NOT_IN_STOCK, typed=number)


def find_cards(customer: Customer, typed: Collection[str]) -> dict[str, FoundCard | IdentifierError]:
    """The same for many typed numbers at once, in a few queries; what is no number is told by its error."""
    found: dict[str, FoundCard | IdentifierError] = {}
    whole: dict[str, Iccid] = {}
    endings: dict[str, str] = {}
    for text in typed:
        digits = digits_of(text)
        if digits.isascii() and digits.isdigit() and SHORTEST_ENDING <= len(digits) < SHORTEST_NUMBER:
            endings[text] = digits
            continue
        try:
            whole[text] = normalise_iccid(text)
        except IdentifierError as error:
            found[text] = error
    return found | _whole_numbers(customer, whole) | _several_endings(customer, endings)


def _whole_numbers(customer: Customer, typed: dict[str, Iccid]) -> dict[str, FoundCard | IdentifierError]:
    cores = {number.core for number in typed.values()}
    if not cores:
        return {}
    own = Sim.objects.for_customer(customer).filter(iccid_core__in=cores).select_related("line")
    cards = {sim.iccid_core: sim for sim in own}
    everywhere = Sim.objects.across_customers(reason="a card exists once over all companies")
    others = set(everywhere.filter(iccid_core__in=cores - cards.keys()).values_list("iccid_core", flat=True))
    return {
        text: FoundCard(_standing(sim), sim, number)
        if (sim := cards.get(number.core))
        else FoundCard(Standing.ELSEWHERE if number.core in others else Standing.NOT_IN_STOCK, typed=number)
        for text, number in typed.items()
    }


def _several_endings(customer: Customer, typed: dict[str, str]) -> dict[str, FoundCard | IdentifierError]:
    if not typed:
        return {}
    fits = reduce(or_, (Q(iccid__endswith=digits) for digits in typed.values()))
    cards = list(Sim.objects.for_customer(customer).filter(fits).select_related("line"))
    return {
        text: _of_ending([sim for sim in cards if sim.iccid.endswith(digits)][:2]) for text, digits in typed.items()
    }


def _by_ending(customer: Customer, digits: str) -> FoundCard:
    cards = Sim.objects.for_customer(customer).filter(iccid__endswith=digits)
    return _of_ending(list(cards.select_related("line")[:2]))


def _of_ending(found: list[Sim]) -> FoundCard:
    if not found:
        return FoundCard(Standing.ENDING_UNKNOWN)
    if len(found) > 1:
        return FoundCard(Standing.ENDING_OF_SEVERAL)
    return FoundCard(_standing(found[0]), found[0])


def _standing(sim: Sim) -> Standing:
    if sim.state == SimState.IN_STOCK and not hasattr(sim, "line"):
        return Standing.IN_STOCK
    return Standing.TAKEN if sim.state in (SimState.IN_STOCK, SimState.RESERVED, SimState.IN_USE) else Standing.SPENT


def stock_cards(customer: Customer, text: str = "") -> QuerySet[Sim]:
    """Cards that may carry a new line, by number; ``text`` is any piece of the number, spaces and dots left out."""
    cards: QuerySet[Sim] = (
        Sim.objects.for_customer(customer).filter(state=SimState.IN_STOCK, line=None).order_by("iccid", "pk")
    )
    digits = re.sub(r"[\s.-]", "", text)
    return cards.filter(iccid__contains=digits) if digits else cards
