"""A company with cards, a plan and an account, and an operator that takes its time."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from fleetportal.operators.simulator.inventory import stock_sims
from sims.enums import OrderKind
from sims.models import Order, PortBatch
from sims.orders.kinds.base import customer_reference
from sims.services.lines import LineWish, Transfer
from tests import factories

MOMENT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def surroundings(settings):
    settings.SIMULATOR_WORK_SECONDS = 60
    settings.OPERATOR_MAX_ANSWER_SECONDS = settings.ORDER_BACKOFF_SECONDS = 0
    settings.PORT_IN_LEAD_WORKING_DAYS = 1
    with translation.override("en"):
        yield


class Shelf:
    """What a request needs: four cards in stock, two plans, an account, a cost centre and an employee."""

    def __init__(self, customer) -> None:
        self.customer = customer
        self.cards = factories.SimFactory.create_batch(4, customer=customer)
        stock_sims(customer_reference(customer), [card.iccid for card in self.cards])
        self.plan = factories.TariffPlanFactory(customer=customer, name_en="Mobile Pro", code="MOB-PRO")
        self.small = factories.TariffPlanFactory(customer=customer, name_en="Mobile Start", price_month="12.00")
        self.account = factories.BillingAccountFactory(customer=customer)
        self.centre = factories.CostCentreFactory(customer=customer)
        self.person = factories.SubscriberFactory(
            customer=customer, first_name="Zoë", last_name="Van den Broeck", employee_number="E-7", language="fr"
        )

    def wish(self, n: int, **changes) -> LineWish:
        """A wish for the n-th card and a number that goes with it."""
        return LineWish(
            iccid=changes.pop("iccid", self.cards[n].iccid),
            employee=changes.pop("employee", self.person.public_id),
            plan=self.plan.pk,
            billing_account=self.account.pk,
            transfer=transfer(number=changes.pop("number", f"+3247055000{n}"), **changes),
        )


def transfer(**changes) -> Transfer:
    return Transfer(
        **{
            "number": "+32470550000",
            "donor": "Proximus",
            "is_prepaid": False,
            "donor_customer_number": "600123",
            "donor_iccid": "",
            "holder_name": "Noordkaai Logistics NV",
            "holder_enterprise_number": "0403019261",
            "was_private": False,
            "mandate_text_version": "2026-11",
            "mandate_at": MOMENT,
            "mandate_ip": "192.0.2.7",
            **changes,
        }
    )


@pytest.fixture
def shelf(noordkaai) -> Shelf:
    return Shelf(noordkaai)


@pytest.fixture
def draft_of(noordkaai):
    """A draft of this person of which everything is answered."""
    return lambda user: PortBatch.objects.create(customer=noordkaai, owner=user, reached=5, answers={"operator": {}})


def orders_of(batch) -> list[Order]:
    found = Order.objects.for_customer(batch.customer_id).filter(line__port_in__batch=batch, kind=OrderKind.PORT_IN)
    return list(found.order_by("line_id", "created_at"))
