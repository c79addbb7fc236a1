"""Adding a line on a SIM card, with or without asking for its activation at once, and activating it later."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import BillingAccount, CostCentre, Customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from fleetportal.web.formatting import language
from sims.enums import AuditKind, LineState, NumberProvenance, SimState
from sims.identifiers import iccid_core
from sims.models import (
    Line,
    LineDraft,
    LineOption,
    Order,
    PlanOption,
    PortBatch,
    PortInRequest,
    PortMandate,
    Sim,
    SplitBillProfile,
    TariffPlan,
)
from sims.orders.kinds import activation_of
from sims.orders.placing import place
from sims.orders.transitions import lock_line
from sims.queries.adding import available_plans, first_excluding_pair, options_of
from sims.search import refresh_search_text
from sims.services.drafts import lock_draft
from sims.services.mandates import give_mandate
from sims.services.ports import mandate_of, refuse_taken
from sims.services.subscribers import NewEmployee, employee_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A number (E.164) to bring along, the donor's proof, and when and from where the mandate was given."""

    number: str
    donor: str
    is_prepaid: bool
    donor_customer_number: str
    donor_iccid: str
    holder_name: str
    holder_enterprise_number: str
    was_private: bool
    mandate_text_version: str
    mandate_at: datetime
    mandate_ip: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineWish:
    """What a new line is to be. Keys are those of rows of the company; anything else is refused.

    ``iccid`` is a card of the company or one the operator called available. With ``activate`` the line is activated on
    ``activate_on``, None being as soon as possible.
    """

    iccid: str
    employee: uuid.UUID | NewEmployee
    plan: int
    options: frozenset[int] = frozenset()
    billing_account: int
    cost_centre: int | None = None
    split_bill: bool = False
    split_bill_profile: int | None = None
    transfer: Transfer | None = None
    activate: bool = True
    activate_on: date | None = None


def add_line(*, draft: LineDraft, wish: LineWish, by: Actor) -> Line:
    """The line of this draft: made now or, when the draft was sent before, the one it became then.

    Raises ``Refusal``, with the name of the form's field, when the wish no longer holds; nothing is written then.
    """
    with transaction.atomic():
        held = _held(draft, by)
        if held.line is not None:
            return held.line
        line = new_line(customer=held.customer, wish=wish, by=by)
        if wish.activate:
            kind, payload = activation_of(line)
            place(line=line, kind=kind, payload=payload, not_before=wish.activate_on, by=by)
        held.line = line
        held.answers = {}  # names and numbers stand on the line now
        held.save(update_fields=["line", "answers", "updated_at"])
    draft.line, draft.answers = line, {}
    return line


def activate_line(*, line: Line, on: date | None = None, by: Actor) -> Order:
    """Ask for the activation of a line that was added before; None is as soon as possible. Raises ``Refusal``."""
    with transaction.atomic():
        locked = lock_line(line.pk)
        kind, payload = activation_of(locked)
        order = place(line=locked, kind=kind, payload=payload, not_before=on, by=by)
        Sim.objects.for_customer(locked.customer_id).filter(pk=locked.sim_id, state=SimState.IN_STOCK).update(
            state=SimState.RESERVED
        )
    return order


def _held(draft: LineDraft, by: Actor) -> LineDraft:
    try:
        return lock_draft(customer=draft.customer, draft_id=draft.public_id, by=by)
    except LineDraft.DoesNotExist:
        raise Refusal(_("This draft was deleted in the meantime. Start again.")) from None


def new_line(
    *,
    customer: Customer,
    wish: LineWish,
    by: Actor,
    mandate: PortMandate | None = None,
    batch: PortBatch | None = None,
) -> Line:
    """The line of this wish, not activated; inside the caller's transaction. Raises ``Refusal`` as ``add_line`` does.

    ``batch`` is the request for several numbers it is a part of, ``mandate`` the one for all of them.
    """
    plan, options = _plan_and_options(customer, wish)
    line = Line(
        customer=customer,
        plan=plan,
        billing_account=_billing_account(customer, wish.billing_account),
        cost_centre=_cost_centre(customer, wish.cost_centre),
        split_bill=wish.split_bill,
        split_bill_profile=_split_bill_profile(customer, wish),
        number_provenance=_provenance(wish.transfer),
        state=LineState.NEW,
    )
    line.subscriber = employee_of(customer, wish.employee)
    line.sim = _reserve_card(customer, wish.iccid)
    line.save()
    LineOption.objects.bulk_create(LineOption(line=line, option=option) for option in options)
    if wish.transfer is not None:
        _store_transfer(line, wish.transfer, by, mandate, batch)
    refresh_search_text(line)
    audit.record(
        AuditKind.LINE_ADDED,
        by=by,
        customer_id=customer.pk,
        subject=line,
        label=line.sim.iccid,
        after=_shown(line, options, wish),
    )
    return line


