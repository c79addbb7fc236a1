"""Small documents for tests: valid unless a test makes them otherwise, and the samples of a whole company."""

import gzip
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from fleetportal.ubl.documents import Charge, Document, Party, VatAmount
from fleetportal.ubl.writing import write

SAMPLES = Path(__file__).parents[1] / "data" / "invoices"
SUPPLIER = Party("Noordzee Mobiel NV", ("0403170701",), "Kaai 1", "8400", "Oostende")
NOORDKAAI = Party("Noordkaai Logistics NV", ("0403019261",), "Kaai 12", "9000", "Gent")
ZUIDPARK = Party("Zuidpark BV", ("1000000021",), "Park 3", "1070", "Brussel")
ACCOUNT = "1000236"


def charge(net: str = "19.00", **fields: Any) -> Charge:
    values = {
        "number": "1",
        "description": "Abonnement MOB-PRO",
        "net": Decimal(net),
        "price": Decimal(net),
        "vat_category": "S",
        "vat_rate": Decimal(21),
        "unit": "MON",
        "cost_centre": "4120",
    }
    return Charge(**(values | fields))


def document(*charges: Charge, **fields: Any) -> Document:
    """An invoice of October 2026, with the sums of its charges at 21 % VAT."""
    charges = charges or (charge(),)
    net = sum((one.net for one in charges), Decimal(0))
    vat = (net * Decimal("0.21")).quantize(Decimal("0.01"))
    values = {
        "is_credit_note": False,
        "number": "2026-10-0001",
        "issued_on": date(2026, 11, 1),
        "due_on": date(2026, 12, 1),
        "period_start_on": date(2026, 10, 1),
        "period_end_on": date(2026, 10, 31),
        "supplier": SUPPLIER,
        "buyer": NOORDKAAI,
        "account_references": (ACCOUNT,),
        "net": net,
        "vat": vat,
        "total": net + vat,
        "payable": net + vat,
        "charges": charges,
        "vat_amounts": (VatAmount("S", Decimal(21), net, vat),),
        "payment_reference": "+++202/6104/00919+++",
        "iban": "BE71096123456769",
    }
    return Document(**(values | fields))


def credit_note(*charges: Charge, **fields: Any) -> Document:
    values = {"is_credit_note": True, "number": "2026-10-0001-C", "corrects": "2026-10-0001", "due_on": None}
    return document(*charges, **(values | fields))


def xml(*charges: Charge, **fields: Any) -> bytes:
    return write(document(*charges, **fields))


def sample(name: str) -> bytes:
    return gzip.decompress((SAMPLES / f"{name}.xml.gz").read_bytes())


def expected() -> dict[str, dict[str, Any]]:
    """What each sample has to come to, by its number."""
    reports = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
    return {report["number"]: report for report in reports}
