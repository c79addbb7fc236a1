"""Two companies with one of everything, for tests that visit every page."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Customer, Invitation, User
from accounts.permissions import Role
from fleetportal.jobs.models import Job, JobState
from sims.enums import LineState, OrderKind, OrderState, SimState
from sims.models import Line, LineDraft, Order, Sim
from tests import factories


@dataclass(frozen=True)
class Belongings:
    """One of everything a company can own that has a page."""

    line: Line
    new_line: Line
    sim: Sim
    order: Order
    draft: LineDraft
    job: Job
    invitation: Invitation


def belongings(customer: Customer, owner: User) -> Belongings:
    new_line = factories.LineFactory(customer=customer, number=None, state=LineState.NEW)
    waiting_line = factories.LineFactory(customer=customer, number=None, state=LineState.NEW)
    return Belongings(
        line=factories.LineFactory(customer=customer),
        new_line=new_line,
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
        job=Job.objects.create(
            customer=customer,
            kind="sims.export_fleet",
            state=JobState.RUNNING,
            requested_by_id=owner.pk,
            requested_by_name=str(owner),
        ),
        invitation=Invitation.objects.create(
            customer=customer,
            email=f"new@{customer.slug}.example",
            role=Role.VIEWER,
            expires_at=timezone.now() + timedelta(days=1),
        ),
    )


@dataclass(frozen=True)
class Page:
    """What is expected of one URL.

    ``needs`` is the permission in words, "" for any member, None for any signed-in person and "public" for everybody.
    ``arguments`` makes the URL's arguments from a company's belongings; a page that has some is 404 for the other company.
    A personal page is 404 for colleagues too.
    """

    needs: str | None
    arguments: Any = None
    methods: tuple[str, ...] = ("GET",)
    query: str = ""
    is_personal: bool = False
