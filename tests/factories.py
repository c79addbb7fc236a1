"""Believable rows for tests. Company rows take ``customer=`` so that no test forgets whose they are."""

from datetime import date, timedelta
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory
from stdnum import luhn

from accounts.models import BillingAccount, CostCentre, Customer, Membership, User
from accounts.permissions import Role
from billing.enums import PaymentMode, PaymentState
from billing.models import Invoice, InvoiceLine, Payment, PaymentShare, SimulatedPayment
from fleetportal.operators.contract import OperatorLine, ServiceStatus
from fleetportal.operators.simulator.inventory import adopt_lines
from groupbundles.enums import BundleKind
from groupbundles.models import BundleMember, BundleOffer, GroupBundle
from sims.enums import LineState, SimState, SplitBillKind
from sims.models import Line, PlanOption, PortInRequest, Sim, SplitBillProfile, Subscriber, TariffPlan
from sims.orders.kinds.base import customer_reference

PASSWORD = "correct horse battery"


def enterprise_number(n: int) -> str:
    body = f"0{4_030_000 + n:07d}"
    return f"{body}{97 - int(body) % 97:02d}"


def iccid(n: int) -> str:
    """A Belgian 19-digit SIM number with a fitting check digit."""
    body = f"893203{n:012d}"
    return body + luhn.calc_check_digit(body)


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer
        django_get_or_create = ["slug"]

    name = factory.Sequence(lambda n: f"Bedrijf {n} NV")
    slug = factory.Sequence(lambda n: f"bedrijf-{n}")
    enterprise_number = factory.Sequence(enterprise_number)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.be")
    first_name = "An"
    last_name = factory.Sequence(lambda n: f"Peeters{n}")
    language = "nl"
    password = factory.django.Password(PASSWORD)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    customer = factory.SubFactory(CustomerFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.MANAGER


class BillingAccountFactory(DjangoModelFactory):
    class Meta:
        model = BillingAccount

    # Longer than the numbers and codes that tests name themselves.
    number = factory.Sequence(lambda n: f"{10_000_000 + n}")
    name = "Hoofdzetel"


class CostCentreFactory(DjangoModelFactory):
    class Meta:
        model = CostCentre

    code = factory.Sequence(lambda n: f"{40_000 + n}")
    name = "Verkoop"


class TariffPlanFactory(DjangoModelFactory):
    class Meta:
        model = TariffPlan

    code = factory.Sequence(lambda n: f"PLAN-{n}")
    name_nl = "Mobile Pro"
    name_fr = "Mobile Pro"
    name_en = "Mobile Pro"
    price_month = "19.00"
    data_gb = 20


class PlanOptionFactory(DjangoModelFactory):
    class Meta:
        model = PlanOption

    code = factory.Sequence(lambda n: f"OPT-{n}")
    name_nl = "Reizen buiten EU"
    name_fr = "Voyages hors UE"
    name_en = "Travel outside EU"
    price_month = "6.00"


class SimFactory(DjangoModelFactory):
    class Meta:
        model = Sim

    iccid = factory.Sequence(iccid)
    iccid_core = factory.LazyAttribute(lambda o: o.iccid[:18])
    state = SimState.IN_STOCK


class SubscriberFactory(DjangoModelFactory):
    class Meta:
        model = Subscriber

    first_name = "Sofie"
    last_name = factory.Sequence(lambda n: f"Janssens{n}")
    email = factory.Sequence(lambda n: f"sofie{n}@example.be")
    employee_number = factory.Sequence(lambda n: f"E{n}")


class SplitBillProfileFactory(DjangoModelFactory):
    class Meta:
        model = SplitBillProfile

    name = factory.Sequence(lambda n: f"Bijdrage {n}")
    kind = SplitBillKind.FIXED_AMOUNT
    company_amount = "25.00"


class LineFactory(DjangoModelFactory):
    """An active line with everything a line can have, all of the same company."""

    class Meta:
        model = Line

    number = factory.Sequence(lambda n: f"+32468{n:06d}")
    sim = factory.SubFactory(SimFactory, customer=factory.SelfAttribute("..customer"), state=SimState.IN_USE)
    plan = factory.SubFactory(TariffPlanFactory, customer=factory.SelfAttribute("..customer"))
    subscriber = factory.SubFactory(SubscriberFactory, customer=factory.SelfAttribute("..customer"))
    billing_account = factory.SubFactory(BillingAccountFactory, customer=factory.SelfAttribute("..customer"))
    cost_centre = factory.SubFactory(CostCentreFactory, customer=factory.SelfAttribute("..customer"))
    state = LineState.ACTIVE


class PortInRequestFactory(DjangoModelFactory):
    """A number that is brought to a new line, by the person whose company it is."""

    class Meta:
        model = PortInRequest

    line = factory.SubFactory(
        LineFactory,
        customer=factory.SelfAttribute("..customer"),
        number=None,
        state=LineState.NEW,
        sim__state=SimState.RESERVED,
    )
    number = factory.Sequence(lambda n: f"+32470{n:06d}")
    donor = "Proximus"
    donor_customer_number = "600123456"
    holder_name = "Noordkaai Logistics NV"
    holder_enterprise_number = "0403019261"
    mandate_by_name = "Alice Aerts"
    mandate_at = factory.LazyFunction(timezone.now)
    mandate_ip = "192.0.2.7"
    mandate_text_version = "2026-11"


class BundleOfferFactory(DjangoModelFactory):
    class Meta:
        model = BundleOffer

    code = factory.Sequence(lambda n: f"GB-OFFER-{n}")
    kind = BundleKind.DATA
    size = 2_000 * 10**9
    name_nl = "Data 2 TB"
    name_fr = "Données 2 To"
    name_en = "Data 2 TB"
    price_month = "400.00"


class GroupBundleFactory(DjangoModelFactory):
    """A bundle that works, without members."""

    class Meta:
        model = GroupBundle

    code = factory.Sequence(lambda n: f"GB-{n}")
    name = "Data 2 TB"
    kind = BundleKind.DATA
    size = 2_000 * 10**9
    price_month = "400.00"
    starts_on = date(2026, 1, 1)


class BundleMemberFactory(DjangoModelFactory):
    """A line in a bundle of its company since the bundle began."""

    class Meta:
        model = BundleMember

    customer = factory.SelfAttribute("bundle.customer")
    line = factory.SubFactory(LineFactory, customer=factory.SelfAttribute("..customer"))
    kind = factory.SelfAttribute("bundle.kind")
    since = factory.SelfAttribute("bundle.starts_on")


def at_the_operator(line: Line) -> Line:
    """The same line, known to the simulated operator as it stands in the portal."""
    status = ServiceStatus.SUSPENDED if line.state == LineState.SUSPENDED else ServiceStatus.ACTIVE
    row = OperatorLine(
        number=line.number,
        iccid=line.sim.iccid,
        status=ServiceStatus.TERMINATED if line.state == LineState.TERMINATED else status,
        plan_code=line.plan.code,
        option_codes=tuple(line.options.values_list("code", flat=True)),
        barrings=tuple(line.barrings),
        third_party_limit=Decimal(line.third_party_limit),
        roaming_limit=None if line.roaming_limit is None else Decimal(line.roaming_limit),
        billing_account=line.billing_account.number,
        suspension_reason=line.suspension_reason,
    )
    adopt_lines(customer_reference(line.customer), [row])
    return line


class InvoiceFactory(DjangoModelFactory):
    """An open invoice over October 2026, due on the first of December; lines are added by the test."""

    class Meta:
        model = Invoice

    customer = factory.SubFactory(CustomerFactory)
    billing_account = factory.SubFactory(BillingAccountFactory, customer=factory.SelfAttribute("..customer"))
    number = factory.Sequence(lambda n: f"2026-10-{n:06d}")
    issued_on = date(2026, 11, 1)
    due_on = date(2026, 12, 1)
    period_start_on = date(2026, 10, 1)
    period_end_on = date(2026, 10, 31)
    net = Decimal("100.00")
    vat = Decimal("21.00")
    total = factory.LazyAttribute(lambda invoice: invoice.net + invoice.vat)
    payable = factory.SelfAttribute("total")
    reference = factory.Sequence(lambda n: _structured(2_000_000_000 + n))
    iban = "BE71096123456769"
    supplier_name = "Noordzee Mobiel NV"
    supplier_number = "0403170701"


class InvoiceLineFactory(DjangoModelFactory):
    class Meta:
        model = InvoiceLine

    customer = factory.SelfAttribute("invoice.customer")
    invoice = factory.SubFactory(InvoiceFactory)
    position = factory.Sequence(lambda n: n + 1)
    line_number = factory.LazyAttribute(lambda line: str(line.position))
    description = "Abonnement MOB-PRO"
    price = Decimal("19.00")
    net = factory.SelfAttribute("price")
    vat_category = "S"
    vat_rate = Decimal(21)


class PaymentFactory(DjangoModelFactory):
    """A payment of one invoice that was begun at the simulated payment service and waits for the person who pays."""

    class Meta:
        model = Payment
        skip_postgeneration_save = True

    customer = factory.SubFactory(CustomerFactory)
    gateway = "simulated"
    gateway_reference = factory.Sequence(lambda n: f"sim_{n:016x}")
    mode = PaymentMode.TEST
    method = "bancontact"
    amount = Decimal("121.00")
    state = PaymentState.OPEN
    checkout_url = factory.LazyAttribute(lambda payment: f"/payments/simulated/{payment.gateway_reference}/")
    created_by_name = "Alice Aerts"

    @factory.post_generation
    def of(payment, create, invoice, **_more):
        """What it is for, and what the payment service knows of it."""
        invoice = invoice or InvoiceFactory(customer=payment.customer)
        is_open = payment.is_open
        PaymentShare.objects.create(
            customer=payment.customer, payment=payment, invoice=invoice, amount=payment.amount, is_open=is_open
        )
        SimulatedPayment.objects.create(
            reference=payment.gateway_reference,
            key=payment.idempotency_key,
            payment=payment.public_id,
            amount=payment.amount,
            currency=payment.currency,
            method=payment.method,
            description=f"Invoice {invoice.number}",
            return_url=f"/payments/{payment.public_id}/",
            status=payment.state,
            expires_at=timezone.now() + timedelta(minutes=15),
        )


def _structured(base: int) -> str:
    """A structured communication of twelve digits: ten, and their remainder by 97 (97 for none)."""
    return f"{base:010d}{base % 97 or 97:02d}"
