"""What the fleet list and the list of stock cards have in common around their rows: tabs, chips, filter fields."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from fleetportal.tenancy.requests import PortalRequest
from sims.filters import ALL, NO, SORTS, VIEWS, YES, LineFilter
from sims.queries.choices import Choice, ListChoices, ViewTab
from sims.queries.counts import counts_of
from sims.queries.lines import all_columns, contributed_columns


@dataclass(frozen=True, slots=True)
class Tab:
    """``count`` is None where no figure is shown."""

    label: str | Promise
    url: str
    count: int | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A wish of the filter in words, and the list without it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class FilterField:
    """A select of the filter bar; ``is_extra`` ones stand under "More filters"."""

    name: str
    label: str
    empty: str
    choices: list[Choice]
    value: str
    is_extra: bool = False


def list_url(wanted: LineFilter) -> str:
    query = wanted.query()
    return reverse("sim_list") + (f"?{query}" if query else "")


def back_suffix(wanted: LineFilter) -> str:
    """What a link to a line carries so that the way back leads to the list as it is now."""
    query = wanted.query()
    return f"?{urlencode({'list': query})}" if query else ""


def rights(request: PortalRequest) -> dict[str, bool]:
    """What the templates may offer this person."""
    membership = request.membership
    return {
        "can_manage": membership.can(Permission.MANAGE_LINES),
        "can_request": membership.can(Permission.REQUEST_CHANGES),
        "can_export": membership.can(Permission.EXPORT_FLEET),
    }


def tabs(request: PortalRequest, wanted: LineFilter | None, kept: list[ViewTab]) -> list[Tab]:
    """The standard views with their figures, the cards in stock, and what was saved. ``wanted`` is None for stock."""
    counts = counts_of(request)
    saved = wanted.query() if wanted else None
    is_saved = any(view.query == saved for view in kept)
    found = [
        Tab(
            label,
            list_url(LineFilter(view=view)),
            counts.views[view],
            wanted is not None and wanted.view == view and not is_saved,
        )
        for view, (label, _condition) in VIEWS.items()
        if view == ALL or counts.views[view] or (wanted and wanted.view == view) or view in _ALWAYS
    ]
    found.append(Tab(_("In stock"), reverse("sim_stock"), counts.stock, wanted is None))
    found += [Tab(view.name, f"{reverse('sim_list')}?{view.query}", None, view.query == saved) for view in kept]
    return found


_ALWAYS = ("active", "scheduled", "blocked")


def filter_fields(wanted: LineFilter, choices: ListChoices) -> list[FilterField]:
    def field(name: str, label: str, empty: str, options: list[Choice], is_extra: bool = False) -> FilterField:
        value = getattr(wanted, name)
        return FilterField(name, label, empty, options, "" if value is None else str(value), is_extra)

    return [
        field("centre", _("Cost centre"), _("All cost centres"), choices.centres),
        field("plan", _("Plan"), _("All plans"), choices.plans),
        field("account", _("Billing account"), _("All billing accounts"), choices.accounts, is_extra=True),
        field("split", _("Split bill"), _("All"), [(YES, _("With split bill")), (NO, _("Without split bill"))], True),
        field(
            "request", _("Open request"), _("All"), [(YES, _("With open request")), (NO, _("No open request"))], True
        ),
    ]


def chips(wanted: LineFilter, fields: list[FilterField]) -> list[Chip]:
    """One chip per wish; a value that is not offered (any more) can still be taken away."""
    found = [Chip(f"“{wanted.q}”", list_url(wanted.without("q")))] if wanted.q else []
    for field in fields:
        if field.value:
            text = dict(field.choices).get(field.value, field.value)
            found.append(Chip(text, list_url(wanted.without(field.name))))
    return found


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of the table. ``url`` sorts by it and is empty where it cannot; ``sorted`` is the value of aria-sort."""

    key: str
    label: str | Promise
    url: str = ""
    sorted: str = ""
    css: str = ""


def headings(wanted: LineFilter, shown: list[str]) -> list[Heading]:
    columns, contributed = all_columns(), contributed_columns()
    labels = {"number": _("Number"), "name": _("Employee"), **{name: columns[name] for name in shown}}
    css = {key: column.css for key, column in contributed.items()}
    return [_heading(wanted, key, label, css.get(key, "")) for key, label in labels.items()]


def _heading(wanted: LineFilter, key: str, label: str | Promise, css: str) -> Heading:
    if key not in SORTS:
        return Heading(key, label, css=css)
    is_up, is_down = wanted.sort == key, wanted.sort == f"-{key}"
    url = list_url(wanted.changed(sort=f"-{key}" if is_up else key))
    return Heading(key, label, url, "ascending" if is_up else "descending" if is_down else "")
