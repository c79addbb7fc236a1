"""Two made-up companies to look around in: people, catalogue, a fleet in every state, requests at every stage, numbers
that are brought along, somebody who leaves and a bulk change.

Made by the services that the portal itself uses, against the simulated operator; the few direct writes put something in
the past, which no service does.
"""

import json
import random
import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from stdnum import luhn

from accounts.models import BillingAccount, CostCentre, Customer, Membership, User
from accounts.permissions import Role
from accounts.services import NewPerson, accept, accept_as_new_person, claim_mail, invite
from fleetportal.audit.actors import Actor
from fleetportal.operators.simulator.inventory import stock_sims
from fleetportal.operators.simulator.models import SimulatedOrder
from sims import demo
from sims.demo.people import DEPARTMENTS, FIRST_NAMES, LAST_NAMES
from sims.enums import LineState, SimState
from sims.identifiers import iccid_core
from sims.models import Line, Order, PlanOption, Sim, Subscriber, TariffPlan
from sims.orders.engine import run_due
from sims.orders.kinds.base import customer_reference
from sims.services.catalogue import import_catalogue
from sims.services.demo_bulk import change_many
from sims.services.demo_cards import add_esims, settle
from sims.services.demo_changes import ask_employees, ask_for_changes, bar_traffic
from sims.services.demo_leave import let_leave
from sims.services.demo_money import divide_costs
from sims.services.demo_ports import bring_numbers
from sims.services.drafts import save_answers
from sims.services.fleet_import import NewLine, import_fleet
from sims.services.lines import LineWish, Transfer, add_line
from sims.services.simulated_fleet import tell_simulator
from sims.services.subscribers import NewEmployee

OWNER, VIEWER, NEIGHBOUR = "demo@noordkaai.example", "viewer@noordkaai.example", "owner@zuidpark.example"
REQUESTER = "requester@noordkaai.example"
FLEET_STATES = {LineState.ACTIVE: 134, LineState.SUSPENDED: 4, LineState.LIMITED: 2, LineState.TERMINATED: 5}
STOCK = 14
# The simulated operator finds these two cards defective and out of reach: they end as refused and as failed.
DEFECTIVE_CARD, TROUBLED_CARD = 9998, 9997


def load_demo(*, password: str, by: Actor, with_life: bool = True) -> None:
    """Everything above; the demo companies must not exist yet. All people share ``password``.

    Without ``with_life`` nobody leaves, no numbers are brought along in one request, nothing was changed in bulk and
    nothing was used.
    """
    noordkaai = _company("noordkaai", by)
    zuidpark = _company("zuidpark", by)
    owner = _person(noordkaai, OWNER, "Katrien", "Bosmans", Role.OWNER, password, by).user
    _person(noordkaai, VIEWER, "Jens", "Van Hove", Role.VIEWER, password, by)
    requester = _person(noordkaai, REQUESTER, "Rik", "Peeters", Role.REQUESTER, password, by).user
    _person(zuidpark, NEIGHBOUR, "Martine", "Goethals", Role.OWNER, password, by)
    _also_works_for(zuidpark, owner, by)
    dice = random.Random(2026)  # noqa: S311 - the same made-up fleet every time
    _fleet(noordkaai, dice, first=0, states=FLEET_STATES, by=by)
    _fleet(zuidpark, dice, first=5000, states={LineState.ACTIVE: 6}, by=by)
    divide_costs(noordkaai, owner)
    _stock(noordkaai)
    add_esims(noordkaai, [iccid(50_030_000 + n) for n in (1, 2)])
    for customer in (noordkaai, zuidpark):
        settle(customer)
    _requests(noordkaai, owner)
    bar_traffic(noordkaai, owner)
    ask_for_changes(noordkaai, owner, requester)
    ask_employees(noordkaai, owner)
    for build in demo.further_builders:
        build(noordkaai, owner, requester)
    invite(customer=noordkaai, email="nieuw@noordkaai.example", role=Role.MANAGER, language="nl", by=Actor.user(owner))
    if with_life:
        let_leave(noordkaai, owner)
        change_many(noordkaai, owner)
        bring_numbers(noordkaai, owner, requester, new_cards())
        for fill in demo.fillers:
            fill(noordkaai, owner, requester)


