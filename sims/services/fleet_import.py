"""Taking over a fleet that already runs at the operator: lines with their cards, employees and options, all at once."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import CostCentre, Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, SimState
from sims.history import begin_histories
from sims.models import Line, LineOption, Sim, Subscriber, TariffPlan
from sims.queries import fleet_import as look
from sims.search import search_text_of

BATCH = 2000
CHANGED_MEANWHILE = _("The fleet changed while this file was being read. Check the file again and import what is left.")


@dataclass(frozen=True, slots=True)
class NewLine:
    """One checked row: everything as it is stored, references as primary keys of the same company.

    ``new_cost_centre`` is the code of a cost centre that is made on the way. Without a name there is no employee.
    """

    number: str
    iccid: str
    iccid_core: str
    plan_id: int
    billing_account_id: int
    option_ids: tuple[int, ...] = ()
    cost_centre_id: int | None = None
    new_cost_centre: str = ""
    state: str = LineState.ACTIVE
    split_bill: bool = False
    activated_on: dt.date | None = None
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    employee_number: str = ""
    department: str = ""
    language: str = ""

    @property
    def has_employee(self) -> bool:
        return bool(self.first_name or self.last_name)


def import_fleet(
    *,
    customer: Customer,
    lines: Sequence[NewLine],
    file_name: str,
    by: Actor,
    reference: str = "",
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Write all of ``lines`` or nothing; returns how many. ``reference`` finds the import again in the audit trail.

    Refuses when another import of the company runs, or when a number or card was taken since the rows were checked.
    """
    try:
        with transaction.atomic():
            _one_at_a_time(customer)
            stock = _still_free(customer, lines)
            employees = look.known_employees(customer, {n.employee_number for n in lines} - {""})
            writer = _Writer(customer, stock, employees)
            writer.make_cost_centres(sorted({line.new_cost_centre for line in lines} - {""}))
            done = 0
            for some in look.batched(lines, BATCH):
                written = writer.write(some)
                audit.record_each(
                    AuditKind.LINE_IMPORTED, by=by, customer_id=customer.pk, subjects=written, after={"file": file_name}
                )
                done += len(some)
                progress(done)
            audit.record(
                AuditKind.FLEET_IMPORTED,
                by=by,
                customer_id=customer.pk,
                subject=customer,
                after={"file": file_name, "lines": done, "reference": reference},
            )
    except IntegrityError as error:
        raise Refusal(CHANGED_MEANWHILE) from error
    return done


def _one_at_a_time(customer: Customer) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [f"import:{customer.pk}"])
        if not cursor.fetchone()[0]:
            raise Refusal(_("Another import is running for this company. Wait until it is done and try again."))


def _still_free(customer: Customer, lines: Sequence[NewLine]) -> dict[str, int]:
    """The cards that are in stock; refuses when anything was taken since the file was checked."""
    stock, taken = look.known_sims(customer, [line.iccid_core for line in lines])
    if taken or look.taken_numbers([line.number for line in lines]):
        raise Refusal(CHANGED_MEANWHILE)
    return stock


class _Writer:
    """Writes batches and remembers the employees and cost centres that later rows share."""

    def __init__(
        self,
        customer: Customer,
        stock: dict[str, int],
        employees: dict[str, Subscriber],
    ) -> None:
        self.customer = customer
        self.stock = stock
        self.employees = employees
        self.cost_centres: dict[str, int] = {}
        self.plans: dict[int, TariffPlan] = {plan.pk: plan for plan in TariffPlan.objects.for_customer(customer)}

    def make_cost_centres(self, codes: Sequence[str]) -> None:
        made = CostCentre.objects.bulk_create([CostCentre(customer=self.customer, code=c, name=c) for c in codes])
        self.cost_centres = {centre.code: centre.pk for centre in made}

    def write(self, batch: Sequence[NewLine]) -> list[Line]:
        people = self._people(batch)
        cards = self._cards(batch)
        lines = [self._line(new, person, card) for new, person, card in zip(batch, people, cards, strict=True)]
        Line.objects.bulk_create(lines, batch_size=BATCH)
        LineOption.objects.bulk_create(
            [
                LineOption(line=line, option_id=option)
                for new, line in zip(batch, lines, strict=True)
                for option in new.option_ids
            ],
            batch_size=BATCH,
        )
        begin_histories(lines)
        return lines

    def _people(self, batch: Sequence[NewLine]) -> list[Subscriber | None]:
        made: list[Subscriber] = []
        people = [self._person(new, made) for new in batch]
        Subscriber.objects.bulk_create(made, batch_size=BATCH)
        return people

    def _person(self, new: NewLine, made: list[Subscriber]) -> Subscriber | None:
        if known := self.employees.get(new.employee_number):
            return known
        if not new.has_employee:
            return None
        person = Subscriber(
            customer=self.customer,
            first_name=new.first_name,
            last_name=new.last_name,
            email=new.email,
            employee_number=new.employee_number,
            department=new.department,
            **({"language": new.language} if new.language else {}),
        )
        made.append(person)
        if new.employee_number:
            self.employees[new.employee_number] = person
        return person

    def _cards(self, batch: Sequence[NewLine]) -> list[Sim]:
        in_stock = [self.stock[new.iccid_core] for new in batch if new.iccid_core in self.stock]
        own = Sim.objects.for_customer(self.customer)
        own.filter(pk__in=in_stock).update(state=SimState.IN_USE)
        known = {card.iccid_core: card for card in own.filter(pk__in=in_stock)}
        cards = [
            known.get(new.iccid_core)
            or Sim(
                customer=self.customer,
                iccid=new.iccid,
                iccid_core=new.iccid_core,
                state=SimState.IN_USE,
            )
            for new in batch
        ]
        Sim.objects.bulk_create([card for card in cards if card.pk is None], batch_size=BATCH)
        return cards

    def _line(self, new: NewLine, person: Subscriber | None, card: Sim) -> Line:
        line = Line(
            customer=self.customer,
            number=new.number,
            sim=card,
            plan=self.plans[new.plan_id],
            subscriber=person,
            billing_account_id=new.billing_account_id,
            cost_centre_id=self.cost_centres[new.new_cost_centre] if new.new_cost_centre else new.cost_centre_id,
            split_bill=new.split_bill,
            state=new.state,
            activated_on=new.activated_on,
        )
        line.search_text = search_text_of(line)
        return line
