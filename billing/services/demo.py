"""A year of invoices for the demo companies, made by the simulated operator: paid, due, overdue, collected, credited.

They are taken in without asking the official rules again: that what the simulator writes keeps them is tested. The
direct writes say when they came in and what was paid, in the past.
"""

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from django.db.models import F
from django.utils import timezone

from accounts.models import BillingAccount, Customer, User
from billing.enums import BookingKind, DocumentSource, EntryState, InvoiceKind
from billing.models import BankEntry, BankStatement, BillCursor, Invoice, InvoiceBooking
from billing.services.feed import BY
from billing.services.imports import Kept, take_in
from billing.services.simulated import tell_simulator
from fleetportal.operators.contract import Bill
from fleetportal.operators.simulator import bills
from fleetportal.ubl.parsing import parse
from fleetportal.ubl.reading import read
from sims.orders.calendar import local_day
from sims.orders.kinds.base import customer_reference

# How many months of each demo company.
MONTHS = {"noordkaai": 12, "zuidpark": 3}
CREDITED_LINES = 2
PAID_AFTER = timedelta(days=24)


def add_invoices(_noordkaai: Customer, _owner: User, _requester: User) -> None:
    """Of both demo companies; the operator's own feed goes on from now."""
    now = timezone.now()
    for customer in Customer.objects.filter(slug__in=MONTHS):
        accounts = list(BillingAccount.objects.for_customer(customer).order_by("number"))
        collected = [account.number for account in accounts[2:3]]
        since = _months_before(local_day(now), MONTHS[customer.slug])
        tell_simulator(customer, since=since, direct_debit_accounts=collected)
        last = _take_all(customer, "", now)
        _settle(customer, accounts, local_day(now))
        newest = _newest(customer, accounts[0])
        bills.credit(newest.number, CREDITED_LINES, now)
        last = _take_all(customer, last, now)
        BillCursor.objects.create(customer=customer, cursor=last, checked_at=now)


def _months_before(day: date, months: int) -> date:
    """The first of the month so many months before this one."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def _take_all(customer: Customer, cursor: str, now: datetime) -> str:
    """Everything the operator made past ``cursor``, as if it had come on its own day; answers where it ends."""
    while True:
        page = bills.page(customer_reference(customer), cursor, now)
        for bill in page.bills:
            _take(customer, bill, now)
        cursor = page.cursor
        if page.is_last:
            return cursor


def _take(customer: Customer, bill: Bill, now: datetime) -> None:
    xml = bills.document(bill.reference)
    kept = Kept(xml, hashlib.sha256(xml).hexdigest(), DocumentSource.FEED, f"{bill.number}.xml")
    invoice = take_in(document=read(parse(xml)), kept=kept, by=BY).invoice
    days = timedelta(days=(local_day(now) - bill.issued_on).days)
    Invoice.objects.for_customer(customer).filter(pk=invoice.pk).update(imported_at=now - days)


def _settle(customer: Customer, accounts: list[BillingAccount], today: date) -> None:
    """All is paid but the newest, which are due or will be collected, and one of the month before last: overdue."""
    issued = today.replace(day=1)
    mine = Invoice.objects.for_customer(customer).filter(kind=InvoiceKind.INVOICE)
    is_open = mine.filter(issued_on=issued).exclude(billing_account__in=accounts[1:2]).values("pk")
    is_late = mine.filter(issued_on=_months_before(today, 2), billing_account__in=accounts[1:2]).values("pk")
    paid = mine.select_related("customer").exclude(pk__in=is_open).exclude(pk__in=is_late).order_by("issued_on", "pk")
    for issued_on, invoices in groupby(paid, key=lambda invoice: invoice.issued_on):
        _pay(list(invoices), min(issued_on + PAID_AFTER, today))
    paid.update(paid=F("payable"))


def _pay(invoices: list[Invoice], day: date) -> None:
    """A statement of the bank with a transfer for each of them."""
    statement = BankStatement.objects.create(
        account=bills.IBAN,
        number=f"{BankStatement.objects.count() + 1:03d}",
        dated_on=day,
        currency="EUR",
        opening=Decimal(0),
        closing=sum(invoice.payable for invoice in invoices),
        uploaded_by_name=BY.name,
    )
    entries = BankEntry.objects.bulk_create(
        BankEntry(
            statement=statement,
            sequence=f"{n:04d}",
            amount=invoice.payable,
            matched=invoice.payable,
            valued_on=day,
            reference=invoice.reference,
            payer_name=invoice.customer.name,
            state=EntryState.MATCHED,
        )
        for n, invoice in enumerate(invoices, 1)
    )
    InvoiceBooking.objects.bulk_create(
        InvoiceBooking(
            customer=invoice.customer,
            invoice=invoice,
            kind=BookingKind.TRANSFER,
            amount=invoice.payable,
            entry=entry,
            sequence=0,
        )
        for invoice, entry in zip(invoices, entries, strict=True)
    )


def _newest(customer: Customer, account: BillingAccount) -> Invoice:
    mine = Invoice.objects.for_customer(customer).filter(billing_account=account, kind=InvoiceKind.INVOICE)
    newest: Invoice = mine.latest("issued_on", "pk")
    return newest
