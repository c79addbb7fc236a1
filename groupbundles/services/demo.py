"""The group bundles of the demo company: two that have run for a while, and a change that is planned.

The direct writes put a bundle into the past, which no service does.
"""

from datetime import date, timedelta

from django.utils import timezone

from accounts.models import BillingAccount, Customer, User
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorBundle
from fleetportal.operators.simulator.inventory import adopt_bundles
from groupbundles.models import BundleMember, BundleOffer, GroupBundle
from groupbundles.orders.change import BundleChangeWish
from groupbundles.services.bundles import ask_for_change
from groupbundles.services.simulated import tell_simulator
from sims.enums import LineState
from sims.models import Line
from sims.orders import calendar
from sims.orders.kinds.base import customer_reference

DATA_CODE, VOICE_CODE = "GB-DATA-1", "GB-VOICE-1"
DATA_LINES, VOICE_LINES, JOINING = 60, 25, 8


def add_bundles(customer: Customer, owner: User, requester: User) -> None:
    """ "Data 2 TB" and "Bellen EU" with their lines; some more join the first from the next billing period on."""
    tell_simulator(customer)
    lines = list(Line.objects.for_customer(customer).filter(state=LineState.ACTIVE).order_by("number"))
    today = calendar.local_day(timezone.now())
    data = _running(customer, "GB-DATA-2TB", DATA_CODE, lines[:DATA_LINES], since=today - timedelta(days=240))
    _running(customer, "GB-VOICE-EU", VOICE_CODE, lines[-VOICE_LINES:], since=today - timedelta(days=100))
    joining = tuple(str(line.pk) for line in lines[DATA_LINES : DATA_LINES + JOINING])
    ask_for_change(
        bundle=data,
        wish=BundleChangeWish(add=joining),
        on=calendar.next_period(today),
        note="Nieuwe ploeg in Luik.",
        by=Actor.user(owner),
    )


def _running(customer: Customer, offer: str, code: str, lines: list[Line], *, since: date) -> GroupBundle:
    """A bundle of the contract with these lines, here and at the operator."""
    chosen = BundleOffer.objects.for_customer(customer).get(code=offer)
    account = BillingAccount.objects.for_customer(customer).order_by("number").first()
    bundle: GroupBundle = GroupBundle.objects.create(
        customer=customer,
        code=code,
        offer=chosen.code,
        name=chosen.name_nl,
        kind=chosen.kind,
        size=chosen.size,
        price_month=chosen.price_month,
        billing_account=account,
        starts_on=since,
    )
    BundleMember.objects.bulk_create(
        BundleMember(customer=customer, bundle=bundle, line=line, kind=bundle.kind, since=since) for line in lines
    )
    numbers = tuple(line.number for line in lines if line.number)
    row = OperatorBundle(code, chosen.code, since, numbers, billing_account=account.number if account else "")
    adopt_bundles(customer_reference(customer), chosen.kind, [row])
    return bundle
