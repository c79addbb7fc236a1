"""What apps contribute to the shell: navigation, dashboard, palette and panels, from one ``portal.py`` per app.

A ``portal.py`` is found the way Django finds ``admin.py`` and holds module-level lists of the dataclasses below, named
as the attributes of :class:`Contributions`. Texts are lazy translations; callables run per request.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _

from fleetportal.notifications.enums import MailTiming
from fleetportal.tenancy.requests import PortalRequest

Text = str | Promise

# The groups of the side navigation, in their order.
OVERVIEW, MOBILE, COSTS, HELP = "", "mobile", "costs", "help"
GROUPS: dict[str, Text] = {OVERVIEW: "", MOBILE: _("Mobile"), COSTS: _("Costs"), HELP: _("Help and management")}


@dataclass(frozen=True, slots=True)
class NavItem:
    """A page of the side navigation.

    ``count`` is shown behind the label (None: nothing); ``tone`` "bad" makes it red, ``count_label`` then says what is
    counted. ``tab`` is its place in the phone's bottom bar, 0 for none. ``key`` is the letter after ``g``.
    """

    label: Text
    icon: str
    url_name: str
    group: str = OVERVIEW
    permission: str | None = None
    count: Callable[[PortalRequest], int | None] | None = None
    tone: str = ""
    count_label: Text = ""
    order: int = 100
    tab: int = 0
    key: str = ""

    @property
    def url(self) -> str:
        return reverse(self.url_name)


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do, in the palette (matched on label and ``keywords``) and, if ``quick``, on the dashboard.

    ``tab`` is its place in the phone's bottom bar with ``short_label``; ``is_primary`` puts it in the dashboard's head.
    ``args`` are those of the URL; with ``takes_query`` its page looks for what ``?q=`` says.
    """

    label: Text
    icon: str
    url_name: str
    permission: str | None = None
    keywords: Text = ""
    quick: bool = True
    is_primary: bool = False
    short_label: Text = ""
    order: int = 100
    tab: int = 0
    args: tuple[str, ...] = ()
    takes_query: bool = False

    @property
    def url(self) -> str:
        return reverse(self.url_name, args=self.args)


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure on the dashboard, a link to what it counts. ``state`` colours the icon like that badge.

    ``url``, ``value`` and ``note`` may be callables of the request.
    """

    label: Text
    url: str | Callable[[PortalRequest], str]
    value: Callable[[PortalRequest], int | str]
    note: Text | Callable[[PortalRequest], Text] = ""
    icon: str = "chart-bar"
    permission: str | None = None
    order: int = 100
    state: str = ""


@dataclass(frozen=True, slots=True)
class AttentionItem:
    """One thing that needs the manager: what it is, a detail, and the one action that settles it.

    ``action`` is the text of the button, ``action_label`` the same naming its object. ``tone`` is bad, warn or info.
    With ``is_post`` the action is done at once by a POST to ``url``; else ``url`` is a page.
    """

    title: Text
    detail: Text
    icon: str
    url: str
    action: Text
    action_label: Text = ""
    tone: str = "info"
    is_post: bool = False
    order: int = 100


@dataclass(frozen=True, slots=True)
class ScheduledItem:
    """A change that will happen on a known day."""

    on: date
    title: Text
    detail: Text
    url: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the list for new companies. The list goes away for good once a step with ``completes`` is done."""

    label: Text
    detail: Text
    url_name: str
    is_done: Callable[[PortalRequest], bool]
    permission: str | None = None
    order: int = 100
    completes: bool = False

    @property
    def url(self) -> str:
        return reverse(self.url_name)


@dataclass(frozen=True, slots=True)
class Panel:
    """A card on somebody else's page, or a tab of it. ``context`` gets the request and what the page is about, such as
    a line; a card on its page that has nothing to say gives nothing and is left out.

    A tab has a ``slug`` for the address; a card of a page with tabs stands on the tab ``on``. ``params`` are
    parameters of the address that it reads: the page keeps them when it asks for itself again.
    """

    label: Text
    template: str
    context: Callable[..., Mapping[str, Any]]
    order: int = 100
    permission: str | None = None
    slug: str = ""
    on: str = "overview"
    params: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineColumn:
    """A column of the fleet list that another app fills.

    ``label`` is a text or makes one. ``cell`` makes the HTML of a cell, and ``value`` the cell of a spreadsheet, of
    what the column's source knows of a line (nothing: an empty cell). ``css`` is the class of the cell, ``place`` where
    it stands on a phone's card, such as "use" (empty: nowhere). A usual column is there for who has not chosen.
    """

    key: str
    label: Text | Callable[[], Text]
    cell: Callable[[Any], str]
    value: Callable[[Any], Any]
    unit: str = ""
    css: str = ""
    place: str = ""
    is_usual: bool = True

    @property
    def heading(self) -> Text:
        return self.label() if callable(self.label) else self.label


