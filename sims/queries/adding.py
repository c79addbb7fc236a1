"""What "add SIM card" offers: employees, plans with options, cost centres in tree order, defaults, open drafts."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import reduce
from itertools import combinations
from operator import and_

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower
from django.utils.translation import gettext as _

from accounts.models import CostCentre, Customer, User
from sims.enums import LineState
from sims.models import Line, LineDraft, PlanOption, PortInRequest, Subscriber, TariffPlan
from sims.search import search_terms

MOST_EMPLOYEES = 8
_INDENT = "\u2003"
_NAME_FIELDS = ("first_name", "last_name", "employee_number", "email", "department")


def employees_matching(customer: Customer, text: str) -> list[Subscriber]:
    """A handful of employees by name; every word of ``text`` occurs in name, number, e-mail or department.

    Names without their accents are found through the lines these people have.
    """
    return list(people_matching(customer, text).order_by("last_name", "first_name", "pk")[:MOST_EMPLOYEES])


def people_matching(customer: Customer, text: str) -> QuerySet[Subscriber]:
    """All employees that match ``text``, in no order."""
    people: QuerySet[Subscriber] = Subscriber.objects.for_customer(customer)
    words = text.replace("\x00", "").split()[:6]
    if words:
        in_person = reduce(and_, (_in_any_field(word) for word in words))
        lines = Line.objects.for_customer(customer).filter(subscriber=OuterRef("pk"))
        on_line = reduce(and_, (Q(search_text__contains=term) for term in search_terms(text)), Q())
        people = people.filter(in_person | Q(Exists(lines.filter(on_line))))
    return people


def _in_any_field(word: str) -> Q:
    condition = Q()
    for field in _NAME_FIELDS:
        condition |= Q(**{f"{field}__icontains": word})
    return condition


def departments(customer: Customer) -> list[str]:
    """Departments that employees have already, to choose from while typing."""
    names = Subscriber.objects.for_customer(customer).exclude(department="").order_by("department")
    return list(names.values_list("department", flat=True).distinct()[:100])


def available_plans(customer: Customer) -> QuerySet[TariffPlan]:
    plans: QuerySet[TariffPlan] = TariffPlan.objects.for_customer(customer).filter(is_available=True)
    return plans


def options_of(plan: TariffPlan) -> QuerySet[PlanOption]:
    """The options that may go with this plan."""
    options: QuerySet[PlanOption] = (
        PlanOption.objects.for_customer(plan.customer_id).filter(is_available=True, plans=plan).order_by("code")
    )
    return options


def first_excluding_pair(options: Iterable[PlanOption]) -> tuple[PlanOption, PlanOption] | None:
    """Two of these options that cannot stand beside each other."""
    chosen = sorted(options, key=lambda option: option.code)
    through = PlanOption.excludes.through.objects.filter(from_planoption__in=chosen)
    excluded = set(through.values_list("from_planoption_id", "to_planoption_id"))
    for one, other in combinations(chosen, 2):
        if (one.pk, other.pk) in excluded or (other.pk, one.pk) in excluded:
            return one, other
    return None


def cost_centre_choices(customer: Customer) -> list[tuple[int, str]]:
    """Key and label of every cost centre, children indented under their parent."""
    children: dict[int | None, list[CostCentre]] = defaultdict(list)
    for centre in CostCentre.objects.for_customer(customer).order_by("code"):
        children[centre.parent_id].append(centre)
    found: list[tuple[int, str]] = []
    waiting = [(centre, 0) for centre in reversed(children[None])]
    while waiting:
        centre, depth = waiting.pop()
        found.append((centre.pk, _INDENT * depth + str(centre)))
        waiting += [(child, depth + 1) for child in reversed(children[centre.pk])]
    return found


def last_added_line(customer: Customer, user: User) -> Line | None:
    """The line this person added last in this company: what it has is likely what the next one needs."""
    drafts = LineDraft.objects.for_customer(customer).filter(owner=user, line__isnull=False)
    draft = drafts.select_related("line").order_by("-updated_at").first()
    return draft.line if draft else None


def open_drafts(customer: Customer, user: User) -> QuerySet[LineDraft]:
    """This person's own drafts that were not sent yet, the latest first."""
    drafts: QuerySet[LineDraft] = LineDraft.objects.for_customer(customer).filter(owner=user, line__isnull=True)
    return drafts.order_by("-updated_at")


def number_trouble(customer: Customer, number: str, *, but: Line | None = None) -> str:
    """Why this number (E.164) cannot be brought along, in words; empty when it can. ``but`` is the line that asks.

    A number elsewhere reads like one of one's own: the words tell nothing about other companies.
    """
    return numbers_in_trouble(customer, [number], but=but).get(number, "")


def numbers_in_trouble(customer: Customer, numbers: Collection[str], *, but: Line | None = None) -> dict[str, str]:
    """The same for many numbers at once; those that can be brought along are left out."""
    lines = Line.objects.across_customers(reason="a number exists once over all companies")
    living = lines.filter(number__in=numbers).exclude(state=LineState.TERMINATED)
    asked = PortInRequest.objects.across_customers(reason="a number is brought along by one line only")
    others = asked.filter(number__in=numbers).exclude(line__state=LineState.TERMINATED)
    if but is not None:
        others = others.exclude(line=but)
    found: dict[str, str] = {}
    for number, whose, is_open in others.values_list("number", "customer_id", "line__open_request"):
        if whose == customer.pk:
            found[number] = _("You have asked already to bring this number along. Look it up in the list.")
        elif is_open:
            found.setdefault(number, _("Another transfer of this number is going on. Wait until it is done."))
    in_use = _("This number is in use already. Check the number you typed.")
    return found | dict.fromkeys(living.values_list("number", flat=True), in_use)


def people_called(customer: Customer, texts: Collection[str]) -> dict[str, list[Subscriber]]:
    """Employees by what they are called: employee number, e-mail, or the whole name in either order.

    ``Sofie Janssens (E-1004)`` is the one with that employee number. Capitals do not matter.
    """
    wanted = {text: _called(text) for text in texts}
    keys = {key for some in wanted.values() for key in some}
    if not keys:
        return {}
    rows = (
        Subscriber.objects.for_customer(customer)
        .annotate(
            called_number=Lower("employee_number"),
            called_mail=Lower("email"),
            called_first=Lower(Concat("first_name", Value(" "), "last_name")),
            called_last=Lower(Concat("last_name", Value(" "), "first_name")),
        )
        .filter(
            Q(called_number__in=keys) | Q(called_mail__in=keys) | Q(called_first__in=keys) | Q(called_last__in=keys)
        )
    )
    by_key: dict[str, list[Subscriber]] = defaultdict(list)
    for row in rows.order_by("pk"):
        for key in {row.called_number, row.called_mail, row.called_first, row.called_last} & keys:
            by_key[key].append(row)
    return {text: next((by_key[key] for key in some if by_key.get(key)), []) for text, some in wanted.items()}


def _called(text: str) -> list[str]:
    """What to look for, the surest first."""
    plain = " ".join(text.replace(",", " ").lower().split())
    number = re.fullmatch(r".+\((.+)\)", plain)
    return [key for key in (number[1].strip() if number else "", plain) if key]
