"""Which kinds of long work there are. An app registers its function once; the row of a job names it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from django.utils.functional import Promise

from fleetportal.jobs.models import Job


class Progress(Protocol):
    """``progress(done, total)``: call it often, at least every minute; it writes about once a second.

    Raises :class:`JobLost` when another worker has taken the job over: let it pass through.
    """

    def __call__(self, done: int, total: int) -> None: ...


class JobLost(Exception):
    """This worker was too silent and the job now runs elsewhere; whatever it still does has no effect."""


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How it ended: a sentence for the user, the file to fetch if any, and JSON details for the kind's own template.

    ``file`` is a temporary file that is moved into storage; ``file_name`` is what the browser saves it as.
    """

    message: str | Promise = ""
    file: Path | None = None
    file_name: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


JobFunction = Callable[[Job, Progress], JobOutcome]


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind: what it is called, who may see it (a permission's value), a template for its details, its queue.

    A personal one is seen only by who started it, for instance because it holds what he alone may see.
    """

    name: str
    label: str | Promise
    run: JobFunction
    permission: str
    template: str
    queue: str
    is_personal: bool = False


_kinds: dict[str, JobKind] = {}


def job_kind(
    name: str,
    *,
    label: str | Promise,
    permission: str = "view_lines",
    template: str = "",
    queue: str = "bulk",
    is_personal: bool = False,
) -> Callable[[JobFunction], JobFunction]:
    """Register the decorated ``(job, progress) -> JobOutcome`` under ``name``, e.g. ``"sims.export_fleet"``.

    The function runs again from the start when its worker dies: what it writes must stand that, for instance by being
    one transaction. A :class:`~fleetportal.web.errors.Refusal` it raises ends the job with that message.
    """

    def register(function: JobFunction) -> JobFunction:
        if name in _kinds and _kinds[name].run is not function:
            raise ValueError(f"job kind {name} is registered twice")
        _kinds[name] = JobKind(name, label, function, str(permission), template, queue, is_personal)
        return function

    return register


def kind_of(name: str) -> JobKind | None:
    """The registered kind; None for a row whose code was removed."""
    return _kinds.get(name)


def kinds_for(membership: Any, *, personal: bool = False) -> list[str]:
    """Names of the kinds whose jobs this member may see; the personal ones only where he started them."""
    return [kind.name for kind in _kinds.values() if kind.is_personal == personal and membership.can(kind.permission)]
