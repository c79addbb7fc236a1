"""Walks through "add SIM card" as a browser without scripts does."""

import uuid
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import Customer
from tests import factories

MANDATE_TEXT = "on"


class Shop:
    """What a company needs before somebody can add a line: cards, plans with options, an account, a cost centre."""

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self.card = factories.SimFactory(customer=customer)
        self.plan = factories.TariffPlanFactory(customer=customer, name_en="Mobile Pro", price_month="19.00")
        self.small = factories.TariffPlanFactory(customer=customer, name_en="Mobile Start", price_month="12.00")
        self.travel = factories.PlanOptionFactory(customer=customer, name_en="Travel", price_month="6.00")
        self.daypass = factories.PlanOptionFactory(customer=customer, name_en="Day pass", price_month="0.00")
        self.tablet = factories.PlanOptionFactory(customer=customer, name_en="Tablet", price_month="4.00")
        self.travel.plans.add(self.plan, self.small)
        self.daypass.plans.add(self.plan, self.small)
        self.tablet.plans.add(self.plan)
        self.travel.excludes.add(self.daypass)
        self.account = factories.BillingAccountFactory(customer=customer)
        self.centre = factories.CostCentreFactory(customer=customer)
        self.person = factories.SubscriberFactory(customer=customer, first_name="Zoë", last_name="Łukasz")

    def card_answers(self, **changes: Any) -> dict[str, Any]:
        return {"iccid": self.card.iccid, "number_kind": "new", **changes}

    def transfer_answers(self, **changes: Any) -> dict[str, Any]:
        return self.card_answers(
            number_kind="existing",
            number="0478/11.22.33",
            donor="Orange",
            contract="postpaid",
            donor_customer_number="K-4711",
            holder_name=self.customer.name,
            holder_enterprise_number="BE 0403.019.261",
            was_private="no",
            mandate=MANDATE_TEXT,
            **changes,
        )

    def employee_answers(self, **changes: Any) -> dict[str, Any]:
        return {"who": "existing", "subscriber": str(self.person.public_id), **changes}

    def new_employee_answers(self, **changes: Any) -> dict[str, Any]:
        return {
            "who": "new", "first_name": "Wout", "last_name": "Lemmens", "email": "wout@noordkaai.example",
            "employee_number": "E-900", "department": "Verkoop", "language": "fr", **changes,
        }  # fmt: skip

    def plan_answers(self, **changes: Any) -> dict[str, Any]:
        return {
            "plan": self.plan.pk,
            "option": [self.travel.pk, self.tablet.pk],
            "offered_for": self.plan.pk,
            **changes,
        }

    def billing_answers(self, **changes: Any) -> dict[str, Any]:
        return {
            "billing_account": self.account.pk, "cost_centre": self.centre.pk, "split_bill": "no", "when": "first",
            **changes,
        }  # fmt: skip

    def steps(self) -> list[dict[str, Any]]:
        return [self.card_answers(), self.employee_answers(), self.plan_answers(), self.billing_answers()]


def step_url(key: uuid.UUID, number: int) -> str:
    return reverse("sim_add_step", args=[key, number])


def answer(client: Client, key: uuid.UUID, number: int, answers: dict[str, Any], **extra: Any) -> Any:
    return client.post(step_url(key, number), answers, **extra)


def walk(client: Client, key: uuid.UUID, steps: list[dict[str, Any]]) -> Any:
    """Answer each step; every one but the last must lead to the next."""
    response = None
    for number, answers in enumerate(steps, 1):
        response = answer(client, key, number, answers)
        if number < 4:
            assert response.status_code == 303, response.content.decode()
            assert response["Location"] == step_url(key, number + 1)
    return response
