"""What an invoice or a credit note says, as plain values: money is Decimal, days are dates, nothing is a row."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
NAMESPACES = {"cbc": CBC, "cac": CAC}
# Codes of the list of payment means that say that the supplier collects the amount himself.
DIRECT_DEBIT = ("49", "59")
# The property of an item that holds the phone number it is about.
PHONE_NUMBER = "MSISDN"


@dataclass(frozen=True, slots=True)
class Party:
    """Supplier or buyer. ``identifiers`` stand in the order of their weight: legal entity, address on Peppol, VAT."""

    name: str
    identifiers: tuple[str, ...]
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = "BE"


@dataclass(frozen=True, slots=True)
class Charge:
    """One line, or an allowance or charge on the whole document (``is_of_document``): what it adds to the net amount.

    ``codes`` are the article numbers of seller and standard. ``price`` is that of one ``unit``.
    """

    number: str
    description: str
    net: Decimal
    price: Decimal
    vat_category: str
    vat_rate: Decimal
    quantity: Decimal = Decimal(1)
    unit: str = ""
    phone_number: str = ""
    cost_centre: str = ""
    period_start_on: date | None = None
    period_end_on: date | None = None
    codes: tuple[str, ...] = ()
    is_of_document: bool = False


@dataclass(frozen=True, slots=True)
class VatAmount:
    """What one VAT rate, in per cent, comes to."""

    category: str
    rate: Decimal
    net: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice or a credit note. Amounts of a credit note are positive: what is given back.

    ``account_references`` are what may name the customer's account, the most usual first: buyer's reference, contract,
    accounting cost. ``corrects`` is the number of the one invoice a credit note is about; empty for none or several.
    """

    is_credit_note: bool
    number: str
    issued_on: date
    supplier: Party
    buyer: Party
    net: Decimal
    vat: Decimal
    total: Decimal
    payable: Decimal
    charges: tuple[Charge, ...]
    vat_amounts: tuple[VatAmount, ...]
    due_on: date | None = None
    period_start_on: date | None = None
    period_end_on: date | None = None
    currency: str = "EUR"
    account_references: tuple[str, ...] = ()
    payment_reference: str = ""
    iban: str = ""
    is_direct_debit: bool = False
    corrects: str = ""
