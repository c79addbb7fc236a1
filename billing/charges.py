"""What a line of an invoice charges, told from its article codes and its words in Dutch, French and English."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from billing.enums import ChargeKind

# Asked in this order: "hors forfait" is use, and not a subscription.
_WORDS: tuple[tuple[ChargeKind, str], ...] = (
    (
        ChargeKind.THIRD_PARTY,
        r"derden|tiers|third part|pay ?by ?mobile|mobiele betaling|paiements? mobiles?|betaalnummer|numeros? surtaxe",
    ),
    (ChargeKind.USAGE, r"buiten (?:de )?bundel|hors[ -]forfait|out(?:side)?[ -]of[ -](?:the )?bundle|outside"),
    (ChargeKind.USAGE, r"verbruik|consommation|usage|roaming|itinerance|buiten de eu"),
    (ChargeKind.BUNDLE, r"groepsbundel|forfait (?:de )?groupe|group bundle|bundel|pool"),
    (
        ChargeKind.ONE_OFF,
        r"eenmalig|activatie|aansluiting|vervanging|verzend|frais (?:unique|d.activation|de)|remplacement|"
        r"one-off|activation|replacement|simkaart|carte sim|sim card",
    ),
    (ChargeKind.OPTION, r"optie|option|supplement"),
    (ChargeKind.PLAN, r"abonnement|subscription|tariefplan|plan tarifaire|forfait"),
)
_PATTERNS = tuple((kind, re.compile(rf"\b(?:{words})")) for kind, words in _WORDS)
_TOKENS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def kind_of(description: str, codes: Iterable[str], catalogue: Mapping[str, ChargeKind]) -> ChargeKind:
    """By a code of the company's catalogue where there is one, in upper case; else by what the words say."""
    for code in (*codes, *_TOKENS.findall(description)):
        if found := catalogue.get(code.upper()):
            return found
    plain = unicodedata.normalize("NFKD", description.lower()).encode("ascii", "ignore").decode()
    return next((kind for kind, words in _PATTERNS if words.search(plain)), ChargeKind.OTHER)
