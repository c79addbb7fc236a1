"""Activation of a new line on a SIM card, with a number from the operator's pool."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse

from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.operators.contract import OperatorOrder, OrderAction, OrderRequest
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind, LineState, NumberProvenance, OrderKind, SimState
from sims.history import begin_history
from sims.models import Line, LineOption, Order, PlanOption, Sim, TariffPlan
from sims.orders import calendar
from sims.orders.kinds.base import EffectRefused, Kind, Payload, customer_reference
from sims.search import refresh_search_text


@dataclass(frozen=True, slots=True)
class ActivatePayload(Payload):
    """Codes and numbers as the operator knows them."""

    TUPLES: ClassVar[frozenset[str]] = frozenset({"option_codes"})

    iccid: str
    plan_code: str
    option_codes: tuple[str, ...] = ()
    billing_account: str = ""


def payload_for(line: Line) -> ActivatePayload:
    """What activating this line as it stands would ask; raises ``Refusal`` when something is still missing."""
    if line.sim is None:
        raise Refusal(_("Choose a SIM card before you activate."))
    if line.plan is None:
        raise Refusal(_("Choose a tariff plan before you activate."))
    return ActivatePayload(
        iccid=line.sim.iccid,
        plan_code=line.plan.code,
        option_codes=tuple(line.options.order_by("code").values_list("code", flat=True)),
        billing_account=line.billing_account.number if line.billing_account else "",
    )


def check(line: Line, payload: ActivatePayload) -> None:
    """A line is activated once, on the card that is kept for it."""
    if line.state == LineState.TERMINATED:
        raise Refusal(_("This line has ended. Add the SIM card as a new line."))
    if line.state != LineState.NEW:
        raise Refusal(_("This SIM card is active already."))
    if line.sim is None or line.sim.iccid != payload.iccid:
        raise Refusal(_("The line has another SIM card by now. Reload the page and try again."))
    if line.sim.state not in (SimState.IN_STOCK, SimState.RESERVED):
        raise Refusal(_("This SIM card cannot be activated. Choose another one."))


def request(order: Order) -> OrderRequest:
    payload = ActivatePayload.from_json(order.payload)
    return OrderRequest(
        external_id=order.pk,
        action=OrderAction.ACTIVATE,
        customer_reference=customer_reference(order.customer),
        iccid=payload.iccid,
        plan_code=payload.plan_code,
        option_codes=payload.option_codes,
        billing_account=payload.billing_account,
        requested_on=calendar.local_day(order.not_before),
    )


def apply(line: Line, *, order: Order, answer: OperatorOrder, by: Actor) -> None:
    """The line is active with the number the operator chose."""
    if line.number_provenance == NumberProvenance.UNKNOWN:
        line.number_provenance = NumberProvenance.COMPANY
    put_into_service(order=order, payload=ActivatePayload.from_json(order.payload), line=line, answer=answer, by=by)


def put_into_service(*, order: Order, payload: ActivatePayload, line: Line, answer: OperatorOrder, by: Actor) -> None:
    """Number, plan, options, card and state as the operator confirmed them; raises ``EffectRefused``."""
    before = {"state": line.state, "number": line.number or ""}
    if line.state != LineState.NEW:
        raise EffectRefused(f"line is {line.state}, not new")
    line.number = _e164(answer.number)
    line.state = LineState.ACTIVE
    line.activated_on = calendar.local_day(answer.completed_at or timezone.now())
    line.plan = plan_of(line, payload.plan_code)
    line.save(update_fields=["number", "number_provenance", "state", "activated_on", "plan", "updated_at"])
    _take_card_into_use(line, payload.iccid)
    set_options(line, payload.option_codes)
    refresh_search_text(line)
    begin_history(line, at=answer.completed_at)
    audit.record(
        AuditKind.LINE_ACTIVATED,
        by=by,
        customer_id=line.customer_id,
        subject=line,
        label=line.number,
        before=before,
        after={"state": line.state, "number": line.number, "iccid": payload.iccid, "order": str(order.pk)},
    )


def _e164(number: str) -> str:
    """The operator's number; M2M ranges are unknown to the library's validity rules, so only its length is judged."""
    try:
        parsed = parse(number, None)
    except NumberParseException as error:
        raise EffectRefused(f"the operator gave {number!r} as number") from error
    if not is_possible_number(parsed):
        raise EffectRefused(f"the operator gave {number!r} as number")
    return format_number(parsed, PhoneNumberFormat.E164)


def plan_of(line: Line, code: str) -> TariffPlan:
    """The company's plan with this code; raises ``EffectRefused`` when it left the catalogue."""
    plan: TariffPlan | None = TariffPlan.objects.for_customer(line.customer_id).filter(code=code).first()
    if plan is None:
        raise EffectRefused(f"tariff plan {code!r} is not in the catalogue")
    return plan


def _take_card_into_use(line: Line, iccid: str) -> None:
    cards = Sim.objects.for_customer(line.customer_id).filter(pk=line.sim_id, iccid=iccid)
    if not cards.filter(state__in=(SimState.IN_STOCK, SimState.RESERVED)).update(state=SimState.IN_USE):
        raise EffectRefused(f"SIM card {iccid} is not the line's card or not free")


def set_options(line: Line, codes: tuple[str, ...]) -> None:
    """Exactly these options, as the operator confirmed them; raises ``EffectRefused`` for one nobody knows."""
    options = list(PlanOption.objects.for_customer(line.customer_id).filter(code__in=codes))
    missing = set(codes) - {option.code for option in options}
    if missing:
        raise EffectRefused(f"options {sorted(missing)} are not in the catalogue")
    LineOption.objects.filter(line=line).exclude(option__in=options).delete()
    LineOption.objects.bulk_create([LineOption(line=line, option=option) for option in options], ignore_conflicts=True)


def describe(payload: ActivatePayload, names: Mapping[str, str]) -> str:
    return names.get(payload.plan_code, payload.plan_code)


KIND = Kind(
    code=OrderKind.ACTIVATE,
    conflict_group="lifecycle",
    payload=ActivatePayload,
    check=check,
    request=request,
    apply=apply,
    describe=describe,
)