def new_cards() -> list[str]:
    """Ten cards that are in no drawer yet."""
    return [iccid(50_040_000 + n) for n in range(1, 11)]


def iccid(serial: int) -> str:
    """A 19-digit card number whose last four digits before the check digit are those of ``serial``."""
    body = f"893203{serial:012d}"
    return body + str(luhn.calc_check_digit(body))


def _company(name: str, by: Actor) -> Customer:
    data = json.loads(Path(demo.__path__[0], f"{name}.json").read_text(encoding="utf-8"))
    return import_catalogue(data=data, by=by).customer


def _person(
    customer: Customer, email: str, first_name: str, last_name: str, role: Role, password: str, by: Actor
) -> Membership:
    """Invited and accepted as real people are, without a mail going out."""
    person = NewPerson(first_name=first_name, last_name=last_name, language="nl", password=password)
    return accept_as_new_person(token=_token(customer, email, role, by), person=person)


def _also_works_for(customer: Customer, user: User, by: Actor) -> None:
    accept(token=_token(customer, user.email, Role.MANAGER, by), user=user)


def _token(customer: Customer, email: str, role: Role, by: Actor) -> str:
    invitation = invite(customer=customer, email=email, role=role, language="nl", by=by)
    claim = claim_mail(invitation_id=invitation.pk)
    assert claim is not None, "an invitation that was just made is due"
    return claim.token


def _fleet(customer: Customer, dice: random.Random, *, first: int, states: dict[LineState, int], by: Actor) -> None:
    """Lines that have been running for a while, imported as a company's present fleet is."""
    wanted = [state for state, count in states.items() for _ in range(count)]
    dice.shuffle(wanted)
    rows = _Rows(customer, dice)
    lines = [rows.line(first + n, state) for n, state in enumerate(wanted)]
    import_fleet(customer=customer, lines=lines, file_name="demo", by=by)
    tell_simulator(customer, [line for line in lines if line.state != LineState.TERMINATED])
    ended = Line.objects.for_customer(customer).filter(state=LineState.TERMINATED)
    Sim.objects.for_customer(customer).filter(line__in=ended).update(state=SimState.RETIRED)
    ended.update(ended_on=timezone.localdate() - timedelta(days=20))
    known = Subscriber.objects.for_customer(customer)
    known.filter(employee_number__endswith="7").update(confirmed_at=timezone.now() - timedelta(days=200))


class _Rows:
    """Makes up lines from a company's own catalogue, the same ones every time."""

    def __init__(self, customer: Customer, dice: random.Random) -> None:
        self.dice = dice
        self.plans = list(TariffPlan.objects.for_customer(customer))
        self.options = {
            plan.pk: list(PlanOption.objects.for_customer(customer).filter(plans=plan).order_by("code"))
            for plan in self.plans
        }
        self.accounts = list(BillingAccount.objects.for_customer(customer))
        self.centres = {centre.code: centre.pk for centre in CostCentre.objects.for_customer(customer)}

    def line(self, n: int, state: LineState) -> NewLine:
        plan = self.dice.choice(self.plans)
        department, code = self.dice.choice(DEPARTMENTS)
        first_name, last_name = self.dice.choice(FIRST_NAMES), self.dice.choice(LAST_NAMES)
        card = iccid(40_000_000 + n)
        return NewLine(
            number=f"+32468{200_000 + n * 7:06d}",
            iccid=card,
            iccid_core=iccid_core(card),
            plan_id=plan.pk,
            billing_account_id=self.dice.choice(self.accounts).pk,
            option_ids=self._options(plan),
            cost_centre_id=self.centres.get(code) or next(iter(self.centres.values())),
            state=state,
            split_bill=self.dice.random() < 0.1,
            activated_on=self._day(),
            first_name=first_name,
            last_name=last_name,
            email=f"medewerker{n}@noordkaai.example" if n < 5000 else f"medewerker{n}@zuidpark.example",
            employee_number=f"E-{1000 + n}",
            department=department,
            language=self.dice.choice(("nl", "nl", "fr")),
        )

    def _options(self, plan: TariffPlan) -> tuple[int, ...]:
        """One or none: two of them might exclude each other."""
        allowed = self.options[plan.pk]
        return (self.dice.choice(allowed).pk,) if allowed and self.dice.random() < 0.4 else ()

    def _day(self) -> date:
        return timezone.localdate() - timedelta(days=self.dice.randrange(30, 1500))


