"""The columns of a fleet file: how people call them in Dutch, French and English, and finding them in any file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fleetportal.spreadsheets.reading import Book, Row, column_letter, heading_key, is_blank
from fleetportal.web.errors import Refusal

# Titles, dates and empty rows may stand above the headings.
HEADING_WITHIN_ROWS = 40
SAMPLE_ROWS = 3
IGNORED = ""


class Field(models.TextChoices):
    """What a column of a fleet file can hold."""

    NUMBER = "number", _("Phone number")
    ICCID = "iccid", _("SIM number")
    FIRST_NAME = "first_name", _("First name")
    LAST_NAME = "last_name", _("Last name")
    EMAIL = "email", _("Email")
    EMPLOYEE_NUMBER = "employee_number", _("Employee number")
    DEPARTMENT = "department", _("Department")
    LANGUAGE = "language", _("Language")
    COST_CENTRE = "cost_centre", _("Cost centre")
    BILLING_ACCOUNT = "billing_account", _("Billing account")
    PLAN = "plan", _("Tariff plan")
    OPTIONS = "options", _("Options")
    STATUS = "status", _("Status")
    SPLIT_BILL = "split_bill", _("Split bill")
    ACTIVATED_ON = "activated_on", _("Activation date")


REQUIRED = (Field.NUMBER, Field.ICCID, Field.PLAN, Field.BILLING_ACCOUNT)

# Every language at once: a file does not say which one it is in. Compared by ``heading_key``.
_ALIASES: dict[Field, str] = {
    Field.NUMBER: "telefoonnummer|gsm|gsm-nummer|gsmnummer|nummer|mobiel nummer|mobiel|telefoon|msisdn|lijn"
    "|oproepnummer|numéro de GSM|numéro GSM|numéro|numéro de téléphone|téléphone|numéro mobile|mobile|ligne"
    "|numéro d'appel|phone number|phone|mobile number|number|line|mobile phone|telephone number|cell phone",
    Field.ICCID: "simkaartnummer|simkaart|simnummer|sim-kaart|iccid|sim|serienummer simkaart|icc"
    "|numéro de carte SIM|carte SIM|numéro SIM|n° SIM|n° carte SIM|SIM number|SIM card number|SIM card|SIM serial"
    "|SIM number (ICCID)|ICCID number",
    Field.FIRST_NAME: "voornaam|prénom|first name|given name|firstname",
    Field.LAST_NAME: "naam|achternaam|familienaam|nom|nom de famille|last name|surname|family name|lastname|name",
    Field.EMAIL: "e-mail|email|e-mailadres|mail|mailadres|adresse e-mail|courriel|adresse mail|e-mail address",
    Field.EMPLOYEE_NUMBER: "personeelsnummer|stamnummer|werknemersnummer|medewerkersnummer|personeelsnr"
    "|numéro personnel|matricule|numéro de personnel|numéro d'employé|numéro de collaborateur"
    "|employee number|staff number|employee id|personnel number|payroll number|employee no",
    Field.DEPARTMENT: "afdeling|dienst|departement|département|service|department|team",
    Field.LANGUAGE: "taal|taalcode|langue|code langue|language",
    Field.COST_CENTRE: "kostenplaats|kostplaats|kostenplaatscode|centre de coûts|centre de coût|centre de frais"
    "|cost centre|cost center|cost centre code|costcentre",
    Field.BILLING_ACCOUNT: "facturatieaccount|facturatierekening|billing account|factuuraccount|facturatie"
    "|facturatienummer|compte de facturation|compte facturation|facturation|billing account number|account|BA",
    Field.PLAN: "tariefplan|tarief|abonnement|plan|plan tarifaire|forfait|tariff plan|tariff|rate plan|price plan",
    Field.OPTIONS: "opties|optie|options|option|add-ons|addons|extra's",
    Field.STATUS: "status|staat|toestand|statut|état|state",
    Field.SPLIT_BILL: "split bill|splitbill|split billing|split bill ja/nee|facture partagée",
    Field.ACTIVATED_ON: "activatiedatum|actief sinds|datum activatie|startdatum|date d'activation|actif depuis"
    "|date de début|activation date|active since|start date|activated on",
}
_BY_KEY: dict[str, Field] = {
    heading_key(alias): field for field, aliases in _ALIASES.items() for alias in aliases.split("|")
}

MISSING_COLUMNS: Promise = _("These columns were not found in the file: %(columns)s.")


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of the file; ``field`` is empty for a column that is not used."""

    index: int
    text: str
    field: str = IGNORED
    samples: tuple[str, ...] = ()

    @property
    def letter(self) -> str:
        return column_letter(self.index)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table stands in the file and what its columns are."""

    sheet: int
    heading_row: int
    headings: tuple[Heading, ...]

    @property
    def missing(self) -> list[Field]:
        """Required columns that no heading stands for."""
        present = {heading.field for heading in self.headings}
        return [field for field in REQUIRED if field not in present]

    @property
    def unknown(self) -> list[Heading]:
        """Columns with a heading that are not used."""
        return [heading for heading in self.headings if not heading.field]

    def require(self) -> None:
        """Refuse, naming them, when required columns are missing."""
        if self.missing:
            names = ", ".join(str(field.label) for field in self.missing)
            raise Refusal(MISSING_COLUMNS % {"columns": names})

    def column_of(self) -> dict[Field, Heading]:
        return {Field(heading.field): heading for heading in self.headings if heading.field}


def field_of(heading: object) -> str:
    """The field a heading stands for in any of the languages, or nothing."""
    return _BY_KEY.get(heading_key(heading), IGNORED)


def find_layout(book: Book, mapping: Mapping[int, str] | None = None) -> Layout:
    """The sheet and row where the headings stand: those of which most are recognised.

    ``mapping`` (column index → field or nothing) is a person's correction of what was recognised.
    """
    best: tuple[int, int, int, list[Row]] = (-1, 0, 0, [])
    for sheet in range(len(book.titles)):
        rows = list(
            islice(book.rows(sheet, max_row=HEADING_WITHIN_ROWS + SAMPLE_ROWS), HEADING_WITHIN_ROWS + SAMPLE_ROWS)
        )
        for position, row in enumerate(rows[:HEADING_WITHIN_ROWS]):
            score = _score(row)
            if score > best[0]:
                best = (score, sheet, position, rows)
    score, sheet, position, rows = best
    if score <= 0:
        raise Refusal(_("No headings were found. The first row must name the columns, for example “Phone number”."))
    samples = [row for row in rows[position + 1 :] if not is_blank(row)][:SAMPLE_ROWS]
    return Layout(sheet, position + 1, tuple(_headings(rows[position], samples, mapping)))


def _score(row: Sequence[object]) -> int:
    """Recognised headings count most; else the row with most texts, so that a person can say what they are."""
    texts = [cell for cell in row if isinstance(cell, str) and cell.strip()]
    recognised = len({field_of(text) for text in texts} - {IGNORED})
    return recognised * 100 + len(texts) if len(texts) > 1 else 0


def _headings(row: Row, samples: Iterable[Row], mapping: Mapping[int, str] | None) -> Iterable[Heading]:
    taken: set[str] = set()
    for index, cell in enumerate(row):
        text = "" if cell is None else str(cell).strip()
        shown = tuple(
            str(sample[index])[:40] for sample in samples if index < len(sample) and sample[index] is not None
        )
        if not text and not shown:
            continue
        field = field_of(text) if mapping is None else mapping.get(index, IGNORED)
        # Of two columns for the same thing the first counts.
        field = IGNORED if field in taken else field
        taken.add(field)
        yield Heading(index, text, field, shown)
