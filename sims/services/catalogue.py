"""Taking over a company's catalogue from a file: plans, options, what goes together, billing accounts, cost centres."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from stdnum.be import vat

from accounts.models import BillingAccount, CostCentre, Customer
from accounts.services import create_customer
from fleetportal.audit import services as audit
from fleetportal.audit.actors import Actor
from fleetportal.web.errors import Refusal
from sims.enums import AuditKind
from sims.models import PlanOption, TariffPlan

LANGUAGES = ("nl", "fr", "en")


class CatalogueError(Refusal):
    """Something in the file is not as it should be; the message starts with its place, such as ``plans[2].code``."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


@dataclass(frozen=True, slots=True)
class CatalogueCounts:
    """What the company has after the import; ``further`` is what apps above this one took over, in English words."""

    customer: Customer
    plans: int
    options: int
    billing_accounts: int
    cost_centres: int
    further: Mapping[str, int]


class Part:
    """One JSON object of the file; every value is asked for with its type and its place is known."""

    def __init__(self, data: Any, path: str) -> None:
        self.path = path
        if not isinstance(data, Mapping):
            raise CatalogueError(path or "$", _("an object is expected"))
        self.data = data

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def fail(self, key: str, message: str) -> CatalogueError:
        return CatalogueError(self.at(key), message)

    def text(self, key: str, *, default: str | None = None) -> str:
        value = self.data.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.fail(key, _("a text is expected"))
        return value.strip()

    def number(self, key: str, *, optional: bool = False) -> Decimal | None:
        value = self.data.get(key)
        if value is None and optional:
            return None
        try:
            number = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or number < 0:
            raise self.fail(key, _("a number of 0 or more is expected"))
        return number

    def whole(self, key: str, *, default: int | None = None) -> int:
        value = self.data.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.fail(key, _("a whole number of 0 or more is expected"))
        return value

    def day(self, key: str) -> date | None:
        """A day as ``2026-11-30``; None where the file has none."""
        text = self.text(key, default="")
        try:
            return date.fromisoformat(text) if text else None
        except ValueError as error:
            raise self.fail(key, _("a day is expected, such as 2026-11-30")) from error

    def choice(self, key: str, values: Collection[str]) -> str:
        value = self.text(key)
        if value not in values:
            raise self.fail(key, _("one of these is expected: %(values)s") % {"values": ", ".join(sorted(values))})
        return value

    def names(self, key: str) -> dict[str, str]:
        value = self.data.get(key)
        names = dict.fromkeys(LANGUAGES, value) if isinstance(value, str) else value
        part = Part(names, self.at(key))
        return {f"name_{language}": part.text(language, default="") for language in LANGUAGES} | {
            "name_nl": part.text("nl")
        }

    def descriptions(self) -> dict[str, str]:
        """What is inside, which a file need not say."""
        value = self.data.get("description", "")
        texts = dict.fromkeys(LANGUAGES, value) if isinstance(value, str) else value
        part = Part(texts, self.at("description"))
        return {f"description_{language}": part.text(language, default="") for language in LANGUAGES}

    def texts(self, key: str) -> list[str]:
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(key, _("a list of texts is expected"))
        return value

    def parts(self, key: str, identity: str) -> list["Part"]:
        """The objects of a list; ``identity`` names the value that no two of them share."""
        value = self.data.get(key, [])
        if not isinstance(value, list):
            raise self.fail(key, _("a list is expected"))
        parts = [Part(item, f"{self.at(key)}[{index}]") for index, item in enumerate(value)]
        seen: set[str] = set()
        for part in parts:
            if (code := part.text(identity)) in seen:
                raise part.fail(identity, _("“%(code)s” stands here twice") % {"code": code})
            seen.add(code)
        return parts


Reader = Callable[[Part, Customer], Mapping[str, int]]

# What apps above this one take over from the same file, in the same transaction.
_FURTHER_READERS: list[Reader] = []


def also_read(reader: Reader) -> None:
    """Let an app above this one take its part of the file too; it says how many rows of what it has, in English."""
    if reader not in _FURTHER_READERS:
        _FURTHER_READERS.append(reader)