def _reserve_card(customer: Customer, iccid: str) -> Sim:
    """The company's card with this number, kept for one line from now on; a card that is not in stock yet joins it."""
    core = iccid_core(iccid)
    own = Sim.objects.for_customer(customer).select_for_update()
    sim: Sim | None = own.filter(iccid_core=core).first()
    if sim is None:
        try:
            with transaction.atomic():
                added: Sim = Sim.objects.create(
                    customer=customer, iccid=iccid, iccid_core=core, state=SimState.RESERVED
                )
                return added
        except IntegrityError:
            raise Refusal(_("This SIM card has just been taken. Choose another one."), field="iccid") from None
    if sim.state != SimState.IN_STOCK or Line.objects.for_customer(customer).filter(sim=sim).exists():
        raise Refusal(_("This SIM card has just been taken. Choose another one."), field="iccid")
    sim.state = SimState.RESERVED
    sim.save(update_fields=["state"])
    return sim


def _plan_and_options(customer: Customer, wish: LineWish) -> tuple[TariffPlan, list[PlanOption]]:
    plan: TariffPlan | None = available_plans(customer).filter(pk=wish.plan).first()
    if plan is None:
        raise Refusal(_("This tariff plan cannot be chosen any more. Choose another one."), field="plan")
    options = list(options_of(plan).filter(pk__in=wish.options))
    if len(options) != len(wish.options):
        raise Refusal(_("Not every option goes with this tariff plan. Look at the options again."), field="option")
    if pair := first_excluding_pair(options):
        raise Refusal(excluding_text(*pair), field="option")
    return plan, options


def excluding_text(one: PlanOption, other: PlanOption) -> str:
    """Names the two options that cannot be had together."""
    return _("“%(one)s” and “%(other)s” cannot be combined. Choose one of them.") % {
        "one": one.name,
        "other": other.name,
    }


def _billing_account(customer: Customer, key: int) -> BillingAccount:
    account: BillingAccount | None = BillingAccount.objects.for_customer(customer).filter(pk=key).first()
    if account is None:
        raise Refusal(_("Choose a billing account from the list."), field="billing_account")
    return account


def _cost_centre(customer: Customer, key: int | None) -> CostCentre | None:
    if key is None:
        return None
    centre: CostCentre | None = CostCentre.objects.for_customer(customer).filter(pk=key).first()
    if centre is None:
        raise Refusal(_("Choose a cost centre from the list."), field="cost_centre")
    return centre


def _split_bill_profile(customer: Customer, wish: LineWish) -> SplitBillProfile | None:
    if not wish.split_bill or wish.split_bill_profile is None:
        return None
    profiles = SplitBillProfile.objects.for_customer(customer).filter(retired_at=None)
    profile: SplitBillProfile | None = profiles.filter(pk=wish.split_bill_profile).first()
    if profile is None:
        raise Refusal(_("Choose a split bill profile from the list."), field="split_bill_profile")
    return profile


def _provenance(transfer: Transfer | None) -> NumberProvenance:
    """A number from the pool is the company's; a transferred one is whose it was before."""
    if transfer is not None and transfer.was_private:
        return NumberProvenance.EMPLOYEE
    return NumberProvenance.COMPANY


def _store_transfer(
    line: Line, transfer: Transfer, by: Actor, mandate: PortMandate | None, batch: PortBatch | None
) -> None:
    refuse_taken(line.customer, transfer.number)
    asked = PortInRequest(
        customer=line.customer,
        line=line,
        batch=batch,
        number=transfer.number,
        donor=transfer.donor,
        is_prepaid=transfer.is_prepaid,
        donor_customer_number=transfer.donor_customer_number,
        donor_iccid=transfer.donor_iccid,
        holder_name=transfer.holder_name,
        holder_enterprise_number=transfer.holder_enterprise_number,
        mandate_by_name=by.name,
        mandate_by_id=by.id,
        mandate_at=min(transfer.mandate_at, timezone.now()),
        mandate_ip=transfer.mandate_ip,
        mandate_text_version=transfer.mandate_text_version,
    )
    asked.mandate = mandate or give_mandate(
        customer=line.customer, mandate=mandate_of(asked, _language(line, transfer))
    )
    asked.save()


def _language(line: Line, transfer: Transfer) -> str:
    """The holder's: the employee's for a private number, else that of the person who gives the mandate."""
    return line.subscriber.language if transfer.was_private and line.subscriber else language()


def _shown(line: Line, options: list[PlanOption], wish: LineWish) -> dict[str, Any]:
    """The line as it was asked, for the audit trail."""
    return {
        "iccid": line.sim.iccid if line.sim else "",
        "employee": line.subscriber.full_name if line.subscriber else "",
        "plan": line.plan.code if line.plan else "",
        "options": [option.code for option in options],
        "billing_account": line.billing_account.number if line.billing_account else "",
        "cost_centre": line.cost_centre.code if line.cost_centre else "",
        "split_bill": line.split_bill,
        "number_to_transfer": wish.transfer.number if wish.transfer else "",
    }