def _stock(customer: Customer) -> None:
    """Blank cards in the drawer, the two troublesome ones among them."""
    serials = [50_000_000 + n for n in range(1, STOCK + 8)] + [50_010_000 + DEFECTIVE_CARD, 50_020_000 + TROUBLED_CARD]
    cards = [iccid(serial) for serial in serials]
    Sim.objects.bulk_create([Sim(customer=customer, iccid=c, iccid_core=iccid_core(c), batch="Demo") for c in cards])
    stock_sims(customer_reference(customer), cards)


def _requests(customer: Customer, owner: User) -> None:
    """Seven lines that wait, are under way or went wrong."""
    today = timezone.localdate()
    wishes = _Wishes(customer, owner)
    wishes.add(1, "Lucas", "Maes", activate=False)
    wishes.add(2, "Émilie", "Thiry", activate=False)
    wishes.add(3, "Nina", "Van Acker", activate_on=today + timedelta(days=2))
    wishes.add(4, "Ömer", "Kaya", activate_on=today + timedelta(days=8))
    wishes.add(5, "Thomas", "Renard", transfer=_transfer(customer))
    under_way = wishes.add(6, "Jolien", "De Backer")
    _let_work(under_way, timedelta(minutes=45))
    for card, last_name in ((10_000 + DEFECTIVE_CARD, "Smets"), (20_000 + TROUBLED_CARD, "Vercruysse")):
        ended = wishes.add(card, "Arne", last_name)
        _let_work(ended, timedelta())
    save_answers(customer=customer, draft_id=uuid.uuid4(), answers={}, reached=1, by=Actor.user(owner))


class _Wishes:
    """Adds lines the way the wizard does, in the owner's name."""

    def __init__(self, customer: Customer, owner: User) -> None:
        self.customer = customer
        self.by = Actor.user(owner)
        self.plan = TariffPlan.objects.for_customer(customer).get(code="MOB-PRO")
        self.account = BillingAccount.objects.for_customer(customer).order_by("number")[0]
        self.centre = CostCentre.objects.for_customer(customer).order_by("code")[0]

    def add(self, card: int, first_name: str, last_name: str, **wish: Any) -> Line:
        draft = save_answers(customer=self.customer, draft_id=uuid.uuid4(), answers={}, reached=1, by=self.by)
        employee = NewEmployee(first_name=first_name, last_name=last_name, department="Verkoop")
        return add_line(
            draft=draft,
            wish=LineWish(
                iccid=iccid(50_000_000 + card),
                employee=employee,
                plan=self.plan.pk,
                billing_account=self.account.pk,
                cost_centre=self.centre.pk,
                **wish,
            ),
            by=self.by,
        )


def _transfer(customer: Customer) -> Transfer:
    return Transfer(
        number="+32475123400",
        donor="Andere operator",
        is_prepaid=False,
        donor_customer_number="8812340",
        donor_iccid="",
        holder_name=customer.name,
        holder_enterprise_number=customer.enterprise_number,
        was_private=False,
        mandate_text_version="demo",
        mandate_at=timezone.now(),
        mandate_ip=None,
    )


def _let_work(line: Line, still: timedelta) -> None:
    """Send the line's order to the simulated operator, which will be at it ``still``; zero lets it end now."""
    order = Order.objects.for_customer(line.customer_id).get(line=line)
    run_due(order.pk)
    SimulatedOrder.objects.filter(external_id=order.pk).update(done_at=timezone.now() + still)
    if not still:
        Order.objects.for_customer(line.customer_id).filter(pk=order.pk).update(due_at=timezone.now())
        run_due(order.pk)
