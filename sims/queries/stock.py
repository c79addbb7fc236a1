"""SIM cards that wait in a drawer: in stock and on no line."""

import re

from django.db.models import QuerySet

from accounts.models import Customer
from sims.enums import SimState
from sims.models import Sim


def stock_cards(customer: Customer, text: str = "") -> QuerySet[Sim]:
    """By number; ``text`` is any piece of the number, spaces and dots left out."""
    cards = Sim.objects.for_customer(customer).filter(state=SimState.IN_STOCK, line=None).order_by("iccid", "pk")
    digits = re.sub(r"[\s.-]", "", text)
    return cards.filter(iccid__contains=digits) if digits else cards
