"""Which lines a person means: all, a department, a cost centre, or some by name or number, and who of them can join."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast

from accounts.models import BillingAccount, CostCentre, Customer
from fleetportal.web import formatting
from fleetportal.web.parameters import whole_number
from groupbundles.membership import Obstacle, obstacles, places
from groupbundles.models import BundleMember
from sims.enums import LineState
from sims.identifiers import IdentifierError, normalise_msisdn
from sims.models import Line, Subscriber
from sims.search import matching

NOBODY, ALL, DEPARTMENT, CENTRE, CHOSEN = "none", "all", "department", "centre", "chosen"
# What a search for one line shows at most.
MOST_FOUND = 8
_BETWEEN = re.compile(r"[\n\r\t,;]+")


@dataclass(frozen=True, slots=True)
class Chosen:
    """``keys`` are the lines that can join, as text. Of a whole group, ``left_out`` is how many stay where they are.

    Of lines named one by one, ``obstacles`` tells who cannot join and why, ``unknown`` what is no number of a line.
    """

    keys: tuple[str, ...] = ()
    left_out: int = 0
    obstacles: list[Obstacle] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


def whole_group(customer: Customer, kind: str, *, but: UUID, scope: str, department: str, centre: str) -> Chosen:
    """The lines of a group that can join the bundle ``but``; those that are in it already are not counted."""
    lines = _in_service(customer)
    if scope == DEPARTMENT:
        lines = lines.filter(subscriber__department=department) if department else lines.none()
    elif scope == CENTRE:
        lines = lines.filter(cost_centre=int(centre)) if whole_number(centre) else lines.none()
    keys = list(lines.order_by("pk").values_list("pk", flat=True))
    taken = places(customer, kind)
    elsewhere = sum(key in taken and taken[key].bundle != but for key in keys)
    return Chosen(tuple(str(key) for key in keys if key not in taken), left_out=elsewhere)


def named_lines(customer: Customer, kind: str, *, but: UUID, ids: Collection[str], numbers: str) -> Chosen:
    """Lines that were ticked (their public ids) or written down (numbers in any notation)."""
    lines, unknown = find_lines(customer, ids, numbers)
    present = _members(customer, but) if lines else set()
    new = [line for line in lines if line.pk not in present]
    found = obstacles(customer, kind, new, but=but) if new else []
    stay = {obstacle.line.pk for obstacle in found}
    keys = tuple(str(line.pk) for line in new if line.pk not in stay)
    return Chosen(keys, obstacles=found, unknown=unknown, lines=lines)


def members_to_take_out(customer: Customer, bundle: UUID, *, ids: Collection[str], numbers: str) -> Chosen:
    """Members that were ticked or written down; whoever is no member is unknown."""
    lines, unknown = find_lines(customer, ids, numbers)
    present = _members(customer, bundle) if lines else set()
    strangers = [formatting.identifier(str(line)) for line in lines if line.pk not in present]
    there = [line for line in lines if line.pk in present]
    return Chosen(tuple(str(line.pk) for line in there), unknown=unknown + strangers, lines=there)


def find_lines(customer: Customer, ids: Collection[str], numbers: str) -> tuple[list[Line], list[str]]:
    """The company's lines with these public ids or numbers, each once, and the texts that are none of them."""
    wanted, picked = _numbers(numbers), as_uuids(ids)
    lines = Line.objects.for_customer(customer).select_related("sim", "subscriber")
    found = {line.pk: line for line in lines.filter(public_id__in=picked)} if picked else {}
    by_number = _living_first(lines.filter(number__in=filter(None, wanted.values()))) if wanted else {}
    unknown = [text for text, number in wanted.items() if number not in by_number]
    found |= {line.pk: line for line in by_number.values()}
    return sorted(found.values(), key=lambda line: line.pk), unknown


def search_lines(customer: Customer, text: str, *, but: Collection[int]) -> list[Line]:
    """A few lines in service that fit ``text`` and are not among ``but``."""
    if len(text.strip()) < 2:
        return []
    lines = _in_service(customer).filter(matching(text)).exclude(pk__in=but).select_related("sim", "subscriber")
    return list(lines.order_by("search_text", "pk")[:MOST_FOUND])


def _in_service(customer: Customer) -> "QuerySet[Line]":
    lines: QuerySet[Line] = Line.objects.for_customer(customer)
    return lines.exclude(state__in=(LineState.NEW, LineState.TERMINATED))


def _members(customer: Customer, bundle: UUID) -> set[int]:
    members = BundleMember.objects.for_customer(customer).filter(bundle__public_id=bundle, until=None)
    return set(members.values_list("line_id", flat=True))


def _numbers(text: str) -> dict[str, str]:
    """What was written, each with the number as it is stored; empty for what is no number."""
    numbers: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in _BETWEEN.split(text))):
        try:
            numbers[part] = normalise_msisdn(part)
        except IdentifierError:
            numbers[part] = ""
    return numbers


def _living_first(lines: "QuerySet[Line]") -> Mapping[str, Line]:
    """A number may have been on lines that ended; the living one counts."""
    found: dict[str, Line] = {}
    for line in sorted(lines, key=lambda line: line.state != LineState.TERMINATED):
        found[line.number or ""] = line
    return found


def as_uuids(ids: Collection[str]) -> list[UUID]:
    """Those of the texts that are ids."""
    found = []
    for text in ids:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def as_texts(values: Any) -> list[str]:
    """What a field with several values was sent, whatever it was sent."""
    return [str(value) for value in values] if isinstance(values, list | tuple) else []


@dataclass(slots=True)
class Groups:
    """What can be chosen of the company's own: pairs of a value and what it is called."""

    departments: list[tuple[str, str]] = field(default_factory=list)
    centres: list[tuple[str, str]] = field(default_factory=list)
    accounts: list[tuple[str, str]] = field(default_factory=list)


def groups_of(customer: Customer) -> Groups:
    """Departments by name, cost centres by code, billing accounts by number; one query for all of them."""

    def rows(model: Any, kind: str, value: Any, first: Any, second: Any) -> "QuerySet[Any]":
        found: QuerySet[Any] = model.objects.for_customer(customer).order_by()
        return found.values_list(Value(kind, CharField()), value, first, second)

    nothing = Value("", CharField())
    people = rows(Subscriber, "department", nothing, "department", nothing).exclude(department="").distinct()
    centres = rows(CostCentre, "centre", Cast("pk", CharField()), "code", "name")
    accounts = rows(BillingAccount, "account", nothing, "number", "name")
    groups = Groups()
    for kind, value, first, second in sorted(people.union(centres, accounts, all=True), key=lambda row: row[2]):
        if kind == "department":
            groups.departments.append((first, first))
        elif kind == "centre":
            groups.centres.append((value, first if first == second else f"{first} {second}"))
        else:
            groups.accounts.append((first, f"{second}, {first}"))
    return groups
