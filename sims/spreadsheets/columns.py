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

# What files call a column, per language; the first word is the one we write. Compared by ``heading_key``, in every
# language at once, because a file does not say which one it is in.
_WORDS: dict[Field, dict[str, str]] = {
    Field.NUMBER: {
        "nl": "Telefoonnummer|gsm|gsm-nummer|nummer|mobiel nummer|mobiel|telefoon|msisdn|lijn|oproepnummer",
        "fr": "Numéro de GSM|numéro GSM|numéro|numéro de téléphone|téléphone|numéro mobile|ligne|numéro d'appel",
        "en": "Phone number|phone|mobile number|mobile|number|line|mobile phone|telephone number|cell phone",
    },
    Field.ICCID: {
        "nl": "Simkaartnummer|simkaart|simnummer|sim-kaart|iccid|sim|serienummer simkaart|icc",
        "fr": "Numéro de carte SIM|carte SIM|numéro SIM|n° SIM|n° carte SIM|numéro de la carte SIM",
        "en": "SIM number|SIM card number|SIM card|SIM serial|SIM number (ICCID)|ICCID number",
    },
    Field.FIRST_NAME: {"nl": "Voornaam", "fr": "Prénom", "en": "First name|given name|firstname"},
    Field.LAST_NAME: {
        "nl": "Familienaam|naam|achternaam",
        "fr": "Nom|nom de famille",
        "en": "Last name|surname|family name|lastname|name",
    },
    Field.EMAIL: {
        "nl": "E-mail|e-mailadres|mail|mailadres",
        "fr": "E-mail|adresse e-mail|courriel|adresse mail",
        "en": "Email|e-mail address",
    },
    Field.EMPLOYEE_NUMBER: {
        "nl": "Personeelsnummer|stamnummer|werknemersnummer|medewerkersnummer|personeelsnr",
        "fr": "Numéro de personnel|numéro personnel|matricule|numéro d'employé|numéro de collaborateur",
        "en": "Employee number|staff number|employee id|personnel number|payroll number|employee no",
    },
    Field.DEPARTMENT: {"nl": "Afdeling|dienst|departement", "fr": "Département|service", "en": "Department|team"},
    Field.LANGUAGE: {"nl": "Taal|taalcode", "fr": "Langue|code langue", "en": "Language"},
    Field.COST_CENTRE: {
        "nl": "Kostenplaats|kostplaats|kostenplaatscode",
        "fr": "Centre de coûts|centre de coût|centre de frais",
        "en": "Cost centre|cost center|cost centre code",
    },
    Field.BILLING_ACCOUNT: {
        "nl": "Facturatieaccount|facturatierekening|factuuraccount|facturatie|facturatienummer",
        "fr": "Compte de facturation|compte facturation|facturation",
        "en": "Billing account|billing account number|account|BA",
    },
    Field.PLAN: {
        "nl": "Tariefplan|tarief|abonnement|plan",
        "fr": "Plan tarifaire|forfait",
        "en": "Tariff plan|tariff|rate plan|price plan",
    },
    Field.OPTIONS: {"nl": "Opties|optie|extra's", "fr": "Options|option", "en": "Options|add-ons"},
    Field.STATUS: {"nl": "Status|staat|toestand", "fr": "Statut|état", "en": "Status|state"},
    Field.SPLIT_BILL: {"nl": "Split bill|split billing", "fr": "Split bill|facture partagée", "en": "Split bill"},
    Field.ACTIVATED_ON: {
        "nl": "Activatiedatum|actief sinds|datum activatie|startdatum",
        "fr": "Date d'activation|actif depuis|date de début",
        "en": "Activation date|active since|start date|activated on",
    },
}
_BY_KEY: dict[str, Field] = {
    heading_key(word): field for field, words in _WORDS.items() for some in words.values() for word in some.split("|")
}


def heading_of(field: Field, language: str) -> str:
    """What we call the column in a file of this language; reading it back recognises it."""
    return _WORDS[field].get(language, _WORDS[field]["en"]).split("|")[0]


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
