"""Whether a typed SIM card number may carry a new line: own stock first, the operator for cards that are not in it."""

from dataclasses import dataclass

import structlog
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Customer
from fleetportal.operators.contract import OperatorError, SimStatus
from fleetportal.operators.registry import get_operator
from fleetportal.web.formatting import iccid as iccid_text
from fleetportal.web.formatting import phone
from sims.identifiers import IdentifierError, SimProblem, SimWarning
from sims.models import Sim
from sims.queries.cards import FoundCard, Standing, digits_of, find_card

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CheckedCard:
    """A card that may be used: its number, and what is odd about how it was typed."""

    iccid: str
    in_stock: bool
    warnings: tuple[str, ...] = ()


def check_card(customer: Customer, typed: str) -> CheckedCard:
    """The usable card that was meant; raises ``ValidationError`` with what to do instead.

    May ask the operator, so it is not called inside a transaction.
    """
    try:
        found: FoundCard | IdentifierError = find_card(customer, typed)
    except IdentifierError as error:
        found = error
    return usable_card(found, typed)


def usable_card(found: FoundCard | IdentifierError, typed: str) -> CheckedCard:
    """The same for a card that was looked up already."""
    if isinstance(found, IdentifierError):
        raise ValidationError(_problem_text(found, typed)) from found
    if found.standing == Standing.IN_STOCK and found.sim:
        return CheckedCard(found.sim.iccid, in_stock=True, warnings=_differences(found, found.sim))
    if found.standing == Standing.NOT_IN_STOCK and found.typed:
        _ask_operator(found.typed.digits)
        return CheckedCard(found.typed.digits, in_stock=False, warnings=_warning_texts(found.typed.warnings))
    raise ValidationError(_refusal_text(found))


def _ask_operator(iccid: str) -> None:
    try:
        status = get_operator().check_sim(iccid)
    except OperatorError as error:
        log.warning("sim_check_failed", error=str(error))
        raise ValidationError(
            _("The operator does not answer, so this card cannot be checked. Try again or take a card from your stock.")
        ) from error
    if status != SimStatus.AVAILABLE:
        raise ValidationError(_not_yours())


def _not_yours() -> str:
    """One text for every card that others have or nobody knows, so that it tells nothing about other companies."""
    return _("This SIM card cannot be added. Compare the number with the card; if it is right, ask the help desk.")


def _refusal_text(found: FoundCard) -> str:
    match found.standing:
        case Standing.TAKEN:
            return _taken_text(found.sim)
        case Standing.SPENT:
            return _("This SIM card was replaced or lost and cannot be used again. Take another card.")
        case Standing.ENDING_UNKNOWN:
            return _("No SIM card in your stock ends in these digits. Enter all 19 digits.")
        case Standing.ENDING_OF_SEVERAL:
            return _("Several SIM cards in your stock end in these digits. Enter all 19 digits.")
        case _:
            return _not_yours()


def _taken_text(sim: Sim | None) -> str:
    line = getattr(sim, "line", None)
    if line is not None and line.number:
        return _("This SIM card is in use already, for %(number)s. Choose another card.") % {
            "number": phone(line.number)
        }
    return _("This SIM card is kept for another line already. Choose another card.")


def _problem_text(error: IdentifierError, typed: str) -> str:
    if error.problem == SimProblem.MISSING:
        return _("Enter the SIM card number.")
    if error.problem in (SimProblem.TOO_SHORT, SimProblem.TOO_LONG):
        count = len(digits_of(typed))
        return ngettext(
            "A SIM card number has 19 digits. You entered %(count)d.",
            "A SIM card number has 19 digits. You entered %(count)d.",
            count,
        ) % {"count": count}
    if error.problem == SimProblem.NOT_A_SIM:
        return _("A SIM card number starts with 89. Look at the back of the card again.")
    return _("A SIM card number has only digits. It is on the back of the card and starts with 8932.")


def _warning_texts(warnings: tuple[SimWarning, ...]) -> tuple[str, ...]:
    texts = {
        SimWarning.CHECK_DIGIT: _("The last digit does not fit the other ones."),
        SimWarning.NOT_BELGIAN: _("The number does not start with 8932, so this is not a Belgian SIM card."),
    }
    return tuple(texts[warning] for warning in warnings)


def _differences(found: FoundCard, sim: Sim) -> tuple[str, ...]:
    """Cards are matched without their last digit; what stands in stock was checked when it came in."""
    if found.typed is None or found.typed.digits == sim.iccid:
        return ()
    return (
        _("In your stock this card is %(iccid)s: the last digit is another one.") % {"iccid": iccid_text(sim.iccid)},
    )
