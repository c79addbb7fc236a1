"""Global search: tasks and pages by name, and what the registered sources find."""

import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _

from fleetportal.shell.navigation import tasks
from fleetportal.shell.registry import NavItem, SearchHit, Text, allowed, contributions
from fleetportal.tenancy.requests import PortalRequest

MINIMUM_LENGTH = 2


@dataclass(frozen=True, slots=True)
class Results:
    """The hits of one source under its name."""

    label: Text
    hits: list[SearchHit]


def _plain(text: str) -> str:
    """Lower case without accents, to compare by."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _matches(words: list[str], *texts: Text) -> bool:
    haystack = _plain(" ".join(str(text) for text in texts))
    return all(word in haystack for word in words)


def find(request: PortalRequest, text: str, *, limit: int = 6) -> list[Results]:
    """What fits ``text``, by source, empty sources left out. Without text: the tasks, to start from."""
    text = text.replace("\x00", "").strip()
    words = _plain(text).split()
    found: list[Results] = []
    if len(text) >= MINIMUM_LENGTH and request.membership:
        for source in allowed(request, contributions.search_sources):
            hits = source.search(request.customer, request.membership, text, limit)
            found.append(Results(source.label, hits[:limit]))
    doable = [t for t in tasks(request) if _matches(words, t.label, t.keywords)]
    found.append(Results(_("Tasks"), [SearchHit(t.icon, t.label, "", t.url) for t in doable[:limit]]))
    pages: list[NavItem] = allowed(request, contributions.navigation) if words else []
    pages = [item for item in pages if _matches(words, item.label)]
    found.append(Results(_("Pages"), [SearchHit(i.icon, i.label, "", i.url) for i in pages[:limit]]))
    return [results for results in found if results.hits]
