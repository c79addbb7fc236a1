"""Two companies with one of everything, for tests that visit every page."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import Customer, Invitation, User
from accounts.permissions import Role
from billing.enums import ChargeKind, DocumentSource
from billing.models import Invoice, InvoiceDocument, Payment
from fleetportal.audit.actors import Actor
from fleetportal.jobs import services as jobs
from fleetportal.jobs.models import Job
from fleetportal.notifications.models import Notification
from fleetportal.notifications.services import notify
from groupbundles.models import GroupBundle
from sims.bulk.changes import change_of
from sims.bulk.selection import Selection
from sims.confirmations import ask_for_a_change
from sims.enums import LineState, OrderKind, OrderState, SimState
from sims.models import (
    BarringTemplate,
    BulkChange,
    Departure,
    DepartureItem,
    DepartureLine,
    Line,
    LineDraft,
    Order,
    PortBatch,
    SavedView,
    Sim,
    SplitBillProfile,
    Subscriber,
)
from sims.orders import calendar
from sims.orders.kinds.block import BlockWish
from sims.orders.telling import WAITING
from sims.services import fleet_files
from sims.services.bulk import prepare
from sims.services.departures import plan_departure
from sims.services.mandates import add_scan, give_mandate
from sims.services.ports import mandate_of
from tests import factories
from tests.groupbundles.curves import GB, curve, used
from tests.usage import delivered
from tickets.enums import TicketState
from tickets.files import CheckedFile
from tickets.models import Attachment, Item, Ticket
from tickets.services.attachments import add_draft
from tickets.services.opening import TicketWish, open_ticket


@dataclass(frozen=True)
class Belongings:
    """One of everything a company can own that has a page."""

    line: Line
    new_line: Line
    esim_line: Line
    employee: Subscriber
    question_to: Subscriber
    port_line: Line
    port_draft: PortBatch
    port_batch: PortBatch
    sim: Sim
    order: Order
    draft: LineDraft
    job: Job
    check: Job
    saved_view: SavedView
    barring_template: BarringTemplate
    invitation: Invitation
    bulk: BulkChange
    split_bill_profile: SplitBillProfile
    departure: Departure
    departure_line: DepartureLine
    departure_item: DepartureItem
    notification: Notification
    bundle: GroupBundle
    invoice: Invoice
    payment: Payment
    ticket: Ticket
    ticket_file: Attachment


def belongings(customer: Customer, owner: User) -> Belongings:
    new_line = factories.LineFactory(customer=customer, number=None, state=LineState.NEW)
    departure = _departure(customer, owner)
    ticket = _ticket(customer, owner)
    waiting_line = factories.LineFactory(customer=customer, number=None, state=LineState.NEW)
    return Belongings(
        line=factories.LineFactory(customer=customer),
        new_line=new_line,
        esim_line=factories.LineFactory(customer=customer, sim__is_esim=True),
        employee=factories.SubscriberFactory(customer=customer),
        question_to=_asked(customer, owner),
        port_line=_port_line(customer, owner),
        port_draft=PortBatch.objects.create(customer=customer, owner=owner, reached=5, answers=PORT_ANSWERS),
        port_batch=_port_batch(customer, owner),
        sim=factories.SimFactory(customer=customer, state=SimState.IN_STOCK),
        order=Order.objects.create(
            customer=customer,
            line=waiting_line,
            kind=OrderKind.ACTIVATE,
            conflict_group="lifecycle",
            state=OrderState.SCHEDULED,
            not_before=timezone.now() + timedelta(days=3),
            requested_by_id=owner.pk,
            requested_by_name=str(owner),
        ),
        draft=LineDraft.objects.create(customer=customer, owner=owner),
        job=_finished(
            fleet_files.start_export(
                customer=customer,
                query="",
                selected=[],
                fields=["number", "iccid"],
                file_format="csv",
                file_name="fleet.csv",
                rows=1,
                by=Actor.user(owner),
            )
        ),
        check=_finished(
            fleet_files.start_check(
                customer=customer,
                upload=ContentFile(
                    b"Phone number;SIM number\n0468 11 22 33;8932031012345678902\n",
                    "fleet.csv",
                ),
                by=Actor.user(owner),
            )
        ),
        barring_template=BarringTemplate.objects.create(customer=customer, name="At home", codes=["ROAM_ALL"]),
        saved_view=SavedView.objects.create(customer=customer, owner=owner, name="Sales", query="q=sofie"),
        split_bill_profile=factories.SplitBillProfileFactory(customer=customer),
        invitation=Invitation.objects.create(
            customer=customer,
            email=f"new@{customer.slug}.example",
            role=Role.VIEWER,
            expires_at=timezone.now() + timedelta(days=1),
        ),
        bulk=_bulk(customer, owner),
        departure=departure,
        departure_line=departure.lines.get(),
        departure_item=departure.items.first(),
        ticket=ticket,
        ticket_file=Attachment.objects.for_customer(customer).get(message__ticket=ticket),
        notification=_told(customer, owner),
        bundle=_bundle(customer),
        invoice=_invoice(customer),
        payment=factories.PaymentFactory(customer=customer),
    )


def _ticket(customer: Customer, owner: User) -> Ticket:
    """A question with a file, of the owner, on which the desk waits."""
    by, key = Actor.user(owner), uuid.uuid4()
    add_draft(customer=customer, draft=key, file=CheckedFile("scherm.txt", "text/plain", b"Geen signaal"), by=by)
    item = Item.objects.select_related("subject").get(code="sim-not-working")
    lines = [factories.LineFactory(customer=customer)]
    wish = TicketWish(key=key, item=item, text="De kaart werkt niet.", language="nl", lines=lines)
    ticket = open_ticket(customer=customer, wish=wish, by=by)
    ticket.state = TicketState.WAITING
    ticket.save()
    return ticket


def _invoice(customer: Customer) -> Invoice:
    """An overdue invoice that charges for a line, with its XML."""
    line = factories.LineFactory(customer=customer)
    due_on = calendar.local_day(timezone.now()) - timedelta(days=3)
    invoice = factories.InvoiceFactory(customer=customer, billing_account=line.billing_account, due_on=due_on)
    factories.InvoiceLineFactory(invoice=invoice, kind=ChargeKind.PLAN, line=line, number=line.number)
    InvoiceDocument.objects.create(
        customer=customer, invoice=invoice, xml=b"<Invoice/>", sha256="0" * 64, source=DocumentSource.FEED
    )
    return invoice


def _told(customer: Customer, owner: User) -> Notification:
    params = {"bulk": "block", "lines": 3, "who": "Rita Raes"}
    notify(
        customer_id=customer.pk, event=WAITING, recipients=[owner.pk], once_key="told", params=params, url="/sims/bulk/"
    )
    return Notification.objects.for_customer(customer).get(user=owner, once_key="told")


def _bundle(customer: Customer) -> GroupBundle:
    """A bundle of the contract with a line in it, and forty days of use."""
    offer = factories.BundleOfferFactory(customer=customer)
    bundle = factories.GroupBundleFactory(customer=customer, offer=offer.code)
    member = factories.BundleMemberFactory(bundle=bundle)
    today = calendar.local_day(timezone.now())
    curve(bundle, today - timedelta(days=40), today)
    used(bundle, member.line, today - timedelta(days=1), GB)
    delivered(customer)
    return bundle


def _bulk(customer: Customer, owner: User) -> BulkChange:
    """A bulk change after its dry run."""
    line = factories.LineFactory(customer=customer)
    return prepare(
        customer=customer,
        change=change_of("block"),
        wish=BlockWish(reason="lost"),
        selection=Selection.picked([str(line.public_id)]),
        by=Actor.user(owner),
    )


def _asked(customer: Customer, owner: User) -> Subscriber:
    """An employee who confirmed his details and is asked to agree with a change."""
    person = factories.SubscriberFactory(customer=customer, confirmed_at=timezone.now())
    ask_for_a_change(person, proposed={"department": "HR"}, note="", by=Actor.user(owner))
    return person


def _port_line(customer: Customer, owner: User) -> Line:
    """A line that waits for its number, with a signed mandate."""
    asked = factories.PortInRequestFactory(customer=customer, line__customer=customer)
    asked.mandate = give_mandate(customer=customer, mandate=mandate_of(asked, "nl"))
    asked.save()
    scan = ContentFile(b"%PDF-1.7 signed")
    add_scan(mandate=asked.mandate, scan=scan, name="signed.pdf", content_type="application/pdf", by=Actor.user(owner))
    return asked.line


# A request for several numbers of which everything is answered.
PORT_ANSWERS = {
    "operator": {"donor": "Proximus", "contract": "postpaid", "donor_customer_number": "600123"},
    "holder": {"holder_name": "Noordkaai", "holder_enterprise_number": "0403.019.261", "was_private": "no"},
    "numbers": {"text": "0470 55 00 01"},
    "lines": {"plan": "0", "billing_account": "0", "rows": [{"number": "+32470550001", "employee": "Sofie"}]},
    "day": {"when": "first"},
}


def _port_batch(customer: Customer, owner: User) -> PortBatch:
    """A request for two numbers that was sent, with a signed copy of its mandate."""
    batch = PortBatch.objects.create(customer=customer, owner=owner)
    numbers = [factories.PortInRequestFactory(customer=customer, line__customer=customer, batch=batch) for _n in "12"]
    batch.mandate = give_mandate(customer=customer, mandate=mandate_of(numbers[0], "nl"), key=batch.public_id)
    batch.sent_at, batch.asked_by_id, batch.asked_by_name = timezone.now(), owner.pk, str(owner)
    batch.save()
    scan = ContentFile(b"%PDF-1.7 signed")
    by = Actor.user(owner)
    add_scan(mandate=batch.mandate, scan=scan, name="signed.pdf", content_type="application/pdf", by=by)
    return batch


def _departure(customer: Customer, owner: User) -> Departure:
    """An employee with one line leaves in a few days; his letter is kept already."""
    line = factories.LineFactory(customer=customer)
    last_day = calendar.local_day(timezone.now()) + timedelta(days=5)
    by = Actor.user(owner)
    departure = plan_departure(customer=customer, subscriber=line.subscriber, last_day=last_day, by=by)
    departure.lines.get().letter.save("letter.pdf", ContentFile(b"%PDF-1.7 letter"))
    return departure


def _finished(job: Job) -> Job:
    """The job after a worker did it."""
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.is_finished, job.message
    return job


@dataclass(frozen=True)
class Page:
    """What is expected of one URL.

    ``needs`` is the permission in words, "" for any member, None for any signed-in person and "public" for everybody.
    ``arguments`` makes the URL's arguments from a company's belongings; a page with some is 404 for the other company.
    A personal page is 404 for colleagues too. ``fixed`` are arguments that belong to nobody; ``answers`` are statuses
    beyond the usual ones for a visit without data.
    """

    needs: str | None
    arguments: Callable[["Belongings"], dict] | None = None
    methods: tuple[str, ...] = ("GET",)
    query: str = ""
    is_personal: bool = False
    fixed: dict[str, str] = field(default_factory=dict)
    answers: tuple[int, ...] = ()
