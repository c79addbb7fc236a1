"""What can be barred on a line: the kinds of traffic, what each of them stops and which of them contain another one.

Codes are those of the operator's contract. Bars on premium numbers follow the Ministerial Decree of 12 December 2005,
changed in 2007: free of charge, in the groups adult content, games with logos, and all of them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetportal.operators.registry import get_operator
from fleetportal.web import formatting

CALLS, TEXTS, DATA, ABROAD, PAYMENTS = "calls", "texts", "data", "abroad", "payments"
GROUPS: Mapping[str, Promise] = {
    CALLS: gettext_lazy("Calls"),
    TEXTS: gettext_lazy("Text messages"),
    DATA: gettext_lazy("Data"),
    ABROAD: gettext_lazy("Abroad"),
    PAYMENTS: gettext_lazy("Payment services"),
}

PER_CALL = gettext_lazy("At most %(amount)s per call.")
PER_MESSAGE = gettext_lazy("At most %(amount)s per text message.")
PER_MINUTE_OR_CALL = gettext_lazy("At most %(amount)s per minute or call.")
PER_PAYMENT = gettext_lazy("At most %(amount)s per payment.")


@dataclass(frozen=True, slots=True)
class Barring:
    """``contains`` are codes that are barred along with this one. ``ceiling`` is the highest price of what is barred,
    in euro with VAT, worded by ``per``; nothing where no price is fixed.
    """

    code: str
    group: str
    label: Promise
    effect: Promise
    contains: frozenset[str] = field(default_factory=frozenset)
    ceiling: Decimal | None = None
    per: Promise | None = None

    @property
    def price(self) -> str:
        """The highest price in words, or nothing."""
        if self.ceiling is None or self.per is None:
            return ""
        return str(self.per) % {"amount": formatting.eur(self.ceiling)}


_ALL = (
    Barring(
        "INTL_CALLS",
        CALLS,
        gettext_lazy("International calls"),
        gettext_lazy("No calls from Belgium to numbers abroad."),
    ),
    Barring(
        "CALL_FWD_INTL",
        CALLS,
        gettext_lazy("Forwarding to abroad"),
        gettext_lazy("Calls cannot be forwarded to a number abroad."),
    ),
    Barring("SMS_MO", TEXTS, gettext_lazy("Sending text messages"), gettext_lazy("Text messages still come in.")),
    Barring("MMS", TEXTS, gettext_lazy("MMS"), gettext_lazy("No messages with pictures or sound.")),
    Barring(
        "DATA_ALL",
        DATA,
        gettext_lazy("Mobile data"),
        gettext_lazy("No internet over the mobile network, at home or abroad. Wi-Fi still works."),
        contains=frozenset({"DATA_OOB", "ROAM_DATA", "ROAM_DATA_NON_EU"}),
    ),
    Barring(
        "DATA_OOB",
        DATA,
        gettext_lazy("Data outside the bundle"),
        gettext_lazy("Internet stops once the allowance is used up, until the next billing period."),
    ),
    Barring(
        "ROAM_ALL",
        ABROAD,
        gettext_lazy("Roaming"),
        gettext_lazy("The line does not work abroad: no calls, text messages or data."),
        contains=frozenset({"ROAM_VOICE_OUT", "ROAM_VOICE_IN", "ROAM_DATA", "ROAM_DATA_NON_EU"}),
    ),
    Barring("ROAM_VOICE_OUT", ABROAD, gettext_lazy("Calling while abroad"), gettext_lazy("No outgoing calls abroad.")),
    Barring(
        "ROAM_VOICE_IN", ABROAD, gettext_lazy("Being called while abroad"), gettext_lazy("No incoming calls abroad.")
    ),
    Barring(
        "ROAM_DATA",
        ABROAD,
        gettext_lazy("Data roaming"),
        gettext_lazy("No mobile data abroad."),
        contains=frozenset({"ROAM_DATA_NON_EU"}),
    ),
    Barring(
        "ROAM_DATA_NON_EU",
        ABROAD,
        gettext_lazy("Data roaming outside the EU"),
        gettext_lazy("Mobile data still works in the European Union."),
    ),
    Barring(
        "PREMIUM_ALL",
        PAYMENTS,
        gettext_lazy("All premium numbers"),
        gettext_lazy("No calls to 0900 to 0907 and 0909, no text messages to 2xxx, 3xxx, 5xxx, 6xxx, 7xxx and 9xxx."),
        contains=frozenset({"PREMIUM_ADULT", "PREMIUM_GAMES"}),
        ceiling=Decimal(31),
        per=PER_MINUTE_OR_CALL,
    ),
    Barring(
        "PREMIUM_ADULT",
        PAYMENTS,
        gettext_lazy("Premium numbers for adults"),
        gettext_lazy("No calls to 0906 and 0907, no text messages to 7xxx."),
        ceiling=Decimal(2),
        per=gettext_lazy("At most %(amount)s per minute."),
    ),
    Barring(
        "PREMIUM_GAMES",
        PAYMENTS,
        gettext_lazy("Games, contests and ringtones"),
        gettext_lazy("No calls to 0905, no text messages to 6xxx and to the 9xxx numbers for games."),
        ceiling=Decimal(2),
        per=PER_CALL,
    ),
    Barring(
        "SMS_PAYMENT",
        PAYMENTS,
        gettext_lazy("Payments by text message"),
        gettext_lazy("No text messages to 4xxx, such as gifts to charities and tickets."),
        ceiling=Decimal(31),
        per=PER_MESSAGE,
    ),
    Barring(
        "DCB",
        PAYMENTS,
        gettext_lazy("PayByMobile"),
        gettext_lazy("No payments to app stores, parking and tickets through the invoice."),
        ceiling=Decimal(50),
        per=PER_PAYMENT,
    ),
)
CATALOGUE: Mapping[str, Barring] = {barring.code: barring for barring in _ALL}


def offered() -> tuple[Barring, ...]:
    """What the operator can bar and the portal has words for, group by group."""
    codes = get_operator().capabilities().barrings
    return tuple(barring for barring in _ALL if barring.code in codes)


def label(code: str) -> str:
    """The name of a barring; an operator's own code is shown as it is."""
    return str(CATALOGUE[code].label) if code in CATALOGUE else code