@dataclass(frozen=True, slots=True)
class LineColumns:
    """Columns that come from one source: ``load`` answers, for a company and keys of lines, what is known of each.

    ``note`` makes a sentence for below the list out of what was loaded, such as how old the figures are.
    """

    columns: tuple[LineColumn, ...]
    load: Callable[[Any, Sequence[int]], Mapping[int, Any]]
    note: Callable[[Mapping[int, Any]], Text] | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One line of the search results."""

    icon: str
    text: Text
    extra: Text
    url: str


@dataclass(frozen=True, slots=True)
class SearchSource:
    """Answers ``(customer, membership, text, limit)`` with what it found; called for two characters or more."""

    name: str
    label: Text
    search: Callable[[Any, Any, str, int], list[SearchHit]]
    permission: str | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class NotificationEvent:
    """A kind of thing people can be told about (``fleetportal.notifications``).

    ``title`` and ``body`` make the texts from the params of one notification in the active language; they stand in
    mails too, so they hold no secret and nothing itemised. ``label`` and ``description`` are those of the settings.
    Without ``permission`` nobody receives it any more, whatever was sent to him before; None asks only for a role.
    ``in_portal`` and ``mail`` are the usual wishes. What goes only to people without an account is not ``optional``.
    """

    code: str
    label: Text
    description: Text
    title: Callable[[Mapping[str, Any]], str]
    body: Callable[[Mapping[str, Any]], str]
    icon: str = "bell"
    tone: str = "info"
    permission: str | None = None
    in_portal: bool = True
    mail: MailTiming = MailTiming.NEVER
    optional: bool = True
    order: int = 100


@dataclass(frozen=True, slots=True)
class OrderAction:
    """What can be done about a request that was refused, failed or takes long; a POST to ``url_name`` with its id."""

    label: Text
    icon: str
    url_name: str
    permission: str | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class HelpLink:
    """Where one asks about what a page shows; the page adds what that is, such as ``?invoice=`` with its public id."""

    label: Text
    icon: str
    url_name: str
    permission: str | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class FrameCount:
    """How many rows there are of something that every page shows, such as beside its name in the navigation.

    ``rows`` answers a queryset, or None for who may not see it; all of them are counted in one query per request
    (``fleetportal.shell.counts``). What only the overview shows is ``for_overview`` and 0 elsewhere.
    """

    name: str
    rows: Callable[[PortalRequest], "QuerySet[Any] | None"]
    for_overview: bool = False


AttentionProvider = Callable[[PortalRequest], list[AttentionItem]]
ScheduledProvider = Callable[[PortalRequest], list[ScheduledItem]]


@dataclass(slots=True)
class Contributions:
    """Everything found in the ``portal.py`` modules, each list in its order."""

    navigation: list[NavItem] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    tiles: list[Tile] = field(default_factory=list)
    attention: list[AttentionProvider] = field(default_factory=list)
    scheduled: list[ScheduledProvider] = field(default_factory=list)
    getting_started: list[Step] = field(default_factory=list)
    dashboard_panels: list[Panel] = field(default_factory=list)
    line_panels: list[Panel] = field(default_factory=list)
    line_tabs: list[Panel] = field(default_factory=list)
    line_columns: list[LineColumns] = field(default_factory=list)
    search_sources: list[SearchSource] = field(default_factory=list)
    frame_counts: list[FrameCount] = field(default_factory=list)
    notification_events: list[NotificationEvent] = field(default_factory=list)
    order_actions: list[OrderAction] = field(default_factory=list)
    help_links: list[HelpLink] = field(default_factory=list)
    # Kinds of audit event that come by the thousand and stay out of the recent changes.
    quiet_kinds: list[str] = field(default_factory=list)
    audit_labels: dict[str, Text] = field(default_factory=dict)
    audit_icons: dict[str, str] = field(default_factory=dict)

    def take(self, module: Any) -> None:
        """Add what one ``portal.py`` (or a stand-in with the same attributes) contributes."""
        for name in self._lists():
            mine: list[Any] = getattr(self, name)
            mine.extend(getattr(module, name, []))
            mine.sort(key=lambda entry: getattr(entry, "order", 0))
        self.audit_icons.update(getattr(module, "audit_icons", {}))

    @staticmethod
    def _lists() -> list[str]:
        return [name for name in Contributions.__slots__ if not name.startswith("audit_")]


contributions = Contributions()


def discover() -> None:
    """Import every installed app's ``portal.py`` and the audit kinds of its ``enums.py``; called once at start."""
    for config in apps.get_app_configs():
        if config.module and module_has_submodule(config.module, "portal"):
            contributions.take(import_module(f"{config.name}.portal"))
        if config.module and module_has_submodule(config.module, "enums"):
            kinds = getattr(import_module(f"{config.name}.enums"), "AuditKind", None)
            contributions.audit_labels.update({kind.value: kind.label for kind in kinds or []})


def is_allowed(request: PortalRequest, permission: str | None) -> bool:
    """Whether the person's role in this company has ``permission``; None asks only for a role."""
    membership = getattr(request, "membership", None)
    if not membership:
        return False
    return permission is None or bool(membership.can(permission))


def allowed(request: PortalRequest, entries: list[Any]) -> list[Any]:
    """The entries this person may see."""
    return [entry for entry in entries if is_allowed(request, getattr(entry, "permission", None))]


def resolved(value: Any, request: PortalRequest) -> Any:
    """A contribution's value: itself, or what its callable answers for this request."""
    return value(request) if callable(value) else value
