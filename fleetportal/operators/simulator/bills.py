"""The simulated operator's invoices: one a month for each billing account, made up from its lines and sent as UBL.

A month is billed once it is over, by the operator's clock, and stays as it was sent. What lines used outside their
bundles follows from a hash of line and month.
"""

import calendar
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from fleetportal.operators.contract import Bill, BillPage, ContractError, Rejected, ServiceStatus
from fleetportal.operators.simulator.models import SimulatedBill, SimulatedBundle, SimulatedCustomer, SimulatedLine
from fleetportal.ubl.documents import Charge, Document, Party, VatAmount
from fleetportal.ubl.parsing import parse
from fleetportal.ubl.reading import read
from fleetportal.ubl.writing import write

PAGE = 20
BRUSSELS = ZoneInfo("Europe/Brussels")
SUPPLIER = Party("Noordzee Mobiel NV", ("0403170701",), "Kaai 1", "8400", "Oostende")
IBAN = "BE71096123456769"
VAT_RATE = Decimal(21)
CENT = Decimal("0.01")
DUE_AFTER = timedelta(days=30)
CONNECTION = Decimal("10.00")
# Out of 256 lines in a month: how many use more than their bundle holds, and how many buy from third parties.
BEYOND, THIRD_PARTY = 60, 16

_CURSOR = re.compile(r"\d{1,18}\Z")


def page(customer_reference: str, cursor: str, at: datetime) -> BillPage:
    """What was made after ``cursor``, months that are over by ``at`` included."""
    if cursor and not _CURSOR.match(cursor):
        raise ContractError(f"{cursor!r} is not a cursor of this operator")
    make_bills(customer_reference, at)
    found = SimulatedBill.objects.filter(customer_reference=customer_reference, pk__gt=int(cursor or 0)).order_by("pk")
    rows = list(found.defer("document")[: PAGE + 1])
    bills = tuple(Bill(row.reference, row.number, row.billing_account, row.issued_on) for row in rows[:PAGE])
    end = rows[:PAGE][-1].pk if rows else int(cursor or 0)
    return BillPage(bills, str(end), is_last=len(rows) <= PAGE)


def document(reference: str) -> bytes:
    """The bytes that were sent."""
    pk = reference.removeprefix("SB-")
    found = SimulatedBill.objects.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None
    if found is None:
        raise Rejected("bill_unknown", f"{reference} is not an invoice of this operator.")
    return bytes(found.document)


def make_bills(customer_reference: str, at: datetime) -> None:
    """The invoices of every month that is over and not billed yet; a customer it was not told of gets none."""
    this_month = at.astimezone(BRUSSELS).date().replace(day=1)
    with transaction.atomic():
        customer = SimulatedCustomer.objects.select_for_update().filter(reference=customer_reference).first()
        if customer is None or customer.next_month >= this_month:
            return
        month = customer.next_month
        while month < this_month:
            _bill(customer, _Month.of(month))
            month = _following(month)
        customer.next_month = this_month
        customer.save(update_fields=["next_month"])


def credit(number: str, lines: int, at: datetime) -> None:
    """A credit note on an invoice that was sent, about the first lines of it."""
    about = SimulatedBill.objects.get(number=number)
    original = read(parse(bytes(about.document)))
    today = at.astimezone(BRUSSELS).date()
    note = SimulatedBill(
        customer_reference=about.customer_reference, billing_account=about.billing_account, issued_on=today
    )
    with transaction.atomic():
        _send(
            note,
            charges=original.charges[:lines],
            buyer=original.buyer,
            period=(original.period_start_on, original.period_end_on),
            corrects=original.number,
            payment_reference=original.payment_reference,
        )


@dataclass(frozen=True, slots=True)
class _Month:
    first: date
    last: date

    @classmethod
    def of(cls, first: date) -> "_Month":
        return cls(first, first.replace(day=calendar.monthrange(first.year, first.month)[1]))


