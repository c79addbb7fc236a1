"""What "add SIM card" offers: employees, plans with options, cost centres in tree order, defaults, open drafts."""

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from itertools import combinations
from operator import and_

from django.db.models import Exists, OuterRef, Q, QuerySet
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
    lines = Line.objects.across_customers(reason="a number exists once over all companies")
    if lines.filter(number=number).exclude(state=LineState.TERMINATED).exists():
        return _("This number is in use already. Check the number you typed.")
    asked = PortInRequest.objects.across_customers(reason="a number is brought along by one line only")
    others = asked.filter(number=number).exclude(line__state=LineState.TERMINATED)
    if but is not None:
        others = others.exclude(line=but)
    if others.filter(customer=customer).exists():
        return _("You have asked already to bring this number along. Look it up in the list.")
    if others.filter(line__open_request__gt="").exists():
        return _("Another transfer of this number is going on. Wait until it is done.")
    return ""
