"""What a replacement of a SIM card is subject to: holds, a second person, and which cards may be meant."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Membership
from fleetportal.audit.actors import Actor
from sims.enums import OrderKind, OrderState
from sims.models import FleetPolicy, Line, Order, Sim
from sims.orders.placing import may_decide
from sims.queries.cards import stock_cards

# Who is new, or has a new password or address, waits; an attacker's first hours are the dangerous ones.
NEW_FOR = timedelta(hours=72)
HOLD = timedelta(hours=24)
DAY = timedelta(hours=24)
SHORTEST_LOOK_UP = 4
MOST_MATCHES = 8

NEW_HERE = _("You joined this company less than three days ago.")
NEW_CREDENTIALS = _("Your password or e-mail address changed less than three days ago.")
COOL_DOWN = _("Your company lets time pass between the request and the replacement.")
LINE_LOCKED = _("For this line a second person has to approve.")
COMPANY_RULE = _("In your company a second person approves every replacement.")
PERSONAL_CAP = _("You asked for as many replacements today as one person may without approval.")
COMPANY_CAP = _("Your company asked for as many replacements today as it may without approval.")
ONLY_ASKS = _("Somebody who may change lines has to approve it.")


@dataclass(frozen=True, slots=True)
class SwapTerms:
    """``held_until`` is None for at once; ``reasons`` say why it waits for a moment or a person, in words."""

    held_until: datetime | None
    needs_second_person: bool
    reasons: tuple[str | Promise, ...]


def policy_of(customer: Customer | int) -> FleetPolicy:
    """The company's rules, the usual ones while nobody chose others (not stored then)."""
    policy: FleetPolicy | None = FleetPolicy.objects.for_customer(customer).first()
    if policy is not None:
        return policy
    return FleetPolicy(customer_id=customer if isinstance(customer, int) else customer.pk)


def terms_of(line: Line, policy: FleetPolicy, by: Actor) -> SwapTerms:
    """What would be demanded if ``by`` asked for another card for this line now."""
    holds = _holds(line, policy, by)
    seconds = _second_person(line, policy, by)
    only_asks = () if may_decide(by, line.customer_id) else (ONLY_ASKS,)
    longest = max((wait for _reason, wait in holds), default=timedelta())
    return SwapTerms(
        held_until=timezone.now() + longest if longest else None,
        needs_second_person=bool(seconds),
        reasons=(*(reason for reason, _wait in holds), *(seconds or only_asks)),
    )


def _holds(line: Line, policy: FleetPolicy, by: Actor) -> list[tuple[str | Promise, timedelta]]:
    found: list[tuple[str | Promise, timedelta]] = []
    if policy.cool_down_hours:
        found.append((COOL_DOWN, timedelta(hours=policy.cool_down_hours)))
    if by.kind != "user":
        return found
    memberships = Membership.objects.for_customer(line.customer_id).filter(user_id=by.id).select_related("user")
    since = timezone.now() - NEW_FOR
    for membership in memberships:
        if membership.joined_at > since:
            found.append((NEW_HERE, HOLD))
        changed = membership.user.credentials_changed_at
        if changed is not None and changed > since:
            found.append((NEW_CREDENTIALS, HOLD))
    return found


def _second_person(line: Line, policy: FleetPolicy, by: Actor) -> tuple[str | Promise, ...]:
    reasons: list[str | Promise] = []
    if policy.needs_second_person:
        reasons.append(COMPANY_RULE)
    if line.is_card_locked:
        reasons.append(LINE_LOCKED)
    asked_by = list(
        Order.objects.for_customer(line.customer_id)
        .filter(kind=OrderKind.SWAP, created_at__gt=timezone.now() - DAY)
        .exclude(state=OrderState.CANCELLED)
        .values_list("requested_by_id", flat=True)
    )
    if by.kind == "user" and asked_by.count(by.id) >= policy.swaps_per_person:
        reasons.append(PERSONAL_CAP)
    if len(asked_by) >= policy.swaps_per_company:
        reasons.append(COMPANY_CAP)
    return tuple(reasons)


def cards_ending_in(customer: Customer, digits: str) -> list[Sim]:
    """Free cards of the company whose number ends in these digits, a few at most."""
    return list(stock_cards(customer).filter(iccid__endswith=digits)[:MOST_MATCHES])