def _following(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _bill(customer: SimulatedCustomer, month: _Month) -> None:
    """One invoice for each billing account that something is charged on."""
    charges: dict[str, list[Charge]] = {}
    usual = next(iter(customer.billing_accounts), "")
    lines = SimulatedLine.objects.filter(customer_reference=customer.reference).exclude(status=ServiceStatus.TERMINATED)
    for line in lines.order_by("number"):
        charges.setdefault(line.billing_account or usual, []).extend(_of_line(customer, line, month))
    bundles = SimulatedBundle.objects.filter(customer_reference=customer.reference, starts_on__lte=month.last)
    for bundle in bundles.order_by("code"):
        if bundle.ends_on is None or bundle.ends_on >= month.first:
            price = _price(customer, bundle.offer)
            text = f"Groepsbundel {customer.names.get(bundle.offer, bundle.offer)}"
            charge = _charge(month, text, price, code=bundle.offer)
            charges.setdefault(bundle.billing_account or usual, []).extend([charge] if price else [])
    for account, of_account in sorted(charges.items()):
        if account and of_account:
            _invoice(customer, account, of_account, month)


def _of_line(customer: SimulatedCustomer, line: SimulatedLine, month: _Month) -> Iterator[Charge]:
    """Plan and options, from the day it works; what it used beyond that; and what was done for it once."""
    since = line.activated_on or month.first
    if since > month.last:
        return
    about = {"number": line.number, "centre": customer.cost_centres.get(line.number, "")}
    part = Decimal((month.last - max(since, month.first)).days + 1) / Decimal((month.last - month.first).days + 1)
    for code, kind in ((line.plan_code, "Abonnement"), *((code, "Optie") for code in line.option_codes)):
        if amount := _rounded(_price(customer, code) * part):
            yield _charge(month, f"{kind} {customer.names.get(code, code)}", amount, code=code, since=since, **about)
    if line.status == ServiceStatus.ACTIVE:
        dice = hashlib.blake2b(f"bill {line.number} {month.first}".encode(), digest_size=8).digest()
        if dice[0] < BEYOND:
            yield _charge(month, "Verbruik buiten bundel", _amount(dice[1], 60, "0.45"), **about)
        if dice[2] < THIRD_PARTY:
            yield _charge(month, "Diensten van derden", _amount(dice[3], 12, "0.82"), **about)
    if since >= month.first and line.activated_on:
        yield _charge(month, "Eenmalige aansluiting", CONNECTION, **about)


def _price(customer: SimulatedCustomer, code: str) -> Decimal:
    return Decimal(customer.prices.get(code, 0))


def _rounded(amount: Decimal) -> Decimal:
    return Decimal(amount.quantize(CENT, rounding=ROUND_HALF_UP))


def _amount(dice: int, most: int, least: str) -> Decimal:
    """Many small ones and a few large ones."""
    return _rounded(Decimal(least) + Decimal(most) * (Decimal(dice) / 256) ** 3)


def _charge(
    month: _Month,
    text: str,
    amount: Decimal,
    *,
    code: str = "",
    number: str = "",
    centre: str = "",
    since: date | None = None,
) -> Charge:
    return Charge(
        number="",
        description=text,
        net=amount,
        price=amount,
        vat_category="S",
        vat_rate=VAT_RATE,
        unit="MON" if code else "C62",
        phone_number=number,
        cost_centre=centre,
        period_start_on=max(since or month.first, month.first),
        period_end_on=month.last,
        codes=(code,) if code else (),
    )


def _invoice(customer: SimulatedCustomer, account: str, charges: list[Charge], month: _Month) -> None:
    issued_on = month.last + timedelta(days=1)
    is_direct_debit = account in customer.direct_debit_accounts
    bill = SimulatedBill(customer_reference=customer.reference, billing_account=account, issued_on=issued_on)
    _send(
        bill,
        charges=tuple(charges),
        buyer=Party(customer.name, (customer.enterprise_number,), "Kaai 12", "9000", "Gent"),
        period=(month.first, month.last),
        due_on=issued_on + DUE_AFTER,
        is_direct_debit=is_direct_debit,
    )


def _send(
    bill: SimulatedBill,
    *,
    charges: tuple[Charge, ...],
    buyer: Party,
    period: tuple[date | None, date | None],
    due_on: date | None = None,
    is_direct_debit: bool = False,
    corrects: str = "",
    payment_reference: str = "",
) -> None:
    """Give it the next number and write it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [SimulatedBill._meta.db_table])
        bill.pk = cursor.fetchone()[0]
    bill.number = f"{bill.issued_on:%Y-%m}-{bill.pk:06d}{'-C' if corrects else ''}"
    net = sum((charge.net for charge in charges), Decimal(0))
    vat = _rounded(net * VAT_RATE / 100)
    bill.document = write(
        Document(
            is_credit_note=bool(corrects),
            number=bill.number,
            issued_on=bill.issued_on,
            due_on=due_on,
            period_start_on=period[0],
            period_end_on=period[1],
            supplier=SUPPLIER,
            buyer=buyer,
            account_references=(bill.billing_account,),
            net=net,
            vat=vat,
            total=net + vat,
            payable=net + vat,
            charges=tuple(_numbered(charges)),
            vat_amounts=(VatAmount("S", VAT_RATE, net, vat),),
            payment_reference=payment_reference or _reference(bill),
            iban=IBAN,
            is_direct_debit=is_direct_debit,
            corrects=corrects,
        )
    )
    bill.save(force_insert=True)


def _numbered(charges: tuple[Charge, ...]) -> Iterator[Charge]:
    return (replace(charge, number=str(n)) for n, charge in enumerate(charges, 1))


def _reference(bill: SimulatedBill) -> str:
    """A structured communication: ten digits, and their remainder by 97."""
    base = int(f"{bill.issued_on:%y%m}{bill.pk % 1_000_000:06d}")
    digits = f"{base:010d}{base % 97 or 97:02d}"
    return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"