def import_catalogue(*, data: Any, by: Actor) -> CatalogueCounts:
    """Make the company of the file or bring it up to date; all or nothing, and a second time changes nothing.

    ``data`` is the parsed JSON. Plans and options that it no longer names cannot be chosen any more; lines keep them.
    """
    file = Part(data, "")
    with transaction.atomic():
        customer = _customer(Part(data.get("customer"), "customer"), by)
        plans = rows(file.parts("plans", "code"), TariffPlan, customer, "code", _plan_fields)
        option_parts = file.parts("options", "code")
        options = rows(option_parts, PlanOption, customer, "code", _option_fields)
        _relate(option_parts, plans, options)
        for model, kept in ((TariffPlan, plans), (PlanOption, options)):
            model.objects.for_customer(customer).exclude(code__in=kept).update(is_available=False)
        accounts = rows(
            file.parts("billing_accounts", "number"),
            BillingAccount,
            customer,
            "number",
            _name_only("number"),
        )
        centre_parts = file.parts("cost_centres", "code")
        centres = rows(centre_parts, CostCentre, customer, "code", _name_only("code"))
        _place_centres(centre_parts, centres)
        further = {words: count for read in _FURTHER_READERS for words, count in read(file, customer).items()}
        counts = CatalogueCounts(customer, len(plans), len(options), len(accounts), len(centres), further)
        audit.record(
            AuditKind.CATALOGUE_IMPORTED,
            by=by,
            customer_id=customer.pk,
            subject=customer,
            after={"plans": counts.plans, "options": counts.options, **further},
        )
    return counts


def _customer(part: Part, by: Actor) -> Customer:
    name, number = part.text("name"), part.text("enterprise_number")
    slug = part.text("slug", default="") or slugify(name)
    if not vat.is_valid(number):
        raise part.fail(
            "enterprise_number",
            _("an enterprise number has 10 digits, starts with 0 or 1 and ends with a check that fits"),
        )
    customer = Customer.objects.filter(slug=slug).first()
    if customer is None:
        try:
            return create_customer(name=name, enterprise_number=number, slug=slug, by=by)
        except Refusal as refusal:
            raise part.fail(refusal.field or "name", str(refusal)) from refusal
    if customer.enterprise_number != vat.compact(number):
        raise part.fail("slug", _("a company with another enterprise number has this short name"))
    Customer.objects.filter(pk=customer.pk).update(name=name)
    customer.name = name
    return customer


def _plan_fields(part: Part) -> dict[str, Any]:
    return (
        part.names("name")
        | part.descriptions()
        | {
            "category": part.text("category", default=""),
            "price_month": part.number("price_month"),
            "data_gb": part.number("data_gb", optional=True),
            "is_available": True,
        }
    )


def _option_fields(part: Part) -> dict[str, Any]:
    return (
        part.names("name")
        | part.descriptions()
        | {
            "price_month": part.number("price_month"),
            "is_available": True,
        }
    )


def _name_only(identity: str) -> Callable[[Part], dict[str, Any]]:
    return lambda part: {"name": part.text("name", default="") or part.text(identity)}


def rows(
    parts: list[Part],
    model: Any,
    customer: Customer,
    identity: str,
    fields: Callable[[Part], dict[str, Any]],
) -> dict[str, Any]:
    """The rows of the model as the file has them, by their code."""
    known = {getattr(row, identity): row for row in model.objects.for_customer(customer)}
    rows = {}
    for part in parts:
        code = part.text(identity)
        row = known.get(code) or model(customer=customer, **{identity: code})
        for name, value in fields(part).items():
            setattr(row, name, value)
        try:
            row.clean_fields(exclude=["customer", "parent"])
        except ValidationError as error:
            field, messages = next(iter(error.message_dict.items()))
            raise part.fail(field, messages[0]) from error
        row.save()
        rows[code] = row
    return rows


def _relate(parts: list[Part], plans: dict[str, TariffPlan], options: dict[str, PlanOption]) -> None:
    """Which plans an option goes with, and which options it excludes: said on one side, true on both."""
    excludes: dict[str, set[str]] = {code: set() for code in options}
    for part in parts:
        code = part.text("code")
        options[code].plans.set([_named(part, "plans", name, plans) for name in part.texts("plans")])
        for other in part.texts("excludes"):
            _named(part, "excludes", other, options)
            excludes[code].add(other)
            excludes[other].add(code)
    for code, others in excludes.items():
        options[code].excludes.set([options[other] for other in others])


def _place_centres(parts: list[Part], centres: dict[str, CostCentre]) -> None:
    for part in parts:
        if parent := part.text("parent", default=""):
            centre = centres[part.text("code")]
            centre.parent = _named(part, "parent", parent, centres)
            if _is_above(centre, centre.parent):
                raise part.fail("parent", _("a cost centre cannot stand under itself"))
            centre.save(update_fields=["parent"])


def _is_above(centre: CostCentre, other: CostCentre | None) -> bool:
    while other is not None:
        if other.pk == centre.pk:
            return True
        other = other.parent
    return False


def _named(part: Part, key: str, code: str, rows: Mapping[str, Any]) -> Any:
    if code not in rows:
        raise part.fail(key, _("“%(code)s” is not in this file") % {"code": code})
    return rows[code]