def labels(codes: Iterable[str]) -> str:
    """Names in the order of the catalogue, with commas."""
    return ", ".join(label(code) for code in in_order(codes))


def in_order(codes: Iterable[str]) -> list[str]:
    """As the catalogue has them, an operator's own last."""
    places = {code: place for place, code in enumerate(CATALOGUE)}
    return sorted(set(codes), key=lambda code: (places.get(code, len(places)), code))


def container_of(code: str, codes: Collection[str]) -> str:
    """The one of ``codes`` that bars ``code`` along, the widest one; empty when none does."""
    found = [c for c in codes if c in CATALOGUE and code in CATALOGUE[c].contains]
    return max(found, key=lambda c: (len(CATALOGUE[c].contains), c), default="")


def without_contained(codes: Collection[str]) -> tuple[str, ...]:
    """The same barrings without those that another one bars along, sorted: how they are stored and sent."""
    return tuple(sorted(code for code in set(codes) if not container_of(code, codes)))


def moved(before: Collection[str], after: Collection[str]) -> tuple[list[str], list[str]]:
    """What is barred and what is allowed again; parts that a wider barring takes along are not told apart."""
    gone = [code for code in in_order(set(before) - set(after)) if not container_of(code, after)]
    return in_order(set(after) - set(before)), gone


def difference(before: Collection[str], after: Collection[str]) -> str:
    """The same in words: a plus for what is barred, a minus for what is allowed again."""
    barred, allowed = moved(before, after)
    return ", ".join([f"+ {label(code)}" for code in barred] + [f"− {label(code)}" for code in allowed])


def why_not_all_numbers() -> str:
    """Why some dear numbers have no switch."""
    return _(
        "Numbers that begin with 070, 077 or 078 and short numbers 1xxx cannot be barred: the law provides for bars on "
        "premium numbers only and leaves out 070 and the short numbers."
    )
