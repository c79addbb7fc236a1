"""Global search: tasks and pages by name, and what the registered sources find."""

from dataclasses import dataclass

from django.utils.http import urlencode
from django.utils.translation import gettext as _

from fleetportal.shell.navigation import tasks
from fleetportal.shell.registry import NavItem, SearchHit, Task, Text, allowed, contributions
from fleetportal.tenancy.requests import PortalRequest
from fleetportal.web.plain_text import plain

MINIMUM_LENGTH = 2


@dataclass(frozen=True, slots=True)
class Results:
    """The hits of one source under its name."""

    label: Text
    hits: list[SearchHit]


def _matches(words: list[str], *texts: Text) -> bool:
    haystack = plain(" ".join(str(text) for text in texts))
    return all(word in haystack for word in words)


def _hit(task: Task, about: str = "") -> SearchHit:
    return SearchHit(task.icon, task.label, about, f"{task.url}?{urlencode({'q': about})}" if about else task.url)


def _with_object(request: PortalRequest, text: str) -> list[SearchHit]:
    """“block sofie”: the task that the first word names, on a page that already looks for the rest."""
    verb, _space, about = text.partition(" ")
    if not about.strip():
        return []
    fitting = [
        task for task in tasks(request) if task.takes_query and _matches([plain(verb)], task.label, task.keywords)
    ]
    return [_hit(task, about.strip()) for task in fitting]


def find(request: PortalRequest, text: str, *, limit: int = 6) -> list[Results]:
    """What fits ``text``, by source, empty sources left out. Without text: the tasks, to start from."""
    text = text.replace("\x00", "").strip()
    words = plain(text).split()
    found: list[Results] = []
    if len(text) >= MINIMUM_LENGTH and request.membership:
        for source in allowed(request, contributions.search_sources):
            hits = source.search(request.customer, request.membership, text, limit)
            found.append(Results(source.label, hits[:limit]))
    doable = [_hit(task) for task in tasks(request) if _matches(words, task.label, task.keywords)]
    found.append(Results(_("Tasks"), (_with_object(request, text) + doable)[:limit]))
    pages: list[NavItem] = allowed(request, contributions.navigation) if words else []
    pages = [item for item in pages if _matches(words, item.label)]
    found.append(Results(_("Pages"), [SearchHit(i.icon, i.label, "", i.url) for i in pages[:limit]]))
    return [results for results in found if results.hits]
