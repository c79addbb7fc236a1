"""The side navigation, the phone's bottom bar and the palette's tasks, for one request."""

from dataclasses import dataclass

from fleetportal.shell.registry import (
    GROUPS,
    NavItem,
    Task,
    Text,
    allowed,
    contributions,
)
from fleetportal.tenancy.requests import PortalRequest


@dataclass(frozen=True, slots=True)
class Link:
    """One entry as the templates draw it."""

    label: Text
    icon: str
    url: str
    is_current: bool = False
    count: int | None = None
    tone: str = ""
    count_label: Text = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    label: Text
    links: list[Link]


def _current_url(request: PortalRequest, items: list[NavItem]) -> str:
    """The entry whose address is the longest beginning of this page's address."""
    fitting = [item.url for item in items if request.path.startswith(item.url) and item.url != "/"]
    return max(fitting, key=len, default="/" if request.path == "/" else "")


def groups(request: PortalRequest) -> list[Group]:
    """The whole navigation this person may see; empty groups are left out."""
    items: list[NavItem] = allowed(request, contributions.navigation)
    current = _current_url(request, items)
    found = []
    for name, label in GROUPS.items():
        links = [_link(request, item, current) for item in items if item.group == name]
        if links:
            found.append(Group(label, links))
    return found


def _link(request: PortalRequest, item: NavItem, current: str) -> Link:
    return Link(
        label=item.label,
        icon=item.icon,
        url=item.url,
        is_current=item.url == current,
        count=item.count(request) if item.count else None,
        tone=item.tone,
        count_label=item.count_label,
        key=item.key,
    )


def tabs(request: PortalRequest) -> list[Link]:
    """The phone's bottom bar, at most four entries before "More"."""
    items: list[NavItem] = allowed(request, contributions.navigation)
    tasks: list[Task] = allowed(request, contributions.tasks)
    current = _current_url(request, items)
    placed: list[tuple[int, Link]] = [
        (item.tab, Link(item.label, item.icon, item.url, item.url == current)) for item in items if item.tab
    ]
    placed += [(task.tab, Link(task.short_label or task.label, task.icon, task.url)) for task in tasks if task.tab]
    return [link for _place, link in sorted(placed, key=lambda entry: entry[0])][:4]


def tasks(request: PortalRequest) -> list[Task]:
    """Everything this person may do, for the palette and the dashboard."""
    found: list[Task] = allowed(request, contributions.tasks)
    return found
