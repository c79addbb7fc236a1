"""Phone numbers and SIM card numbers in any notation, brought to the one form that is stored.

Pure functions: whether a number or card is free is a question for queries. Rules: ``docs/domain.md``, identifiers.
"""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from stdnum import luhn

ICCID_MIN_DIGITS = 18
ICCID_MAX_DIGITS = 22
EXCEL_EXACT_DIGITS = 15


class NumberProblem(models.TextChoices):
    """Why a text is not a number we can take; the values are stable, the labels are for people."""

    MISSING = "phone number missing", _("phone number missing")
    NOT_A_NUMBER = "not a valid phone number", _("not a valid phone number")
    NOT_MOBILE = "not a mobile number", _("not a mobile number")
    NOT_BELGIAN = "not a Belgian mobile number", _("not a Belgian mobile number")


class SimProblem(models.TextChoices):
    """Why a text is not a SIM card number."""

    MISSING = "SIM card number missing", _("SIM card number missing")
    NUMBER_CELL = (
        "number cell: Excel has already lost digits",
        _("number cell: Excel has already lost digits"),
    )
    NOT_DIGITS = (
        "SIM card number holds other characters than digits",
        _("SIM card number holds other characters than digits"),
    )
    TOO_SHORT = "SIM card number too short", _("SIM card number too short")
    TOO_LONG = "SIM card number too long", _("SIM card number too long")
    NOT_A_SIM = (
        "SIM card number does not start with 89",
        _("SIM card number does not start with 89"),
    )


class SimWarning(models.TextChoices):
    """What is odd about a SIM card number that can still be right."""

    CHECK_DIGIT = "check digit does not fit", _("check digit does not fit")
    NOT_BELGIAN = "not a Belgian SIM card", _("not a Belgian SIM card")


class IdentifierError(ValueError):
    """The text is no such identifier; ``problem`` is a member of one of the enums above."""

    def __init__(self, problem: NumberProblem | SimProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem

    @property
    def message(self) -> str | Promise:
        """What is wrong, for the user."""
        return self.problem.label


@dataclass(frozen=True, slots=True)
class Iccid:
    """A SIM card number: ``digits`` is what is stored and shown, ``core`` what cards are matched and unique by."""

    digits: str
    core: str
    raw: str
    warnings: tuple[SimWarning, ...] = ()


# Belgian mobile numbers as they stand in nearly every file: no library needed for these.
_PLAIN_MOBILE = re.compile(r"(?:(?:\+|00)?32(?:\(0\)|0)?|0)?(4[5-9][0-9]{7})")
_SEPARATORS = re.compile(r"[\s./\u00b7\u2010-\u2015\u2212-]+")
_PHONE_CHARACTERS = re.compile(r"\+?[0-9()]+")
_SIM_SEPARATORS = re.compile(r"[\s.\u00b7\u2010-\u2015-]+")
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+")


def clean(raw: object) -> str:
    """The text of a cell or field: full-width digits made plain, invisible characters and outer spaces gone."""
    text = raw if isinstance(raw, str) else "" if raw is None else str(raw)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    # An apostrophe is how people keep Excel from changing a number.
    return text.strip().removeprefix("'").strip()


def normalise_msisdn(raw: object) -> str:
    """A Belgian mobile number in any usual notation as E.164, ``+324…``; raises :class:`IdentifierError`.

    Without its leading zero (a spreadsheet's number cell drops it) a number is still understood.
    """
    text = clean(int(raw) if isinstance(raw, float) and raw.is_integer() else raw)
    compact = _SEPARATORS.sub("", text)
    if match := _PLAIN_MOBILE.fullmatch(compact):
        return "+32" + match[1]
    if not compact:
        raise IdentifierError(NumberProblem.MISSING)
    if not _PHONE_CHARACTERS.fullmatch(compact):
        raise IdentifierError(NumberProblem.NOT_A_NUMBER)
    return _parsed_msisdn(text)


def _parsed_msisdn(text: str) -> str:
    try:
        parsed = phonenumbers.parse(text, "BE")
    except phonenumbers.NumberParseException:
        raise IdentifierError(NumberProblem.NOT_A_NUMBER) from None
    if not phonenumbers.is_valid_number(parsed):
        raise IdentifierError(NumberProblem.NOT_A_NUMBER)
    if parsed.country_code != 32:
        raise IdentifierError(NumberProblem.NOT_BELGIAN)
    if phonenumbers.number_type(parsed) != phonenumbers.PhoneNumberType.MOBILE:
        raise IdentifierError(NumberProblem.NOT_MOBILE)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def normalise_iccid(raw: object) -> Iccid:
    """A SIM card number without padding; raises :class:`IdentifierError`.

    A check digit that does not fit is a warning only, because conventions differ: some operators print 19 digits
    without one. A number (not text) with more than fifteen digits has lost the rest and cannot be repaired.
    """
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        raw = _exact_digits(raw)
    text = clean(raw)
    if not text:
        raise IdentifierError(SimProblem.MISSING)
    if _SCIENTIFIC.fullmatch(text):
        raise IdentifierError(SimProblem.NUMBER_CELL)
    digits = _SIM_SEPARATORS.sub("", text).rstrip("Ff")
    if not (digits.isascii() and digits.isdigit()):
        raise IdentifierError(SimProblem.NOT_DIGITS)
    if len(digits) < ICCID_MIN_DIGITS:
        raise IdentifierError(SimProblem.TOO_SHORT)
    if len(digits) > ICCID_MAX_DIGITS:
        raise IdentifierError(SimProblem.TOO_LONG)
    if not digits.startswith("89"):
        raise IdentifierError(SimProblem.NOT_A_SIM)
    return Iccid(digits=digits, core=iccid_core(digits), raw=text, warnings=_sim_warnings(digits))


def _exact_digits(value: float) -> str:
    if abs(value) >= 10**EXCEL_EXACT_DIGITS:
        raise IdentifierError(SimProblem.NUMBER_CELL)
    return str(int(value)) if float(value).is_integer() else str(value)


def iccid_core(digits: str) -> str:
    """The number without its check digit; 18 digits are a number that was printed without one."""
    return digits if len(digits) == ICCID_MIN_DIGITS else digits[:-1]


def _sim_warnings(digits: str) -> tuple[SimWarning, ...]:
    warnings = []
    if len(digits) > ICCID_MIN_DIGITS and not luhn.is_valid(digits):
        warnings.append(SimWarning.CHECK_DIGIT)
    if not digits.startswith("8932"):
        warnings.append(SimWarning.NOT_BELGIAN)
    return tuple(warnings)
