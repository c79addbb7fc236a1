"""A company with something in every state, and people who see it differently, for tests that look at many pages."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.core.cache import caches
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts import services as people
from accounts.models import Customer, Invitation, User
from accounts.permissions import Role
from fleetportal.audit.actors import Actor
from fleetportal.jobs import services as jobs
from fleetportal.jobs.models import Job
from sims.enums import LineState, OrderState
from sims.models import Line, Sim
from sims.services import fleet_files
from sims.services.demo import NEIGHBOUR, OWNER, REQUESTER, VIEWER, load_demo
from tests import factories, tables
from tests.factories import PASSWORD

FILES = Path(__file__).parents[1] / "data" / "fleet"
NEWCOMER, STRANGER = "nele@leeg.example", "stranger@example.be"
# The demo has things that are under way for three quarters of an hour.
LIFETIME = timedelta(minutes=15)
HEADING = "Phone number;SIM number;Tariff plan;Billing account\n"


@dataclass(frozen=True)
class Demo:
    """The demo company and its people; "newcomer" has a company without anything, "stranger" has none."""

    customer: Customer
    owner: User
    viewer: User
    requester: User
    neighbour: User
    newcomer: User
    stranger: User

    def line(self, **conditions: object) -> Line:
        found = Line.objects.for_customer(self.customer).filter(**conditions).order_by("pk").first()
        assert found, f"the demo has no line with {conditions}"
        return found

    @property
    def new(self) -> Line:
        """Added, not activated, nothing asked."""
        return self.line(state=LineState.NEW, open_request="", orders=None)

    @property
    def active(self) -> Line:
        return self.line(state=LineState.ACTIVE)

    def with_order(self, state: OrderState) -> Line:
        return self.line(orders__state=state)

    @property
    def cards(self) -> list[str]:
        """SIM numbers in stock."""
        stock = Sim.objects.for_customer(self.customer).filter(state="in_stock").order_by("iccid")
        return list(stock.values_list("iccid", flat=True))

    def job(self, content: bytes, name: str) -> Job:
        """A file that was uploaded and checked."""
        job = fleet_files.start_check(
            customer=self.customer, upload=ContentFile(content, name), by=Actor.user(self.owner)
        )
        return done(job)

    def imported(self, check: Job) -> Job:
        return done(fleet_files.start_import(check=check, by=Actor.user(self.owner)))

    def fleet_file(self) -> bytes:
        """Two rows that can be imported, one with a warning, one with an error."""
        card = factories.iccid
        rows = [
            f"0499 10 00 0{n};{card(700_000 + n)};{plan};{self.account}\n"
            for n, plan in enumerate(("MOB-PRO", "MOB-PRO", "UNKNOWN"))
        ]
        return (HEADING + "".join(rows) + f"0468 12 34;{card(700_009)};MOB-PRO;{self.account}\n").encode()

    @property
    def account(self) -> str:
        return self.active.billing_account.number

    def token(self, email: str) -> str:
        """The secret part of the link in an invitation's mail."""
        invitation = Invitation.objects.for_customer(self.customer).filter(email=email).first() or people.invite(
            customer=self.customer, email=email, role=Role.MANAGER, language="nl", by=Actor.user(self.owner)
        )
        return people.claim_mail(invitation_id=invitation.pk).token


def done(job: Job) -> Job:
    """The job after a worker did it."""
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.is_finished
    return job


def run_waiting_jobs(*, seconds: float = 10) -> None:
    """Plays the worker: does what the browser just started, waiting until it stands in the database."""
    deadline = time.monotonic() + seconds
    everywhere = Job.objects.across_customers(reason="the test plays the worker")
    while not (waiting := list(everywhere.filter(state="waiting"))):
        assert time.monotonic() < deadline, "no job was started"
        time.sleep(0.05)
    for job in waiting:
        done(job)


class DemoShelf:
    """The demo is loaded once and put back for each test, until so much time went by that it would look otherwise."""

    def __init__(self) -> None:
        self.loaded_at: datetime | None = None

    def take(self) -> Demo:
        """The tables must be empty."""
        if self._is_fresh():
            tables.put_back()
        else:
            _load()
            self.loaded_at = timezone.now() if tables.may_rest() else None
            if self.loaded_at:
                tables.keep()
        # Figures of the same company as a test before saw it.
        caches["memory"].clear()
        return _found()

    def _is_fresh(self) -> bool:
        now = timezone.now()
        return (
            self.loaded_at is not None
            and now - self.loaded_at < LIFETIME
            and timezone.localdate(now) == timezone.localdate(self.loaded_at)
        )


def _load() -> None:
    assert not User.objects.exists(), "what is there now would be remembered with the demo"
    load_demo(password=PASSWORD, by=Actor.ops("load_demo"), with_life=False)
    expired = factories.UserFactory.build().email
    customer = Customer.objects.get(slug="noordkaai")
    Invitation.objects.create(customer=customer, email=expired, role=Role.VIEWER, expires_at=timezone.now())
    empty = factories.CustomerFactory(name="Leeg BV")
    factories.MembershipFactory(customer=empty, user__email=NEWCOMER, user__first_name="Nele", role=Role.OWNER)
    factories.UserFactory(email=STRANGER)


def _found() -> Demo:
    user = {user.email: user for user in User.objects.all()}
    return Demo(
        customer=Customer.objects.get(slug="noordkaai"),
        owner=user[OWNER],
        viewer=user[VIEWER],
        requester=user[REQUESTER],
        neighbour=user[NEIGHBOUR],
        newcomer=user[NEWCOMER],
        stranger=user[STRANGER],
    )
